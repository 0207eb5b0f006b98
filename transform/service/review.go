package service

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// review is what a rule that changes nothing has to say about a service. It looks at
// the service in every composition, and says the same only once.
type review struct {
	p    *transform.ServicePass
	s    *compose.Service // in the composition that is looked at
	said map[string]bool
	out  []transform.Finding
}

// reviewed lets a rule look at every composition of a service, the service's own first.
func reviewed(p *transform.ServicePass, look func(*review)) []transform.Finding {
	r := &review{p: p, said: map[string]bool{}}
	for _, s := range p.Views() {
		r.s = s
		look(r)
	}
	return r.out
}

// place is where the files say something. In another composition than the service's own
// it is the service's name, and note names the file and the line.
func (r *review) place(key, item string) (at compose.Place, note string) {
	at = r.s.Place(key, item)
	if r.s == r.p.Service {
		return at, ""
	}
	src := r.s.Project().Files[at.File].Source
	note = fmt.Sprintf(" (%s:%d)", src.Name(), src.LineAt(at.Span.Start))
	return compose.Place{File: r.p.Service.File, Span: r.p.Service.Span(), Text: at.Text, Found: at.Found}, note
}

// yours says what the user has to do about an item of a key. Sources are what it rests on.
func (r *review) yours(key, item string, sources []string, format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	if r.said[message] {
		return
	}
	r.said[message] = true
	at, note := r.place(key, item)
	f := r.p.Manually(at.Span, "%s", message+note)
	f.File, f.About = at.File, []string{key}
	for _, s := range sources {
		if s != "" {
			f.Evidence = append(f.Evidence, s)
		}
	}
	r.out = append(r.out, f)
}

// done says that there is nothing to do about an item of a key, of the service's own
// composition alone.
func (r *review) done(key, item, format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	if r.s != r.p.Service || r.said[message] {
		return
	}
	r.said[message] = true
	at, _ := r.place(key, item)
	f := r.p.Done(at.Span, message)
	f.File = at.File
	r.out = append(r.out, f)
}

// text is a scalar of the service, with the defaults of variables in their place.
func (r *review) text(path ...string) string {
	text, _ := knowledge.ExpandDefaults(r.s.Text(path...))
	return text
}

// image is what the service runs: the image that it names, or the base of the one that it builds.
func (r *review) image() string {
	if r.s.Build() == nil {
		return r.s.Image()
	}
	if r.p.Image != nil {
		return r.p.Image.Base
	}
	return ""
}

// flowList writes a line of compose: key: [a, b].
func flowList(key string, items []string) string {
	quoted := make([]string, len(items))
	for i, item := range items {
		quoted[i] = flowScalar(item)
	}
	return key + ": [" + strings.Join(quoted, ", ") + "]"
}

// flowScalar quotes what would mean something else between brackets.
func flowScalar(s string) string {
	if strings.ContainsAny(s, ":,[]{}#&*!|>'\"%@` <") || s == "" {
		return `"` + s + `"`
	}
	return s
}

// enumerate joins parts of a sentence.
func enumerate(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}

// hasPrefixAny reports whether a text starts with one of the prefixes.
func hasPrefixAny(s string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}
