package config

import (
	"regexp"
	"strings"
	"testing"
)

// TestTemplate: what init writes says what holds anyway, and every example in it can be used.
func TestTemplate(t *testing.T) {
	example := regexp.MustCompile(`(?m)^#([^ \n]|  )`)
	rules := []string{"package-docs", "non-root-user"}
	for name, c := range map[string]struct {
		Project
		want []string
	}{
		"nothing": {Project{}, []string{"no Dockerfile and no compose file.", "#  - path: legacy\n", "does not know.\n#knowledge"}},
		"one of each": {Project{1, 1, "services/a b", []string{"true", "db"}, []string{"example/x:1", "example/y"}},
			[]string{"1 Dockerfile and 1 compose file with 2 services.", "#  - path: services/a b\n", "#  \"true\": {memory", "it does not: example/x:1, example/y.\n", "#    - image: example/x:1\n"}},
		"hard names": {Project{2, 2, "- a: #b", []string{"1.5"}, nil}, []string{"2 Dockerfiles and 2 compose files with 1 service.", "#  - path: '- a: #b'\n", "#    target: \"1.5\"\n"}},
	} {
		text := string(Template(c.Project))
		if first, _, _ := strings.Cut(text, "\n"); first != "# yaml-language-server: $schema="+SchemaURL {
			t.Errorf("%s: editors do not find the schema in %q", name, first)
		}
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q in\n%s", name, want, text)
			}
		}
		s, err := Parse("f", []byte(text), rules)
		if err != nil || len(s.file.Paths)+len(s.Limits)+len(s.Observations) > 0 || string(*s.file.Level) != "standard" {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
		s, err = Parse("f", []byte(example.ReplaceAllString(text, "$1")), append(rules, "RULE"))
		if err != nil {
			t.Errorf("%s: an example is wrong: %v in\n%s", name, err, example.ReplaceAllString(text, "$1"))
		} else if len(s.file.Paths) != 1 || len(s.Limits) != 2 || len(s.Observations) != 1 || s.known == nil || s.file.User.UID == nil || s.file.Comments == nil || s.file.Ownership == nil || s.file.Base == nil || s.file.Networks == nil || s.file.Secrets == nil || len(s.file.Rules) != 1 {
			t.Errorf("%s: an example has no effect: %+v", name, s)
		}
	}
}
