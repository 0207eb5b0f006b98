package service

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
	"github.com/bulkhead-dev/bulkhead/transform/secret"
)

// credentials are those that stand in a project's files as values of variables.
type credentials struct {
	holders []*holder // in the order of the services and of the names
	groups  map[string]*secretGroup
}

// holder is a variable of a service that holds a credential, or has one in its value.
type holder struct {
	service  *compose.Service
	name     string
	value    string // as the service's own file has it
	secret   string // the credential, $$ undone
	written  string // the credential as it stands in value
	offset   int    // where it begins there
	why      string
	at       parser.Span
	file     string // the variable that names a file instead; "" when the image has none
	evidence string
	// stuck is why the variable cannot be changed at all, and why the file does not come
	// into question, beside there being no variable for it.
	stuck, noFile     *transform.Reason
	detail, fileTrial string
}

// secretGroup is all variables with one credential.
type secretGroup struct {
	holders       []*holder
	name          string // of the secret, or of the variable
	toFile, toEnv bool
	wantsEnv      bool
	reason        *transform.Reason // why it stays
	detail        string
	blamed        *holder // whose image reads no file; nil when that is not why
}

// someFile reports whether an image reads a file for the credential.
func (g *secretGroup) someFile() bool {
	return slices.ContainsFunc(g.holders, func(h *holder) bool { return h.file != "" })
}

// findCredentials looks at all services of a project together.
func findCredentials(p *transform.ServicePass) *credentials {
	c := &credentials{groups: map[string]*secretGroup{}}
	for _, pass := range p.Siblings {
		for _, v := range pass.Service.Environment() {
			if !v.Given {
				continue
			}
			if judged := secret.Judge(v.Name, v.Value); judged.Kind == secret.Literal {
				c.add(holderOf(pass, v, judged))
			}
		}
	}
	taken := map[string]bool{}
	for _, h := range c.holders {
		if g := c.groups[h.secret]; g.holders[0] == h {
			g.decide(p, taken)
		}
	}
	return c
}

func (c *credentials) add(h *holder) {
	c.holders = append(c.holders, h)
	if c.groups[h.secret] == nil {
		c.groups[h.secret] = &secretGroup{}
	}
	g := c.groups[h.secret]
	g.holders = append(g.holders, h)
}

// holderOf finds out what can be done with one variable.
func holderOf(p *transform.ServicePass, v compose.Variable, judged secret.Setting) *holder {
	h := &holder{service: p.Service, name: v.Name, written: judged.Secret, offset: judged.At, secret: strings.ReplaceAll(judged.Secret, "$$", "$"), why: judged.Why}
	value, span, own := p.Service.Variable(v.Name)
	h.value, h.at = value, span
	if !own {
		h.at = p.Service.Span("environment")
	}
	h.stuck, h.detail = h.cannotChange(p, own && value == v.Value)
	if judged.Whole(v.Value) {
		h.findFile(p)
	}
	return h
}

// cannotChange says why the variable is no matter of its service's own lines.
func (h *holder) cannotChange(p *transform.ServicePass, own bool) (*transform.Reason, string) {
	switch {
	case !p.Editable:
		return &reasonSecretElsewhere, h.service.Name + " belongs to another composition"
	case !own:
		return &reasonSecretElsewhere, h.name + " of " + h.service.Name + " comes from a fragment, another file or an extended service"
	}
	for _, project := range append([]*compose.Project{p.Project}, p.Compositions...) {
		for _, d := range project.Files {
			if d.Source.Name() != p.Service.Doc().Source.Name() && sets(d, h.service.Name, h.name) {
				return &reasonSecretElsewhere, d.Source.Name() + " sets " + h.name + " of " + h.service.Name + " too"
			}
		}
	}
	return envFileSets(p, h.name)
}

// sets reports whether a file says something of a service's variable.
func sets(d *compose.Document, service, name string) bool {
	return slices.ContainsFunc(d.Scalars(), func(s compose.Scalar) bool {
		if len(s.Path) != 4 || s.Path[0] != "services" || s.Path[1] != service || s.Path[2] != "environment" {
			return false
		}
		own, _, _ := strings.Cut(s.Value, "=")
		return s.Path[3] == name || own == name
	})
}

// findFile looks for the variable that names a file instead.
func (h *holder) findFile(p *transform.ServicePass) {
	known := profile(p)
	if known == nil {
		return
	}
	name := fileVariable(known, h.name)
	if name == "" {
		return
	}
	h.evidence = known.Image + " reads the file that " + name + " names"
	h.file = name
	for _, s := range p.Views() {
		switch first := firstWord(s); {
		case s.Has("entrypoint"):
			h.noFile, h.fileTrial = &reasonSecretStart, s.Name+" has an entrypoint of its own"
		case first == "sh" || first == "bash" || strings.HasSuffix(first, "/sh") || strings.HasSuffix(first, "/bash"):
			h.noFile, h.fileTrial = &reasonSecretStart, s.Name+" is started with a shell"
		case slices.ContainsFunc(s.Environment(), func(v compose.Variable) bool { return v.Name == name }):
			h.noFile, h.fileTrial = &reasonSecretElsewhere, name+" is set too"
		case reads(s, h.name):
			h.noFile, h.fileTrial = &reasonSecretRead, "the health check or the command of "+s.Name+" reads "+h.name
		}
	}
	if where := readInFiles(p, h.name); h.noFile == nil && where != "" {
		h.noFile, h.fileTrial = &reasonSecretRead, where
	}
}

// fileVariable is the variable of an image that names a file for another variable; "" when
// nobody has read that there is one.
func fileVariable(known *knowledge.Service, name string) string {
	s := known.Secrets
	if s.Semantics != "path" || len(s.Modes) > 0 || slices.Contains(known.Inferred, "secrets") {
		return ""
	}
	for _, file := range []string{name + "_FILE", name + "__FILE"} {
		if slices.Contains(s.Forbidden, file) {
			continue
		}
		if slices.Contains(s.Names, file) {
			return file
		}
		if re, err := regexp.Compile(s.Pattern); s.Every && err == nil && re.MatchString(file) {
			return file
		}
	}
	return ""
}

func firstWord(s *compose.Service) string {
	if w := words(s.Command()); len(w) > 0 {
		return w[0]
	}
	return ""
}

// reads reports whether a command line of a service names a variable as a shell does.
func reads(s *compose.Service, name string) bool {
	re := regexp.MustCompile(`\$\$?\{?` + regexp.QuoteMeta(name) + `\b`)
	lines := slices.Concat(words(s.Command()), words(s.Entrypoint()), words(s.Healthcheck()))
	return slices.ContainsFunc(lines, re.MatchString)
}

// decide says what becomes of the credential.
func (g *secretGroup) decide(p *transform.ServicePass, taken map[string]bool) {
	first := g.holders[0]
	for _, h := range g.holders {
		if h.stuck != nil {
			g.reason, g.detail = h.stuck, h.detail
			g.wantsEnv = p.Options.SecretsToEnv
			return
		}
		if h.file != "" && first.file == "" {
			first = h
		}
	}
	files := !slices.ContainsFunc(g.holders, func(h *holder) bool { return h.file == "" || h.noFile != nil })
	used := usedBy(p, g)
	switch {
	case strings.ContainsFunc(first.secret, func(r rune) bool { return r < ' ' }) || strings.TrimSpace(first.secret) != first.secret:
		g.reason, g.detail = &reasonSecretText, "the value of "+first.name+" has several lines, or blanks at its ends"
	case used != "" && (files || p.Options.SecretsToEnv):
		g.reason, g.detail, g.wantsEnv = &reasonSecretShared, used, p.Options.SecretsToEnv
	case files:
		g.toFile = true
		g.placeFile(p, first, taken)
	case p.Options.SecretsToEnv:
		g.wantsEnv, g.toEnv = true, true
		g.placeEnv(p, first, taken)
	default:
		g.keep()
	}
	if g.reason != nil {
		g.toFile, g.toEnv = false, false
	}
}

// keep says why the credential stays where an image could read it from a file.
func (g *secretGroup) keep() {
	for _, h := range g.holders {
		if h.noFile != nil {
			g.reason, g.detail = h.noFile, h.fileTrial
			return
		}
	}
	for _, h := range g.holders {
		if h.file == "" && g.someFile() {
			g.reason, g.detail, g.blamed = &reasonSecretShared, h.name+" of "+h.service.Name+" has the same value, and nothing tells that its image reads a file for it; --secrets env moves both", h
			return
		}
	}
}

// usedBy says where the credential stands beside the group's variables, "" when nowhere.
func usedBy(p *transform.ServicePass, g *secretGroup) string {
	value := g.holders[0].secret
	whole := regexp.MustCompile(`(?:^|[^\pL\pN_])` + regexp.QuoteMeta(value) + `(?:$|[^\pL\pN_])|(?:^|\s)-p` + regexp.QuoteMeta(value) + `(?:$|\s)`)
	for _, s := range p.Project.Services {
		for i, c := range []compose.Command{s.Command(), s.Entrypoint(), s.Healthcheck()} {
			if line := strings.Join(words(c), " "); whole.MatchString(line) && (distinct(value) || givenAsCredential(line, value)) {
				return "the " + []string{"command", "entrypoint", "health check"}[i] + " of " + s.Name + " has the same value"
			}
		}
		for _, v := range s.Environment() {
			own := slices.ContainsFunc(g.holders, func(h *holder) bool { return h.service.Name == s.Name && h.name == v.Name })
			if !own && (distinct(value) || secret.Judge(v.Name, v.Value).Kind == secret.Literal) && whole.MatchString(v.Value) {
				return v.Name + " of " + s.Name + " has the same value in it"
			}
		}
	}
	return ""
}

// givenAsCredential reports whether a command line passes a value as a credential. A weak
// password may be any word: the name of the user, of the database, of the program.
func givenAsCredential(line, value string) bool {
	list := strings.Fields(line)
	for i, w := range list {
		w = strings.Trim(w, `"'`)
		name, given, assigned := strings.Cut(w, "=")
		switch {
		case w == "-p"+value, strings.Contains(w, ":"+value+"@"):
			return true
		case assigned && strings.Trim(given, `"'`) == value && secret.Judge(strings.TrimLeft(name, "-"), value).Kind == secret.Literal:
			return true
		case w == value && i > 0 && (list[i-1] == "-a" || list[i-1] == "-p" || secret.Judge(strings.TrimLeft(list[i-1], "-"), value).Kind == secret.Literal):
			return true
		}
	}
	return false
}

// distinct reports whether a value is unlikely to be a word that stands for something else.
func distinct(value string) bool {
	return len(value) >= 8 && strings.ContainsFunc(value, func(r rune) bool { return (r < 'a' || r > 'z') && !strings.ContainsRune("-_.", r) })
}

// otherVariables says what else is known of a service's variables with credentials.
func otherVariables(p *transform.ServicePass) []transform.Finding {
	var out []transform.Finding
	for _, v := range p.Service.Environment() {
		at := cmp.Or(variableSpan(p.Service, v.Name), p.Service.Span("environment"))
		if strings.HasPrefix(v.Value, "/run/secrets/") {
			out = append(out, p.Done(at, v.Name+" names a file"))
			continue
		}
		switch secret.Judge(v.Name, v.Value).Kind {
		case secret.Variable:
			out = append(out, p.Done(at, v.Name+" comes from a variable"))
		case secret.Placeholder:
			out = append(out, p.Manually(at, "%s holds a placeholder: whoever starts the project must give it a value, best by ${%s:?} and a .env that git ignores", v.Name, v.Name))
		case secret.Default:
			out = append(out, p.Manually(at, "the default of %s is a credential that holds wherever nobody sets another: leave it out (${%s:?})", v.Name, v.Name))
		}
	}
	return append(out, envFileFindings(p)...)
}

func variableSpan(s *compose.Service, name string) parser.Span {
	_, span, _ := s.Variable(name)
	return span
}

// otherLiterals names credentials in a service's own lines that are no variables of its
// environment.
func otherLiterals(p *transform.ServicePass) []transform.Finding {
	found := transform.ProjectShared(p, "literals", literals)
	var out []transform.Finding
	for _, l := range found[p.Service.File][p.Service.Name] {
		out = append(out, p.Manually(l.at, "a credential stands in the %s of the file: whoever can read the file or inspect the container has it; take it from a secret, or from ${VAR} and a .env that git ignores", l.key))
	}
	return out
}

// literal is a credential in a service's lines.
type literal struct {
	key string // where it stands, in words
	at  parser.Span
}

// literals lists them for each file and service.
func literals(p *transform.ServicePass) []map[string][]literal {
	var out []map[string][]literal
	for _, d := range p.Project.Files {
		of := map[string][]literal{}
		for _, s := range d.Scalars() {
			if len(s.Path) < 3 || s.Path[0] != "services" || slices.Contains([]string{"environment", "secrets", "image", "labels"}, s.Path[2]) {
				continue
			}
			key := s.Path[2]
			if key == "build" && len(s.Path) > 3 {
				key = "build " + s.Path[3]
			}
			if len(secret.InScalar(s)) > 0 {
				of[s.Path[1]] = append(of[s.Path[1]], literal{key, s.Span})
			}
		}
		out = append(out, of)
	}
	return out
}
