package service

import (
	"path"
	"regexp"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// fetches says by what a data store connects beyond the services of the project, "" when
// nothing tells of it.
func (plan *segments) fetches(s *segment, v *compose.Service) string {
	for _, key := range []string{"extra_hosts", "dns"} {
		if v.Has(key) {
			return key + " lead to other hosts"
		}
	}
	variables := v.Environment()
	for _, file := range v.EnvFiles() { // one that is not here counts elsewhere
		if text, err := readBeside(s.member.Pass, file.Path); err == nil {
			variables = append(variables, compose.EnvLines(string(text))...)
		}
	}
	for _, e := range variables {
		e.Value = strings.Trim(e.Value, `"'`)
		what := knowledge.FetchingVariable(e.Name)
		if what != "" && e.Value != "" && e.Value != "false" && e.Value != "0" && e.Value != "none" && !plan.named(s, e.Value) {
			return "the variable " + e.Name + ": " + what
		}
		if plan.foreign(e.Value) {
			return "the variable " + e.Name + " names a host that is no service of the project"
		}
	}
	for _, c := range []compose.Command{v.Entrypoint(), v.Command()} {
		line := strings.Join(words(c), " ")
		if word, what := knowledge.FetchingWord(line); word != "" && !plan.named(s, line) {
			return word + " in its command: " + what
		}
		if plan.foreign(line) {
			return "its command names a host that is no service of the project"
		}
	}
	for _, f := range plan.found.Files(s.member) {
		for line := range strings.Lines(f.Text) {
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, "#") || strings.HasPrefix(line, "--") {
				continue
			}
			if word, what := knowledge.FetchingWord(line); word != "" && !plan.named(s, line) {
				return word + " in " + f.Name + ": " + what
			}
			if path.Ext(f.Name) != ".sql" && path.Ext(f.Name) != ".xml" && plan.foreign(line) { // those hold data and names of schemas
				return f.Name + " names a host that is no service of the project"
			}
		}
	}
	return ""
}

// named reports whether a text names another service of the project: then it is there
// that the data store connects to.
func (plan *segments) named(s *segment, text string) bool {
	for _, o := range plan.order {
		for _, name := range o.member.Names {
			if o != s && strings.Contains(text, name) && regexp.MustCompile(`(^|[^\w.-])`+regexp.QuoteMeta(name)+`($|[^\w.-])`).MatchString(text) {
				return true
			}
		}
	}
	return false
}

// address finds the host of an address.
var address = regexp.MustCompile(`[a-z][a-z0-9+.-]*://(?:[^\s/@]*@)?([A-Za-z0-9][\w.-]*)`)

// foreign reports whether a text has an address of neither this container nor a service.
func (plan *segments) foreign(text string) bool {
	for _, m := range address.FindAllStringSubmatch(text, -1) {
		host := m[1]
		if host == "localhost" || host == "0.0.0.0" || strings.HasPrefix(host, "127.") || plan.named(&segment{}, host) {
			continue
		}
		return true
	}
	return false
}
