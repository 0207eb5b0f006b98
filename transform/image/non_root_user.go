package image

import (
	"fmt"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/transform"
)

var nonRootUser = &transform.Rule{
	ID:     "non-root-user",
	Title:  "The container runs as an unprivileged user",
	Safety: transform.Guarded,
	Doc: `A process that is root in its container is root for everything that the container reaches: mounted
volumes, sockets, and the host after an escape. This rule gives the stage that ships a ` + "`USER`" + `.

It takes, in this order, a user that the file makes and never uses; the base image's own unprivileged user where
it has one (` + "`node`, `nonroot`, `www-data` …" + `); else it makes ` + "`app`" + ` 10001:10001 with a home directory
` + "`/home/app`" + ` and no login shell, with the tools that the base image has. ` + "`USER`" + ` is written as numbers,
so that Kubernetes' ` + "`runAsNonRoot`" + ` can check it, and stands behind the last instruction that needs root.

A user without its files breaks the application, so this fix, that of *owned-copies* and that of *file-permissions* are
applied together or not at all. Volumes that were written by root keep root as owner: the report says how to hand them over
under "Before you deploy".

The fix is *guarded* when the effect of every command in the file is known and base image and entrypoint are understood. It
is *assumed*, and held back below ` + "`--level strict`" + `, when a command is opaque, a start script cannot be
read, or the image listens on a port below 1024 (which Docker allows to every user since 20.10 and some Kubernetes runtimes do not).`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "4.1", Title: "Ensure that a user for the container has been created"},
		{Framework: "NIST SP 800-190", ID: "4.1.2", Title: "Image configuration defects"},
		{Framework: "OWASP Docker Security Cheat Sheet", ID: "RULE 2", Title: "Set a user"},
		{Framework: "Kubernetes Pod Security Standards", ID: "Restricted: Running as Non-root", Title: "Containers must be required to run as non-root users"},
	},
	Reasons: []transform.Reason{
		reasonWindows, reasonVariableUser, reasonSeveralUsers, reasonUnknownBase, reasonTakenID, reasonDrops, reasonBaseDrops,
		reasonInit, reasonDaemon, reasonDocker, reasonInteractive, reasonSourceMount, reasonNoCommand, reasonOnBuild, reasonRootHome,
		reasonNeedsRoot, reasonPrivateFiles, reasonOtherOwner, reasonNoPlace,
	},
	Check: func(p *transform.Pass) []transform.Finding {
		u := planUser(p)
		if u.verdict != nil {
			return []transform.Finding{*u.verdict}
		}
		return []transform.Finding{u.proposal(p)}
	},
}

// proposal makes the user and changes to it.
func (u *userPlan) proposal(p *transform.Pass) transform.Finding {
	fix := &transform.Fix{Group: userGroup}
	if u.place.setup != nil {
		fix.Edits = []parser.Edit{*u.place.setup}
	}
	if u.place.late != nil {
		fix.Edits = append(fix.Edits, *u.place.late)
	}
	fix.Declares.Added = u.place.commands
	fix.Edits = append(fix.Edits, u.place.user)
	fix.Declares.Config = map[string]string{"USER": u.user.spec}
	safety := u.safety
	if !p.Enabled("owned-copies") && (len(u.copies) > 0 || len(u.trees) > 0) {
		safety = transform.Assumed
	}
	f := transform.Propose(p.Facts.Final().Stage.From.Span, safety, fmt.Sprintf("the image runs as %s instead of root (%s)", u.user.spec, u.user.origin), fix)
	f.Evidence = u.evidence
	if len(u.evidence) > 0 {
		f.Detail = strings.Join(u.evidence, "; ")
	}
	f.Deploy = u.deploy
	return f
}
