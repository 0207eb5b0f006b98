package service

import (
	"cmp"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// observed plans by what was seen on an engine. Directories of state that it was not seen
// to write are no reason to refuse, and of those that it was, the observation says that
// their content may be lost.
func (r *rootfs) observed(p *transform.ServicePass, o transform.Observation) {
	r.evidence = append(r.evidence, "observed: "+cmp.Or(o.Source, "a run")+reasonOf(o))
	own := starter(p, p.Known)
	for _, w := range p.Observations(transform.ObservedWrite) {
		r.scratch = append(r.scratch, observedScratch(w, own))
	}
}

func reasonOf(o transform.Observation) string {
	if o.Reason == "" {
		return ""
	}
	return " (" + o.Reason + ")"
}

// observedScratch reads PATH[:OPTIONS].
func observedScratch(o transform.Observation, own starting) scratch {
	name, options, _ := strings.Cut(o.Value, ":")
	s := newScratch(name, "")
	if name != "/tmp" && own.uid != "" {
		s.uid, s.gid, s.mode = own.uid, own.gid, "0755"
	}
	for option := range strings.SplitSeq(options, ",") {
		switch key, value, _ := strings.Cut(option, "="); key {
		case "exec":
			s.exec, s.comment = true, cmp.Or(o.Reason, execComment)
		case "size":
			s.size = value
		case "mode":
			s.mode = value
		case "uid":
			s.uid = value
		case "gid":
			s.gid = value
		}
	}
	return s
}

// built plans by the Dockerfile alone.
func (r *rootfs) built(p *transform.ServicePass) {
	if s6(p.Image.Entrypoint) {
		r.refuse(reasonSupervisorRun, "the image starts /init")
		return
	}
	tmp := newScratch("/tmp", "base")
	if class := knowledge.LimitClassOf(p.Image.Base, "", p.Image.Language); class != nil && class.Exec {
		tmp.exec, tmp.comment = true, execComment
	}
	r.scratch = append(r.scratch, tmp)
	r.dockerfile(p, true)
}

func s6(entrypoint []string) bool { return len(entrypoint) > 0 && entrypoint[0] == "/init" }

// dockerfile holds the plan against the Dockerfile of the image. own says that the
// application is the project's own, so that only a run could tell what it writes.
func (r *rootfs) dockerfile(p *transform.ServicePass, own bool) {
	image := p.Image
	if len(image.Unread) > 0 {
		r.refuse(reasonUnreadStart, enumeration(image.Unread)+", which runs at start, could not be read ("+image.File+")")
		return
	}
	r.state(p, image.Volumes, image.State)
	r.startWrites(p)
	for _, s := range r.scratch {
		hidden := slices.IndexFunc(append(slices.Clone(image.Brings), image.Workdir), func(name string) bool { return name != "/" && name != "" && below(canonical(s.path), canonical(name)) })
		if hidden >= 0 && r.refused == nil && !mountPointsOf(p.Service, image.Volumes).taken(s.path) {
			r.refuse(reasonHides, "a tmpfs on "+s.path+" would hide "+append(slices.Clone(image.Brings), image.Workdir)[hidden]+" ("+image.File+")")
		}
	}
	if !own || r.refused != nil {
		return
	}
	r.weaken("what the application writes is not in " + image.File + ": --level strict applies this: test it before you ship, or record in .bulkhead.yaml what a run showed")
	unknown := image.Unknown
	if len(unknown) > 3 {
		unknown = unknown[:3]
	}
	for _, why := range unknown {
		r.evidence = append(r.evidence, "not analysed: "+why)
	}
}

// startWrites takes the places that the start's scripts write to into account.
func (r *rootfs) startWrites(p *transform.ServicePass) {
	mounted := mountPointsOf(p.Service, p.Image.Volumes)
	for _, name := range slices.Concat(p.Image.StartWrites, commandWrites(p)) {
		at := canonical(name)
		switch {
		case r.refused != nil:
			return
		case mounted.writable(at), slices.ContainsFunc(r.scratch, func(s scratch) bool { return below(canonical(s.path), at) }):
		case below("/tmp", at), below("/var/tmp", at):
			r.scratch = append(r.scratch, newScratch(at[:strings.Index(at, "tmp")+len("tmp")], "base"))
		case below("/run", at) && at != "/run":
			s := newScratch("/run", "")
			if own := starter(p, nil); own.uid != "" {
				s.uid, s.gid, s.mode = own.uid, own.gid, "0755"
			}
			r.scratch = append(r.scratch, s)
		default:
			r.refuse(reasonStartWrites, name+" is written at start")
		}
	}
}

// commandWrites lists the paths that the shell writes to when the compose file starts one.
func commandWrites(p *transform.ServicePass) []string {
	ctx := effect.Context{Dir: p.Image.Workdir, Home: p.Image.Home, Lookup: func(string) (string, bool) { return "", false }}
	var out []string
	for _, s := range p.Views() {
		for _, c := range []compose.Command{s.Entrypoint(), s.Command()} {
			text := c.Text
			if n := len(c.Words); n > 1 {
				text = c.Words[n-1] // of sh -c
			} else if calls := dockerfile.NewScript(text).Calls(); len(calls) == 1 && len(calls[0].Args) > 2 {
				text = calls[0].Args[len(calls[0].Args)-1].Value
			}
			for _, step := range effect.Sequence(dockerfile.NewScript(strings.ReplaceAll(text, "$$", "$")), ctx) {
				for _, w := range step.Effect.Writes {
					whole := w.Kind == effect.Tree && w.Name == step.Dir // by a program of the project, which may write there or not
					if w.Known && !whole && !below("/dev", w.Name) && !below("/proc", w.Name) {
						out = append(out, w.Name)
					}
				}
			}
		}
	}
	return out
}
