package service

import (
	"strconv"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform"
)

var (
	reasonUserUnknown      = transform.Reason{Code: "unknown-image", Text: "nothing is known of whom the image can be started as; for an image that the project builds, its Dockerfile decides (*non-root-user*)."}
	reasonNeedsRoot        = transform.Reason{Code: "starts-as-root", Text: "the image is not known to work when it is started as another user; *drop-capabilities* leaves its root what it uses."}
	reasonRootAsked        = transform.Reason{Code: "root-on-purpose", Text: "the file says `user: root` itself."}
	reasonUserPrivileged   = transform.Reason{Code: "privileged", Text: "the service is privileged, which only root makes use of."}
	reasonEngineSocket     = transform.Reason{Code: "engine-socket", Text: "the service uses the engine's socket, which only root and its group reach."}
	reasonCustomStart      = transform.Reason{Code: "custom-start", Text: "an entrypoint, a shell command or a hook of the file runs in the place of what the image starts, and may count on being root."}
	reasonOwnIDs           = transform.Reason{Code: "ids-in-environment", Text: "a variable (PUID) tells the image which user to change to, which takes root."}
	reasonRootCapabilities = transform.Reason{Code: "root-capabilities", Text: "the file adds capabilities, and the process that uses them stays root in this image."}
	reasonDataOwner        = transform.Reason{Code: "data-owner", Text: "data is on the host, or on a volume whose owner nobody knows: external, with a driver or options, shared with another service, or at a place that the image does not prepare."}
	reasonTmpfsOwner       = transform.Reason{Code: "tmpfs-owner", Text: "a tmpfs of the file belongs to root and covers a directory that the user writes to."}
	reasonUserLowPort      = transform.Reason{Code: "low-port", Text: "in the host's network only root can listen on ports below 1024."}
	reasonUserNeeds        = transform.Reason{Code: "conditions", Text: "the image can be started as another user only under conditions that do not hold here, or that the files do not tell."}
)

var serviceUser = &transform.Rule{
	ID:     serviceUserID,
	Title:  "A service starts as the user that its image would change to",
	Safety: transform.Guarded,
	Doc: `Many images of databases, caches and queues start as root only to change the owner of their data and then their user. Started as
that user (` + "`user: \"999:999\"`" + `) they skip both, and need no capability at all. Where an entry about the image says that this works, and with which
ids for which tag, this rule adds it.

The data must be where the image prepares its directory: in a named volume, or nowhere. A new volume takes the owner over from the image; one that
exists belongs to the user already, because the entrypoint handed it over at every start as root. So nothing has to be done before the deployment. On a
bind mount the owner is the host's business: there the service keeps its root, and *drop-capabilities* leaves it what it uses.

Files that compose mounts as secrets keep the owner and mode of the host. Where there are any, the change is *assumed*: the user must be able to read them.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "4.1", Title: "Ensure that a user for the container has been created"},
		{Framework: "NIST SP 800-190", ID: "4.4.3", Title: "Insecure container runtime configurations"},
		{Framework: "OWASP Docker Security Cheat Sheet", ID: "RULE 2", Title: "Set a user"},
		{Framework: "Kubernetes Pod Security Standards", ID: "Restricted: Running as Non-root", Title: "Containers must be required to run as non-root users"},
		{Framework: "Kubernetes Pod Security Standards", ID: "Restricted: Running as Non-root user", Title: "Containers must not set runAsUser to 0"},
	},
	Reasons: []transform.Reason{reasonUserUnknown, reasonNeedsRoot, reasonRootAsked, reasonUserPrivileged, reasonEngineSocket, reasonCustomStart,
		reasonOwnIDs, reasonRootCapabilities, reasonDataOwner, reasonTmpfsOwner, reasonUserLowPort, reasonUserNeeds},
	CheckService: checkServiceUser,
}

func checkServiceUser(p *transform.ServicePass) []transform.Finding {
	a := privilegesOf(p)
	place := p.Service.Span("user")
	u := a.user
	switch {
	case u.reason != nil:
		return []transform.Finding{p.Refuse(place, "keeps its user", *u.reason, "%s", u.detail)}
	case u.ids == "":
		return []transform.Finding{p.Done(place, "it starts without root: "+a.start.who)}
	}
	f := p.Propose(place, u.safety, "starts as "+u.ids+", the user of "+a.known.Image+", and never is root", compose.Change{Pairs: []compose.Pair{{Key: "user", Value: strconv.Quote(u.ids)}}})
	f.Evidence = u.evidence
	if a.becomes(p) && p.Applied(dropCapabilitiesID, u.safety) {
		f.Fix.Group = a.group(p)
	}
	return []transform.Finding{f}
}
