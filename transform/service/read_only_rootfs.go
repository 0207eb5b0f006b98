package service

import (
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform"
)

var (
	reasonDecided       = transform.Reason{Code: "variable", Text: "a variable decides."}
	reasonDevelopment   = transform.Reason{Code: "development", Text: "somebody develops in the container: its source is mounted, watched or built there."}
	reasonPrivileged    = transform.Reason{Code: "privileged", Text: "the service is privileged: it could make its root filesystem writable again, and such services usually write to it."}
	reasonUnknownImage  = transform.Reason{Code: "unknown-image", Text: "nothing is known of what the image writes, and its Dockerfile is not part of the project. An observation in `.bulkhead.yaml` says it."}
	reasonWritesItself  = transform.Reason{Code: "writes-itself", Text: "the image changes its own files when it starts (configuration, users, links), as the knowledge of service images has it."}
	reasonCondition     = transform.Reason{Code: "condition", Text: "the image works with it under a condition that the service does not meet, or that only a person can judge."}
	reasonOtherStart    = transform.Reason{Code: "other-start", Text: "the service starts something else than the image does, of which nothing is known."}
	reasonState         = transform.Reason{Code: "state-without-volume", Text: "data that must survive a restart would lie on no volume. It belongs on one, not on a tmpfs."}
	reasonHides         = transform.Reason{Code: "hides-files", Text: "a tmpfs would hide files that the image has there and needs."}
	reasonTemplates     = transform.Reason{Code: "templates", Text: "the entrypoint renders templates into the image's configuration when it starts."}
	reasonStartWrites   = transform.Reason{Code: "start-writes", Text: "a script that runs at start writes to a file of the image, such as its configuration or /etc/hosts."}
	reasonUnreadStart   = transform.Reason{Code: "unread-start", Text: "a script that runs at start could not be read, so that it is not known what it writes."}
	reasonCopied        = transform.Reason{Code: "copied-files", Text: "compose copies a secret or config into the container, which it refuses to do under a read-only root filesystem. Only those from a file are mounted."}
	reasonElsewhere     = transform.Reason{Code: "mounted-elsewhere", Text: "another composition of the project mounts something where this one needs a tmpfs: both together would be refused."}
	reasonSwarmTmpfs    = transform.Reason{Code: "swarm-tmpfs", Text: "docker stack deploy ignores `tmpfs`, without which the service would not start."}
	reasonSupervisorRun = transform.Reason{Code: "supervisor", Text: "a supervisor (s6) is the main process: it needs a /run to start programs from, and writes elsewhere too."}
)

var readOnlyRootfs = &transform.Rule{
	ID:     "read-only-rootfs",
	Title:  "The root filesystem is read-only, with a tmpfs where something must be written",
	Safety: transform.Guarded,
	Doc: `Adds ` + "`read_only: true`" + ` and exactly the ` + "`tmpfs`" + ` entries that the service needs. Who breaks in can then neither replace programs nor
leave anything behind where it would be run again.

A tmpfs forgets: it is put over scratch directories alone (sockets, pid files, temporary files), never over data, over configuration, over files that
the image has there, or over what is mounted already. What must survive a restart has to lie on a volume, or the rule refuses and names the path. Each
entry says its size and mode, and is ` + "`noexec,nosuid`" + ` unless something is known to be run from it; where the service runs as another user than root, the directory
is that user's.

Evidence comes from the knowledge of service images, also for images that are built on one and start what it starts, or from an observation
(` + "`observations` in `.bulkhead.yaml`" + `). The analysis of a Dockerfile alone tells what its scripts write, not what the application does: such a fix is
held back below ` + "`--level strict`" + `.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "5.13", Title: "Ensure that the container's root filesystem is mounted as read only"},
		{Framework: "NIST SP 800-190", ID: "4.4.4", Title: "App vulnerabilities"},
		{Framework: "NIST SP 800-190", ID: "4.5.5", Title: "Host file system tampering"},
		{Framework: "OWASP Docker Security Cheat Sheet", ID: "RULE 8", Title: "Set filesystem and volumes to read-only"},
	},
	Reasons: []transform.Reason{
		reasonSwitchedOff, reasonDecided, reasonDevelopment, reasonPrivileged, reasonUnknownImage, reasonWritesItself, reasonCondition, reasonOtherStart, reasonState,
		reasonHides, reasonTemplates, reasonStartWrites, reasonUnreadStart, reasonCopied, reasonElsewhere, reasonSwarmTmpfs, reasonSupervisorRun,
	},
	CheckService: checkReadOnlyRootfs,
}

func checkReadOnlyRootfs(p *transform.ServicePass) []transform.Finding {
	at := p.Service.Span("read_only")
	if p.Service.True("read_only") {
		return []transform.Finding{p.Done(at, "the root filesystem is read-only")}
	}
	r := transform.ServiceShared(p, "rootfs", planRootfs)
	message := "the root filesystem is read-only"
	if r.refused != nil {
		return []transform.Finding{p.Refuse(at, "the root filesystem stays writable", *r.refused, "%s", r.detail)}
	}
	changes := []compose.Change{{Pairs: []compose.Pair{{Key: "read_only", Value: "true"}}}}
	var paths []string
	var items []compose.Item
	for _, s := range r.scratch {
		paths = append(paths, s.path)
		items = append(items, s.item(!p.Options.NoComments))
	}
	if len(items) > 0 {
		changes = append(changes, compose.Change{Path: []string{"tmpfs"}, Items: items})
		message += ", with a tmpfs on " + enumeration(paths)
	}
	f := p.Propose(at, r.safety, message, changes...)
	f.Evidence = r.evidence
	return []transform.Finding{f}
}

// enumeration is a list in words.
func enumeration(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// rootfs is what it takes to make a root filesystem read-only.
type rootfs struct {
	refused  *transform.Reason
	detail   string
	safety   transform.Safety
	evidence []string
	scratch  []scratch
}

func (r *rootfs) refuse(reason transform.Reason, detail string) {
	r.refused, r.detail = &reason, detail
}

// weaken lowers the promise, and says why.
func (r *rootfs) weaken(why string) {
	r.safety = transform.Assumed
	r.evidence = append(r.evidence, why)
}

// planRootfs weighs what is known of the service.
func planRootfs(p *transform.ServicePass) *rootfs {
	r := &rootfs{safety: transform.Guarded}
	if r.file(p); r.refused != nil {
		return r
	}
	observed := p.Observations(transform.ObservedReadOnly)
	switch known := profile(p); {
	case len(observed) > 0:
		r.observed(p, observed[0])
	case known != nil:
		r.known(p, known)
	case p.Image != nil:
		r.built(p)
	default:
		r.refuse(reasonUnknownImage, "of "+imageName(p)+" nothing is known")
	}
	if r.refused == nil {
		r.place(p)
	}
	return r
}

// imageName is what the service runs, for messages.
func imageName(p *transform.ServicePass) string {
	if b := p.Service.Build(); b != nil {
		return "the Dockerfile in " + b.Context
	}
	return p.Service.Image()
}

// file looks for reasons in the compose file to leave the root filesystem alone.
func (r *rootfs) file(p *transform.ServicePass) {
	for _, s := range p.Views() {
		switch text := s.Text("read_only"); {
		case strings.Contains(text, "$"):
			r.refuse(reasonDecided, "read_only is "+text)
		case text != "" && !s.True("read_only"):
			r.refuse(reasonSwitchedOff, "read_only is set to "+text)
		case s.True("privileged") && (profile(p) == nil || profile(p).ReadOnly.OK != "yes"):
			r.refuse(reasonPrivileged, "privileged is set")
		}
		if name := copied(p, s); name != "" && r.refused == nil {
			r.refuse(reasonCopied, name+" comes from no file")
		}
		if r.refused != nil {
			return
		}
	}
	if why := p.Development(); why != "" {
		r.refuse(reasonDevelopment, why)
	}
}

// copied names a secret or config of the service that has no file to be mounted.
func copied(p *transform.ServicePass, s *compose.Service) string {
	for _, kind := range []string{"secrets", "configs"} {
		all, _ := p.Project.Model[kind].(map[string]any)
		for _, name := range s.Keys(kind) {
			if from, ok := all[name].(map[string]any); ok && (from["environment"] != nil || from["content"] != nil) {
				return strings.TrimSuffix(kind, "s") + " " + name
			}
		}
	}
	return ""
}

// place drops what is mounted already, and refuses where the compositions differ.
func (r *rootfs) place(p *transform.ServicePass) {
	var volumes []string
	if p.Image != nil {
		volumes = p.Image.Volumes
	}
	if known := profile(p); known != nil {
		volumes = slices.Concat(volumes, known.Volumes)
	}
	kept := r.scratch[:0]
	for _, s := range r.scratch {
		taken, free := false, false
		for _, view := range p.Views() {
			if mountPointsOf(view, volumes).taken(s.path) {
				taken = true
			} else {
				free = true
			}
		}
		if taken && free {
			r.refuse(reasonElsewhere, s.path+" is mounted in one composition and not in another")
			return
		}
		if free && !slices.ContainsFunc(kept, func(o scratch) bool { return canonical(o.path) == canonical(s.path) }) {
			kept = append(kept, s)
		}
	}
	if r.scratch = kept; len(kept) > 0 && swarm(p) {
		r.refuse(reasonSwarmTmpfs, "it needs a tmpfs on "+kept[0].path)
	}
}

// state refuses paths that hold data and lie on no mount.
func (r *rootfs) state(p *transform.ServicePass, volumes, paths []string) {
	var lost []string
	for _, view := range p.Views() {
		m := mountPointsOf(view, volumes)
		for _, name := range paths {
			if !m.writable(name) && !slices.Contains(lost, name) {
				lost = append(lost, name)
			}
		}
	}
	if len(lost) > 0 && r.refused == nil {
		r.refuse(reasonState, enumeration(lost)+" must survive a restart: mount a volume")
	}
}
