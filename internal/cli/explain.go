package cli

import (
	"bufio"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/internal/config"
	"github.com/bulkhead-dev/bulkhead/internal/fsx"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// explainImage writes what is known of an image: as a service, the entries of the
// project in this directory first, else as a base. It reports false when nothing is.
func explainImage(w *bufio.Writer, image string) (bool, error) {
	root, err := fsx.Open(".")
	if err != nil {
		return false, err
	}
	defer root.Close()
	settings, err := config.Find(root.FS(), ".", "", ruleIDs(allRules()))
	if err != nil {
		return false, err
	}
	if s := settings.LookupService(image); s != nil {
		explainService(w, s)
		return true, nil
	}
	if b := knowledge.LookupBase(image); b != nil && b.Confidence != "guessed" {
		explainBase(w, image, b)
		return true, nil
	}
	if source := knowledge.StoreSource(image); source != "" {
		fmt.Fprintf(w, "%s: a data store, which network-segments keeps with its clients. Nothing else is known of it.\n\nsources\n  %s\n", image, source)
		return true, nil
	}
	return false, nil
}

// unknownName complains about an argument that is neither rule nor image.
func unknownName(name string, rules []string) error {
	if tags := otherTags(name); tags != "" {
		return fmt.Errorf("nothing is known of %s, only of the tags %s", name, tags)
	}
	names := slices.Concat(rules, knowledge.BaseNames())
	for _, s := range knowledge.Services() {
		names = append(append(names, s.Image), s.Aliases...)
	}
	repository := knowledge.ParseRef(name).Repository
	if n := config.Nearest(repository, names); n != "" {
		return fmt.Errorf("there is no rule or known image %q; did you mean %s?", name, n)
	}
	return fmt.Errorf("there is no rule or known image %q; `bulkhead rules` lists the rules", name)
}

// otherTags says of which tags of an image something is known as a service.
func otherTags(image string) string {
	var tags []string
	for _, t := range knowledge.ServiceTags(image) {
		tags = append(tags, t.String())
	}
	return strings.Join(tags, "; or ")
}

// page is a page about an image under way.
type page struct{ *bufio.Writer }

func (p page) printf(format string, args ...any) { fmt.Fprintf(p, format, args...) }

// list writes a title and lines below it, nothing when there are none.
func (p page) list(title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	p.printf("\n%s:\n", title)
	for _, l := range lines {
		p.wrap("  ", l)
	}
}

// wrap writes a paragraph of at most a hundred columns.
func (p page) wrap(indent, text string) {
	column := 0
	for _, word := range strings.Fields(text) {
		switch {
		case column == 0:
			p.WriteString(indent)
			column = len(indent)
		case column+1+len(word) > 100:
			p.WriteString("\n" + indent + "  ")
			column = len(indent) + 2
		default:
			p.WriteString(" ")
			column++
		}
		p.WriteString(word)
		column += len(word)
	}
	p.WriteString("\n")
}

// explainService writes what is known of a service's image.
func explainService(w *bufio.Writer, s *knowledge.Service) {
	p := page{w}
	name := s.Image
	if s.Tag != "" {
		name += ":" + s.Tag
	}
	p.printf("%s (%s): starts as %s, %s\n", name, cmp.Or(s.Kind, "service"), s.DefaultUser, runsAs(s.RunsAs))
	if s.TagUnknown {
		p.printf("The tag is not known: what depends on it is left out.\n")
	}
	p.printf("\n")
	for _, c := range s.Behaviour() {
		p.wrap("", fmt.Sprintf("As %s: %s. %s.", c.Name, c.Text, sentence(c.Advice)))
	}
	if s.Drop.Kind != "" && s.Drop.Kind != "none" {
		p.wrap("", fmt.Sprintf("It changes user by %s: %s", s.Drop.Kind, s.Drop.Where))
	} else if s.Drop.Where != "" {
		p.wrap("", "It does not change user: "+s.Drop.Where)
	}
	p.list("Recommended", recommendation(s.Recommend))
	p.capabilities(s)
	p.list("It can start as, without capabilities", startAs(s.StartAs))
	p.list("It writes to", writable(s.Writable))
	p.list("Volumes of the image", joined(s.Volumes))
	p.list("Ports", joined(s.Ports))
	if s.DataStore {
		p.wrap("  ", "not for other machines: it keeps data for the project's own services")
	}
	if s.AdminPage {
		p.wrap("  ", "not for other machines: it administers something"+inBrackets(strings.Join(s.AdminPorts, ", ")))
	}
	p.list("Verdicts", slices.Concat(verdict("no-new-privileges", s.NoNewPrivileges), verdict("read-only root filesystem", s.ReadOnly)))
	p.list("Secrets from files", secrets(s.Secrets))
	p.list("Health check", healthcheck(s.Healthcheck))
	p.list("Stop signal", joined([]string{s.StopSignal}))
	p.list("Limits", limits(s.Limits))
	p.list("Needs no root", joined([]string{s.Unprivileged}))
	p.list("Notes", s.Notes)
	p.list("Other tags", variants(s.Variants))
	p.list("What holds for images like it", lawsOf(s))
	p.list("Tested", s.Tested)
	p.list("Reasoned, not read", joined([]string{strings.Join(s.Inferred, "; ")}))
	p.list("Sources, "+s.Confidence, s.Sources)
}

// capabilities writes what it needs as root, in the order of a container's life.
func (p page) capabilities(s *knowledge.Service) {
	switch {
	case len(s.Capabilities) > 0:
		p.printf("\nCapabilities that it needs%s:\n", map[bool]string{true: " when it starts as root"}[s.IsRoot()])
	case s.IsRoot():
		p.list("Capabilities that it needs when it starts as root", []string{"none"})
	}
	for _, phase := range knowledge.Phases() {
		first := true
		for _, c := range s.Capabilities {
			if c.Phase != phase {
				continue
			}
			if first {
				p.printf("  %s\n", phase.Text())
			}
			first = false
			p.wrap("    ", fmt.Sprintf("%s: %s. Without: %s%s", c.Cap, c.Reason, c.Consequence(), inBrackets(c.Note)))
		}
	}
	for _, f := range s.FileCaps {
		p.wrap("  ", fmt.Sprintf("%s has %s in the file: outside the bounding set, it cannot be started%s", f.Path, strings.Join(f.Caps, ", "), inBrackets(f.Note)))
	}
	if len(s.NotNeeded) > 0 {
		p.wrap("  ", "not needed: "+strings.Join(s.NotNeeded, ", "))
	}
	p.list("Capabilities that it needs when `user:` makes it start as root", joined(s.AsRoot))
}

// sentence starts with a capital letter.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func runsAs(r *knowledge.RunsAs) string {
	if r == nil {
		return "runs as a user that depends on the tag"
	}
	text := "runs as "
	if r.Workers {
		text = "its children run as "
	}
	name := r.User
	if ids := r.IDs(); ids != "" {
		name = strings.TrimSpace(name + " " + ids)
	} else if r.UID != nil {
		name = strings.TrimSpace(fmt.Sprintf("%s %d", name, *r.UID))
	}
	if r.UIDFrom != "" {
		name += " (or what " + r.UIDFrom + " says)"
	}
	return text + name
}

func inBrackets(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

// joined is a list as one line, none when it is empty.
func joined(list []string) []string {
	text := strings.Join(list, ", ")
	if text == "" {
		return nil
	}
	return []string{text}
}

func recommendation(r knowledge.Recommend) []string {
	var out []string
	switch r.Strategy {
	case "user":
		out = append(out, fmt.Sprintf("start as %s, drop every capability", r.User))
	case "capabilities":
		out = append(out, "drop every capability, add "+cmp.Or(strings.Join(r.CapAdd, ", "), "none"))
	case "none":
		out = append(out, "drop every capability: it starts without root")
	case "report":
		out = append(out, "leave its capabilities to a person")
	default:
		return nil
	}
	if len(r.FallbackCapAdd) > 0 {
		out = append(out, "where the user cannot be used: start as root and add "+strings.Join(r.FallbackCapAdd, ", "))
	}
	switch {
	case r.ReadOnly != nil && !*r.ReadOnly:
		out = append(out, "leave its root filesystem writable")
	case len(r.Tmpfs) > 0:
		out = append(out, "with a read-only root filesystem: tmpfs "+strings.Join(r.Tmpfs, " "))
	case r.ReadOnly != nil:
		out = append(out, "with a read-only root filesystem")
	}
	if r.NoNewPrivileges != nil && !*r.NoNewPrivileges {
		out = append(out, "without no-new-privileges")
	}
	for _, k := range slices.Sorted(maps.Keys(r.Env)) {
		out = append(out, "set "+k+"="+r.Env[k])
	}
	out = append(out, needs(r.Needs)...)
	if r.Why != "" {
		out = append(out, r.Why)
	}
	return out
}
