package config

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestGuide: docs/configuration.md names every setting and every word that one may be, and its
// example is one that a project can have.
func TestGuide(t *testing.T) {
	text, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	guide := string(text)
	_, example, _ := strings.Cut(guide, "```yaml\n")
	example, _, _ = strings.Cut(example, "```")
	s, err := Parse("docs/configuration.md", []byte(example), []string{"package-docs", "non-root-user"})
	if err != nil || len(s.Observations) != 1 || len(s.file.Paths) != 1 {
		t.Errorf("the example gives %+v, %v", s, err)
	}
	if err := validates(t, schema(t), strings.ReplaceAll(example, "package-docs", "package-cache")); err != nil {
		t.Errorf("the schema does not take the example: %v", err)
	}
	words := append(append(kinds(), levels...), ownerships...)
	var add func(t reflect.Type, above string)
	add = func(t reflect.Type, above string) {
		for _, f := range fields(t) {
			in := f.Type
			for in.Kind() == reflect.Pointer || in.Kind() == reflect.Slice || in.Kind() == reflect.Map {
				in = in.Elem()
			}
			if in.Kind() == reflect.Struct && (f.name == "user" || f.name == "knowledge") {
				add(in, f.name+".")
				continue
			}
			words = append(words, above+f.name)
			if in.Kind() == reflect.Struct && in != reflect.TypeFor[entries]() {
				add(in, "")
			}
		}
	}
	add(reflect.TypeFor[settingsFile](), "")
	if len(words) < 25 {
		t.Fatalf("only %v are looked for", words)
	}
	for _, w := range words {
		if !strings.Contains(guide, "`"+w+"`") {
			t.Errorf("docs/configuration.md does not name %s", w)
		}
	}
}
