package service

import (
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// known plans by what is known of the image, or of the base that the image is built on.
func (r *rootfs) known(p *transform.ServicePass, known *knowledge.Service) {
	switch verdict := known.ReadOnly; verdict.OK {
	case "yes", "with-tmpfs", "conditional":
		if verdict.Needs.Manual && known.Kind == "base" && p.Image != nil {
			break // what runs is the project's own
		}
		if verdict.Needs.None() && verdict.OK == "conditional" || verdict.Needs.Manual {
			r.refuse(reasonCondition, verdict.Why)
			return
		}
		if unmet := r.unmet(p, known, verdict.Needs); unmet != "" {
			r.refuse(reasonCondition, unmet+" ("+verdict.Why+")")
			return
		}
	case "no":
		r.refuse(reasonWritesItself, verdict.Why)
		return
	default:
		r.refuse(reasonUnknownImage, "whether "+known.Image+" works with it is not known")
		return
	}
	if words := otherStart(p); words != "" && (known.Kind != "base" || p.Image == nil) {
		r.refuse(reasonOtherStart, "it starts "+words)
		return
	}
	if known.Kind == "base" && p.Image == nil {
		r.refuse(reasonUnknownImage, "what runs in "+known.Image+" is not part of the image")
		return
	}
	r.evidence = append(r.evidence, known.Image+": "+known.ReadOnly.Why)
	r.paths(p, known)
	switch {
	case known.Confidence == "inferred":
		r.weaken("that " + known.Image + " runs is inferred, not known")
	case slices.Contains(known.Inferred, "read_only") && p.Image == nil:
		r.weaken("this is reasoned from images of the same kind: bulkhead verify tests it")
	}
	if p.Image != nil && r.refused == nil {
		r.dockerfile(p, known.Kind == "base")
	}
}

// paths takes over where a known image writes to.
func (r *rootfs) paths(p *transform.ServicePass, known *knowledge.Service) {
	volumes := known.Volumes
	if p.Image != nil {
		volumes = slices.Concat(volumes, p.Image.Volumes)
	}
	mounted := mountPointsOf(p.Service, volumes)
	var state []string
	for _, w := range known.Writable {
		switch {
		case w.WhenMounted != "" && w.Path != "":
			if !mounted.writable(w.Path) && (mounted.taken(w.WhenMounted) || brought(p, w.WhenMounted)) {
				r.refuse(reasonTemplates, w.WhenMounted+" is rendered into "+w.Path)
				return
			}
		case w.Setting != "":
			if name := setting(p, w.Setting); name != "" {
				state = append(state, path.Dir(name))
			}
		case w.Kind == "volume" && w.Need == "start":
			state = append(state, w.Path)
		case w.Kind == "tmpfs" && w.Need != "none" && w.Content && !mounted.writable(w.Path):
			if w.Need == "start" {
				r.refuse(reasonHides, w.Path+" has files that the image needs: mount a named volume, which takes them over")
				return
			}
		case w.Kind == "tmpfs" && w.Need != "none" && !configuration(w.Path):
			r.scratch = append(r.scratch, knownScratch(p, known, w))
		case w.Kind == "file" && w.Need == "start" && len(known.ReadOnly.Needs.Env) == 0 && !mounted.writable(w.Path):
			r.refuse(reasonWritesItself, w.Path+": "+w.Why)
			return
		}
	}
	r.state(p, volumes, state)
}

// configuration reports whether a path holds what an operator writes.
func configuration(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if part == "etc" || part == "conf" || strings.HasPrefix(part, "config") || part == "conf.d" {
			return true
		}
	}
	return false
}

// brought reports whether the Dockerfile copies files to a directory or below it.
func brought(p *transform.ServicePass, dir string) bool {
	return p.Image != nil && slices.ContainsFunc(p.Image.Brings, func(name string) bool { return below(dir, name) })
}

// unmet says which condition of a verdict the service does not meet, "" when it meets all.
func (r *rootfs) unmet(p *transform.ServicePass, known *knowledge.Service, n knowledge.Needs) string {
	for _, s := range p.Views() {
		m := mountPointsOf(s, known.Volumes)
		for _, v := range n.Volumes {
			if !slices.ContainsFunc(s.Mounts(), func(x compose.Mount) bool {
				return x.Type == "volume" && canonical(x.Target) == canonical(v) && !x.ReadOnly
			}) {
				return v + " is no volume"
			}
		}
		for _, w := range n.Writable {
			if !m.writable(w) {
				return w + " is not mounted"
			}
		}
		for name, value := range n.Env {
			if have, ok := variable(s, name); !ok || value != "" && have != value {
				return name + " is not set to what it needs"
			}
		}
		for _, name := range n.WithoutEnv {
			if _, ok := variable(s, name); ok {
				return name + " is set"
			}
		}
		for _, word := range n.WithoutArgs {
			if slices.Contains(words(s.Command()), word) {
				return word + " is given"
			}
		}
	}
	switch {
	case n.NonRoot && starter(p, known).root:
		return "it starts as root"
	case n.NoSocket && slices.ContainsFunc(p.Service.Mounts(), func(m compose.Mount) bool { return strings.HasSuffix(m.Target, "docker.sock") }):
		return "the engine's socket is mounted"
	}
	if len(n.WithoutEnv) > 0 && p.Service.Has("env_file") {
		r.weaken("the env_file may set " + enumeration(n.WithoutEnv) + ", with which it would not start")
	}
	return ""
}

func variable(s *compose.Service, name string) (string, bool) {
	for _, v := range s.Environment() {
		if v.Name == name {
			return v.Value, true
		}
	}
	return "", false
}

// words are those of a command line, split at blanks where it is one text.
func words(c compose.Command) []string {
	if c.Text != "" {
		return strings.Fields(c.Text)
	}
	return c.Words
}

// setting finds the path that the service gives to a setting of its image, as an argument
// or as an environment variable. Settings are written as arguments without dashes, with * for
// one of their parts, or as variables.
func setting(p *transform.ServicePass, name string) string {
	as := func(s string) string { return strings.NewReplacer(".", "_", "-", "_").Replace(strings.ToLower(s)) }
	pattern := as(strings.TrimLeft(name, "-"))
	matches := func(s string) bool {
		ok, err := path.Match(pattern, s)
		if !ok && err == nil {
			ok, err = path.Match("*_"+pattern, s) // TRAEFIK_CERTIFICATESRESOLVERS_…
		}
		return ok && err == nil
	}
	for _, s := range p.Views() {
		for _, v := range s.Environment() {
			if matches(as(v.Name)) && path.IsAbs(v.Value) {
				return v.Value
			}
		}
		list := append(words(s.Entrypoint()), words(s.Command())...)
		for i, word := range list {
			option, value, inline := strings.Cut(word, "=")
			if !strings.HasPrefix(option, "-") || !matches(as(strings.TrimLeft(option, "-"))) {
				continue
			}
			if !inline && i+1 < len(list) {
				value = list[i+1]
			}
			if path.IsAbs(value) {
				return value
			}
		}
	}
	return ""
}

// otherStart gives the program that the compose file starts instead of what the image
// does: an entrypoint of its own, or a shell as its command.
func otherStart(p *transform.ServicePass) string {
	for _, s := range p.Views() {
		if e := words(s.Entrypoint()); len(e) > 0 {
			return e[0]
		}
		if c := words(s.Command()); len(c) > 0 {
			switch path.Base(c[0]) {
			case "sh", "bash", "ash", "dash":
				return c[0]
			}
		}
	}
	return ""
}
