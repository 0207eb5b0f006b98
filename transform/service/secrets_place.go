package service

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/secret"
)

// secretsDir is the directory that secrets are written to, beside the compose file.
const secretsDir = "secrets"

// placeFile finds a name for the secret that nothing else has.
func (g *secretGroup) placeFile(p *transform.ServicePass, first *holder, taken map[string]bool) {
	if p.Files == nil {
		g.reason, g.detail = &reasonSecretPlace, "the text stands in no directory"
		return
	}
	if info, err := fs.Stat(p.Files, secretsDir); err == nil && (!info.IsDir() || info.Mode().Perm()&0o077 != 0) {
		g.reason, g.detail = &reasonSecretPlace, secretsDir+" is there already, and open to other users: chmod 700 "+secretsDir
		return
	}
	declared, _ := p.Project.Model["secrets"].(map[string]any)
	name := strings.ToLower(first.name)
	for _, candidate := range []string{name, strings.ToLower(first.service.Name) + "_" + name} {
		text, err := fs.ReadFile(p.Files, secretFile(candidate))
		switch {
		case taken[candidate] || declared[candidate] != nil:
		case err == nil && string(text) == first.secret, errors.Is(err, fs.ErrNotExist):
			taken[candidate] = true
			g.name = candidate
			return
		}
	}
	g.reason, g.detail = &reasonSecretPlace, "there is a secret "+name+" already"
}

func secretFile(name string) string { return path.Join(secretsDir, name+".txt") }

// placeEnv finds a name for the variable of .env that nothing else has.
func (g *secretGroup) placeEnv(p *transform.ServicePass, first *holder, taken map[string]bool) {
	switch {
	case p.Files == nil:
		g.reason, g.detail = &reasonSecretPlace, "the text stands in no directory"
		return
	case swarm(p):
		g.reason, g.detail = &reasonSecretSwarm, "the file is written for docker stack deploy"
		return
	case strings.ContainsAny(first.secret, `'\`):
		g.reason, g.detail = &reasonSecretText, "the value of "+first.name+" has quotes or backslashes, which .env takes for its own"
		return
	}
	text, err := fs.ReadFile(p.Files, ".env")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		g.reason, g.detail = &reasonSecretPlace, ".env cannot be read"
		return
	}
	if err == nil && !ignoresEnv(p) {
		g.reason, g.detail = &reasonSecretPlace, ".env is there already, and .gitignore does not name it: it may be part of the repository"
		return
	}
	given := envVariables(text)
	name := strings.ToUpper(first.name)
	if first.value != first.written { // a part of it
		name += "_PASSWORD"
	}
	for _, candidate := range []string{name, strings.ToUpper(identifier(first.service.Name)) + "_" + name} {
		if value, is := given[candidate]; !taken["${"+candidate] && (!is || value == first.secret) {
			taken["${"+candidate] = true
			g.name = candidate
			return
		}
	}
	g.reason, g.detail = &reasonSecretPlace, ".env has a variable "+name+" already"
}

// ignoresEnv reports whether the .gitignore beside the compose file names .env.
func ignoresEnv(p *transform.ServicePass) bool { return gitIgnores(p, ".env", false) }

// gitIgnores reports whether the .gitignore beside the compose file keeps a file or a
// directory there out of git. The last line that matches counts.
func gitIgnores(p *transform.ServicePass, name string, dir bool) bool {
	text, err := fs.ReadFile(p.Files, ".gitignore")
	if err != nil {
		return false
	}
	ignored := false
	for line := range strings.Lines(string(text)) {
		pattern, again := strings.CutPrefix(strings.TrimSpace(line), "!")
		pattern, dirs := strings.CutSuffix(strings.TrimPrefix(strings.TrimPrefix(pattern, "**/"), "/"), "/")
		if is, err := path.Match(pattern, name); err == nil && is && (dir || !dirs) {
			ignored = !again
		}
	}
	return ignored
}

// gitignoreLines are what .gitignore lacks: the line that keeps credentials out, and one that
// lets .env.example in, where it keeps out all that begins alike. What this writes stands last.
func gitignoreLines(p *transform.ServicePass, line string) string {
	if line != "/.env" {
		if gitIgnores(p, secretsDir, true) {
			return ""
		}
		return line + "\n"
	}
	out := ""
	if !ignoresEnv(p) {
		out = line + "\n"
	}
	if gitIgnores(p, ".env.example", false) {
		out += "!/.env.example\n"
	}
	return out
}

// identifier is a text with nothing in it but what a variable's name may have.
func identifier(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, text)
}

// envVariables are the variables of a file of NAME=value lines.
func envVariables(text []byte) map[string]string {
	out := map[string]string{}
	for _, v := range compose.EnvLines(string(text)) {
		out[v.Name] = secret.Unquoted(v.Value)
	}
	return out
}

// changes are those of the compose file for one variable of the group.
func (g *secretGroup) changes(h *holder) []compose.Change {
	if g.toEnv {
		word := h.value[:h.offset] + "${" + g.name + ":?set it in .env}" + h.value[h.offset+len(h.written):]
		return []compose.Change{{Path: []string{"environment"}, Variable: h.name, Word: word}}
	}
	out := []compose.Change{{Path: []string{"environment"}, Variable: h.name, Rename: h.file, Word: "/run/secrets/" + g.name}}
	if !slices.ContainsFunc(g.holders[:slices.Index(g.holders, h)], func(o *holder) bool { return o.service.Name == h.service.Name }) {
		out = append(out, compose.Change{Path: []string{"secrets"}, Items: compose.Items(g.name)})
	}
	if h == g.holders[0] {
		file := []compose.Pair{{Key: "file", Value: "./" + secretFile(g.name)}}
		out = append(out, compose.Change{Top: "secrets", Pairs: []compose.Pair{{Key: g.name, Value: file}}})
	}
	return out
}

// files are what comes with the change: the credential, and lines that keep it out of git
// and of images.
func (g *secretGroup) files(p *transform.ServicePass) []transform.NewFile {
	value := g.holders[0].secret
	line := "/" + secretsDir + "/"
	files := []transform.NewFile{{Path: secretFile(g.name), Mode: 0o644, DirMode: 0o700, Content: []byte(value), Secret: true}}
	if g.toEnv {
		line = "/.env"
		files = []transform.NewFile{{Path: ".env", Mode: 0o600, Content: fmt.Appendf(nil, "%s='%s'\n", g.name, value), Secret: true, Append: true},
			{Path: ".env.example", Content: fmt.Appendf(nil, "%s=\n", g.name), Append: true}}
	}
	if lines := gitignoreLines(p, line); lines != "" {
		files = append(files, transform.NewFile{Path: ".gitignore", Content: []byte(lines), Append: true})
	}
	for _, name := range ignoreFiles(p) {
		in := path.Join(strings.TrimPrefix(line, "/"))
		if strings.HasPrefix(name, "../") {
			in = "**/" + files[0].Path
		}
		files = append(files, transform.NewFile{Path: name, Content: []byte(in + "\n"), Append: true})
	}
	return files
}

// ignoreFiles are the files that keep what lies beside the compose file out of the images
// that are built from there.
func ignoreFiles(p *transform.ServicePass) []string {
	var out []string
	for _, s := range p.Project.Services {
		b := s.Build()
		if b == nil || strings.ContainsAny(b.Context, "$:@") || path.IsAbs(b.Context) {
			continue
		}
		context := path.Clean(b.Context)
		if context != "." && strings.Trim(context, "./") != "" {
			continue // beside or below, where the secrets are not
		}
		name := path.Join(context, ".dockerignore")
		if own := path.Join(context, b.Dockerfile+".dockerignore"); context == "." {
			if _, err := fs.Stat(p.Files, own); err == nil {
				name = own
			}
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	if _, err := fs.Stat(p.Files, ".dockerignore"); err == nil && !slices.Contains(out, ".dockerignore") {
		out = append(out, ".dockerignore")
	}
	return out
}

// envFileSets says which env_file of a service sets a variable too, or may.
func envFileSets(p *transform.ServicePass, name string) (*transform.Reason, string) {
	for _, s := range p.Views() {
		for _, file := range s.EnvFiles() {
			text, err := readBeside(p, file.Path)
			switch {
			case errors.Is(err, fs.ErrNotExist):
			case err != nil:
				return &reasonSecretElsewhere, file.Path + " cannot be read, and may set " + name + " too"
			default:
				if _, is := envVariables(text)[name]; is {
					return &reasonSecretElsewhere, file.Path + " sets " + name + " too"
				}
			}
		}
	}
	return nil, ""
}

func readBeside(p *transform.ServicePass, name string) ([]byte, error) {
	if p.Files == nil || !fs.ValidPath(path.Clean(name)) {
		return nil, fs.ErrPermission
	}
	return fs.ReadFile(p.Files, path.Clean(name))
}

// envFileFindings says which credentials a service has from files of variables: nothing is
// changed there.
func envFileFindings(p *transform.ServicePass) []transform.Finding {
	var out []transform.Finding
	for _, file := range p.Service.EnvFiles() {
		text, err := readBeside(p, file.Path)
		if err != nil {
			continue
		}
		var names []string
		for name, value := range envVariables(text) {
			if secret.Judge(name, value).Kind == secret.Literal {
				names = append(names, name)
			}
		}
		if slices.Sort(names); len(names) > 0 {
			out = append(out, p.Done(p.Service.Span("env_file"), fmt.Sprintf("%s of %s %s no part of this file; git must ignore %s", strings.Join(names, ", "), file.Path, isAre(names), file.Path)))
		}
	}
	return out
}

func isAre(names []string) string {
	if len(names) == 1 {
		return "is"
	}
	return "are"
}
