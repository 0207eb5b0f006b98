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
		why := unmet(p, known, verdict.Needs)
		if verdict.Needs.NonRoot && starter(p, known).root {
			why = "it starts as root"
		}
		if why != "" {
			r.refuse(reasonCondition, why+" ("+verdict.Why+")")
			return
		}
	case "no":
		r.refuse(reasonWritesItself, verdict.Why)
		return
	default:
		r.refuse(reasonUnknownImage, "whether "+known.Image+" works with it is not known")
		return
	}
	if why := customStart(p); why != "" && (known.Kind != "base" || p.Image == nil) {
		r.refuse(reasonOtherStart, why)
		return
	}
	if known.Kind == "base" && p.Image == nil {
		r.refuse(reasonUnknownImage, "what runs in "+known.Image+" is not part of the image")
		return
	}
	r.evidence = append(r.evidence, known.Image+": "+known.ReadOnly.Why)
	r.paths(p, known)
	if trust(known, "read_only") == transform.Assumed {
		r.weaken("this is reasoned from images of the same kind: test it before you ship")
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
		case w.Generated && p.Image != nil && !mounted.writable(w.Path):
			r.refuse(reasonHides, w.Path+" may have files of "+p.Image.File)
			return
		case w.Kind == "tmpfs" && w.Need != "none" && (w.Generated || !configuration(w.Path)):
			r.scratch = append(r.scratch, knownScratch(p, known, w))
		case w.Kind == "file" && w.Need == "start" && len(known.ReadOnly.Needs.Env) == 0 && !mounted.writable(w.Path):
			r.refuse(reasonWritesItself, w.Path+": "+w.Why)
			return
		}
	}
	if place := customData(p, known); place != "" {
		_, dir, _ := strings.Cut(place, "/")
		state = append(state, "/"+dir)
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
