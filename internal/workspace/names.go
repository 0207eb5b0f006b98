package workspace

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/compose"
)

// Kind is what a file's name says about it.
type Kind int

// Kinds of files.
const (
	NotDockerfile Kind = iota
	Dockerfile
	Template // a Dockerfile is made of it: not to be rewritten itself
	Compose
)

// composeName matches the files that docker compose reads by itself, and what people
// name like them: compose.prod.yaml, podman-compose.yml, docker-stack.yml, web.compose.yaml.
var composeName = regexp.MustCompile(`^((.+\.)?(docker-|podman-)?compose|docker-stack)([._-].+)?\.ya?ml$`)

// templateSuffixes are the endings of templates.
var templateSuffixes = []string{".j2", ".jinja", ".jinja2", ".tmpl", ".tpl", ".template", ".erb", ".ejs", ".mustache", ".hbs", ".in", ".m4", ".gotmpl", ".liquid"}

// otherSuffixes are endings of files that are about Dockerfiles, or were one.
var otherSuffixes = []string{".dockerignore", ".md", ".txt", ".rst", ".adoc", ".html", ".go", ".py", ".js", ".ts", ".rb", ".java", ".rs", ".sh", ".c", ".h", ".cpp",
	".json", ".yaml", ".yml", ".toml", ".xml", ".lock", ".log", ".orig", ".rej", ".bak", ".swp", ".swo", ".tmp", ".old", ".diff", ".patch", ".gz", ".zip", ".tar"}

// Judge says what the base name of a file means: Dockerfile, Dockerfile.*,
// *.Dockerfile and the same with Containerfile, in any case; compose.yaml and its like.
func Judge(base string) (kind Kind, why string) {
	name := strings.ToLower(base)
	if composeName.MatchString(name) && !strings.HasSuffix(name, compose.OverrideSuffix) {
		return Compose, ""
	}
	if strings.HasSuffix(name, "~") || strings.HasPrefix(name, ".#") {
		return NotDockerfile, ""
	}
	is := false
	for _, stem := range []string{"dockerfile", "containerfile"} {
		is = is || name == stem || strings.HasPrefix(name, stem+".") || strings.HasSuffix(name, "."+stem) || strings.Contains(name, "."+stem+".") && isTemplateName(name)
	}
	if !is {
		return NotDockerfile, ""
	}
	if isTemplateName(name) {
		return Template, "is a template (" + path.Ext(name) + ")"
	}
	for _, s := range otherSuffixes {
		if strings.HasSuffix(name, s) {
			return NotDockerfile, ""
		}
	}
	return Dockerfile, ""
}

func isTemplateName(name string) bool {
	for _, s := range templateSuffixes {
		if strings.HasSuffix(name, s) {
			return true
		}
	}
	return false
}

// IsTemplate says whether a text is a template that a Dockerfile is made of: a
// directive of a template language on a line of its own, or in FROM. Lines that
// start within one of the data spans are text of other files.
func IsTemplate(text []byte, data []parser.Span) (reason string, ok bool) {
	at := 0
	for line := range bytes.Lines(text) {
		start := at
		at += len(line)
		if slices.ContainsFunc(data, func(s parser.Span) bool { return s.Start <= start && start < s.End }) {
			continue
		}
		line = bytes.TrimSpace(line)
		for _, mark := range []string{"{{", "{%", "<%", "@@", "%%"} {
			if bytes.HasPrefix(line, []byte(mark)) {
				return "is a template (" + mark + ")", true
			}
		}
		fields := bytes.Fields(line)
		if len(fields) > 1 && bytes.EqualFold(fields[0], []byte("FROM")) {
			rest := line[len(fields[0]):]
			for _, mark := range []string{"{{", "%%", "<%", "@@"} {
				if bytes.Contains(rest, []byte(mark)) {
					return "is a template (" + mark + " in FROM)", true
				}
			}
		}
	}
	return "", false
}

// IsComposeTemplate says whether a text that is no YAML is a template, such as Helm's,
// that compose files are made of.
func IsComposeTemplate(text []byte) (reason string, ok bool) {
	for _, mark := range []string{"{{", "{%", "<%"} {
		if bytes.Contains(text, []byte(mark)) {
			return "is a template (" + mark + ")", true
		}
	}
	return "", false
}
