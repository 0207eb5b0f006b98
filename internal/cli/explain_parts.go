package cli

import (
	"bufio"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// dataStates says what the data of a service has to be for a user.
var dataStates = map[string]string{
	"any":          "wherever its data is",
	"named-volume": "with its data on a named volume, or owned by it",
	"owned":        "with its data owned by it",
}

func startAs(list []knowledge.StartAs) []string {
	var out []string
	for _, a := range list {
		text := a.User + ", " + dataStates[a.Data]
		if a.Default {
			text = a.User + ", as the image does"
		}
		if n := needs(a.Needs); len(n) > 0 {
			text += "; " + strings.Join(n, "; ")
		}
		out = append(out, text+inBrackets(a.Note))
	}
	return out
}

// needs says in words what else must hold.
func needs(n knowledge.Needs) []string {
	var out []string
	add := func(format string, list []string) {
		if len(list) > 0 {
			out = append(out, fmt.Sprintf(format, strings.Join(list, ", ")))
		}
	}
	add("needs a named volume on %s", n.Volumes)
	add("needs %s writable for it", n.Writable)
	for _, k := range slices.Sorted(maps.Keys(n.Env)) {
		out = append(out, "needs "+k+"="+cmp.Or(n.Env[k], "(some value)"))
	}
	add("not with %s set", n.WithoutEnv)
	add("not with %s in the command", n.WithoutArgs)
	add("keeps %s", n.Capabilities)
	if n.NonRoot {
		out = append(out, "only when it does not start as root")
	}
	if n.NoSocket {
		out = append(out, "not with the engine's socket mounted")
	}
	if n.Manual {
		out = append(out, "for a person to judge")
	}
	return out
}

// needed says when a path is needed.
var needed = map[string]string{"start": "", "feature": ", for this alone", "none": ", not needed"}

func writable(list []knowledge.Writable) []string {
	var out []string
	for _, w := range list {
		text := cmp.Or(w.Path, "what "+w.Setting+" says")
		switch w.Kind {
		case "tmpfs":
			if options := strings.TrimPrefix(w.Tmpfs(), w.Path); options != "" {
				text += options
			}
			text += ", scratch"
		case "file":
			text += ", a file that is changed in place"
		default:
			text += ", must survive"
		}
		if w.Content {
			text += ", has content of the image"
		}
		text += needed[w.Need]
		if w.Why != "" {
			text += ": " + w.Why
		}
		if w.Path != "" && w.Setting != "" {
			text += " (decided by " + w.Setting + ")"
		}
		out = append(out, text)
	}
	return out
}

func verdict(name string, v knowledge.Verdict) []string {
	text := name + ": " + v.OK
	if v.Why != "" {
		text += ", " + v.Why
	}
	if n := needs(v.Needs); len(n) > 0 {
		text += "; " + strings.Join(n, "; ")
	}
	return []string{text}
}

func secrets(s knowledge.Secrets) []string {
	out := joined(s.Names)
	if s.Pattern != "" {
		out = append(out, "every variable that matches "+s.Pattern)
	}
	switch s.Semantics {
	case "name-under-run-secrets":
		out = append(out, "the value is a name below /run/secrets")
	case "path-in-variable":
		out = append(out, "the variable itself may hold a path")
	}
	if s.ReadBy != "" {
		out = append(out, "read by "+s.ReadBy)
	}
	if len(s.Modes) > 0 {
		out = append(out, "the file's mode must be "+strings.Join(s.Modes, " or "))
	}
	if len(s.Forbidden) > 0 {
		out = append(out, "stops the container: "+strings.Join(s.Forbidden, ", "))
	}
	if s.Missing != "" {
		out = append(out, "when the file is missing: "+s.Missing)
	}
	if s.Note != "" {
		out = append(out, s.Note)
	}
	return out
}

func healthcheck(h knowledge.Healthcheck) []string {
	out := joined([]string{h.Command})
	if h.InImage {
		out = append(out, "the image has one")
	}
	if h.Note != "" {
		out = append(out, h.Note)
	}
	return out
}

func limits(l *knowledge.Limits) []string {
	if l == nil {
		return []string{"not measured"}
	}
	var out []string
	for _, m := range []struct {
		name string
		knowledge.Measured
	}{{"memory", l.Memory}, {"processes", l.PIDs}} {
		if m.Limit != "" || m.Load != "" {
			out = append(out, fmt.Sprintf("%s: %s idle, %s under load, limit %s", m.name, cmp.Or(m.Idle, "?"), cmp.Or(m.Load, "?"), cmp.Or(m.Limit, "?")))
		}
	}
	if l.Minimum != "" {
		out = append(out, "its documentation asks for "+l.Minimum)
	}
	return append(out, "from "+l.Source)
}

func variants(list []knowledge.Variant) []string {
	var out []string
	for _, v := range list {
		var parts []string
		if v.DefaultUser != "" {
			parts = append(parts, "starts as "+v.DefaultUser)
		}
		if v.RunsAs != nil {
			parts = append(parts, runsAs(v.RunsAs))
		}
		if v.Drop != nil {
			parts = append(parts, "changes user by "+v.Drop.Kind)
		}
		if v.Volumes != nil {
			parts = append(parts, "volumes "+cmp.Or(strings.Join(v.Volumes, ", "), "none"))
		}
		if v.Ports != nil {
			parts = append(parts, "ports "+cmp.Or(strings.Join(v.Ports, ", "), "none"))
		}
		if v.StopSignal != "" {
			parts = append(parts, "stops by "+v.StopSignal)
		}
		if v.Note != "" {
			parts = append(parts, v.Note)
		}
		if len(parts) > 0 {
			out = append(out, v.Tags.String()+": "+strings.Join(parts, "; "))
		}
	}
	return out
}

// lawsOf are what holds for the classes of an image, each once.
func lawsOf(s *knowledge.Service) []string {
	var out []string
	for _, c := range s.Behaviour() {
		for _, l := range knowledge.LawsOf(c) {
			if text := l.Text + inBrackets(l.Kind); !slices.Contains(out, text) {
				out = append(out, text)
			}
		}
	}
	return out
}

// explainBase writes what is known of an image that others are built on.
func explainBase(w *bufio.Writer, image string, b *knowledge.Base) {
	p := page{w}
	p.printf("%s (base image): %s, packages by %s, starts as %s\n", image, b.Family, b.PackageManager, b.DefaultUser)
	if tags := otherTags(image); tags != "" {
		p.printf("As a service, only these tags of it are known: %s\n", tags)
	}
	if o := b.OwnUser; o != nil {
		p.list("User that it brings", []string{fmt.Sprintf("%s %d:%d, home %s", o.Name, o.UID, o.GID, o.Home)})
	}
	p.list("Workdir", joined([]string{b.Workdir}))
	p.list("Entrypoint", joined(b.Entrypoint))
	p.list("Command", joined(b.Cmd))
	p.list("Packages that it has", joined(slices.Concat(b.Provides, b.ProvidesFull)))
	p.list("Sources, "+b.Confidence, b.Sources)
}
