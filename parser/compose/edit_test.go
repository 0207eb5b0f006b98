package compose

import (
	"errors"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/parser"
	"gopkg.in/yaml.v3"
)

func document(t testing.TB, text string) *Document {
	t.Helper()
	doc, err := Parse(parser.NewSource("compose.yaml", []byte(text)))
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return doc
}

// harden is what rules will do: keys, lists and mappings for a service.
func harden(e *Editor, service *yaml.Node) error {
	if opt := Child(service, "security_opt"); opt != nil {
		return e.AppendItems(opt, Items("no-new-privileges:true")...)
	}
	return e.AddKeys(service, Pair{Key: "security_opt", Value: Items("no-new-privileges:true")}, Pair{Key: "deploy", Value: []Pair{{Key: "resources", Value: []Pair{{Key: "limits", Value: []Pair{{Key: "memory", Value: "64m"}}}}}}})
}

func TestAddKeys(t *testing.T) {
	const added = "    security_opt:\n      - no-new-privileges:true\n    deploy:\n      resources:\n        limits:\n          memory: 64m\n"
	for name, tt := range map[string]struct{ before, after string }{
		"last":                 {"services:\n  a:\n    image: x\n", "services:\n  a:\n    image: x\n" + added},
		"middle":               {"services:\n  a:\n    image: x\n\n  b:\n    image: y\n", "services:\n  a:\n    image: x\n" + added + "\n  b:\n    image: y\n"},
		"no final newline":     {"services:\n  a:\n    image: x", "services:\n  a:\n    image: x\n" + strings.TrimSuffix(added, "\n")},
		"commented-out keys":   {"services:\n  a:\n    image: x\n    # ports:\n    #   - 1\n# end\n", "services:\n  a:\n    image: x\n    # ports:\n    #   - 1\n" + added + "# end\n"},
		"crlf":                 {"services:\r\n  a:\r\n    image: x\r\n", strings.ReplaceAll("services:\n  a:\n    image: x\n"+added, "\n", "\r\n")},
		"compact lists":        {"services:\n  a:\n    ports:\n    - \"80:80\"\n", "services:\n  a:\n    ports:\n    - \"80:80\"\n    security_opt:\n    - no-new-privileges:true\n    deploy:\n      resources:\n        limits:\n          memory: 64m\n"},
		"four columns":         {"services:\n    a:\n        image: x\n", "services:\n    a:\n        image: x\n        security_opt:\n            - no-new-privileges:true\n        deploy:\n            resources:\n                limits:\n                    memory: 64m\n"},
		"flow service":         {"services:\n  a: {image: x}\n", "services:\n  a: {image: x, security_opt: [no-new-privileges:true], deploy: {resources: {limits: {memory: 64m}}}}\n"},
		"trailing comma":       {"services:\n  a: { image: x, }\n", "services:\n  a: { image: x, security_opt: [no-new-privileges:true], deploy: {resources: {limits: {memory: 64m}}} }\n"},
		"flow list at the end": {"services:\n  a:\n    command: [\"a]\", 'b']  # why\n", "services:\n  a:\n    command: [\"a]\", 'b']  # why\n" + added},
		"literal at the end":   {"services:\n  a:\n    command: |\n      x\n\n      y\n\n  b:\n    image: y\n", "services:\n  a:\n    command: |\n      x\n\n      y\n" + added + "\n  b:\n    image: y\n"},
		"plain over lines":     {"services:\n  a:\n    command: x\n      y\n      z\n", "services:\n  a:\n    command: x\n      y\n      z\n" + added},
		"quoted over lines":    {"services:\n  a:\n    command: \"x\n      y \\\" z\"\n", "services:\n  a:\n    command: \"x\n      y \\\" z\"\n" + added},
		"null at the end":      {"services:\n  a:\n    image: x\n    environment:\n      A:\n", "services:\n  a:\n    image: x\n    environment:\n      A:\n" + added},
		"anchor and merge":     {"x-b: &b\n  restart: always\nservices:\n  a: &a\n    <<: *b\n    image: x\n", "x-b: &b\n  restart: always\nservices:\n  a: &a\n    <<: *b\n    image: x\n" + added},
		"umlauts":              {"services:\n  ä: {image: \"ö\"} # ü\n", "services:\n  ä: {image: \"ö\", security_opt: [no-new-privileges:true], deploy: {resources: {limits: {memory: 64m}}}} # ü\n"},
		"byte order mark":      {"\ufeffservices:\n  a:\n    image: x\n", "\ufeffservices:\n  a:\n    image: x\n" + added},
		"list there":           {"services:\n  a:\n    security_opt:\n      - label:disable\n", "services:\n  a:\n    security_opt:\n      - label:disable\n      - no-new-privileges:true\n"},
		"flow list there":      {"services:\n  a:\n    security_opt: [ 'label:disable' ]\n", "services:\n  a:\n    security_opt: [ 'label:disable', no-new-privileges:true ]\n"},
		"empty flow list":      {"services:\n  a:\n    security_opt: []\n", "services:\n  a:\n    security_opt: [no-new-privileges:true]\n"},
	} {
		t.Run(name, func(t *testing.T) {
			doc := document(t, tt.before)
			e := doc.Edit()
			services := Child(doc.Root, "services")
			if err := harden(e, services.Content[1]); err != nil {
				t.Fatal(err)
			}
			after, _, err := e.Apply()
			if err != nil {
				t.Fatal(err)
			}
			if got := string(after.Source.Bytes()); got != tt.after {
				t.Errorf("got\n%s\nwant\n%s", got, tt.after)
			}
		})
	}
}

func TestReplaceAndRemove(t *testing.T) {
	doc := document(t, "services:\n  a:\n    image: x # pinned\n    privileged: true\n    ports: ['80:80', \"81:81\"]\n    command: 'it''s'\n")
	e := doc.Edit()
	a := Child(Child(doc.Root, "services"), "a")
	for _, err := range []error{
		e.ReplaceScalar(Child(a, "image"), "x:1"), e.ReplaceScalar(Child(a, "ports").Content[0], "127.0.0.1:80:80"),
		e.RemoveKey(a, "privileged"), e.ReplaceScalar(Child(a, "command"), "run: it"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	after, _, err := e.Apply()
	if err != nil {
		t.Fatal(err)
	}
	want := "services:\n  a:\n    image: x:1 # pinned\n    ports: ['127.0.0.1:80:80', \"81:81\"]\n    command: 'run: it'\n"
	if got := string(after.Source.Bytes()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if err := document(t, "a: 1 # why\nb: 2\n").Edit().RemoveKey(document(t, "a: 1 # why\nb: 2\n").Root, "a"); !errors.Is(err, ErrComment) {
		t.Errorf("removing a comment gives %v", err)
	}
}

func TestAddTopLevel(t *testing.T) {
	doc := document(t, "services:\n  a:\n    image: x\n# the end\n")
	e := doc.Edit()
	if err := e.AddKeys(doc.Root, Pair{Key: "networks", Value: []Pair{{Key: "backend", Value: []Pair{{Key: "internal", Value: "true"}}}}}); err != nil {
		t.Fatal(err)
	}
	after, _, err := e.Apply()
	if err != nil {
		t.Fatal(err)
	}
	want := "services:\n  a:\n    image: x\nnetworks:\n  backend:\n    internal: true\n# the end\n"
	if got := string(after.Source.Bytes()); got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestRefused(t *testing.T) {
	for name, text := range map[string]string{
		"two documents": "services: {}\n---\nservices: {}\n", "duplicate": "services:\n  a: {}\n  a: {}\n", "list": "- a\n", "empty": "", "next line": "services: {} # \u0085a: 1\n",
		"carriage return": "a: 1\rb: 2\n", "utf-16": "s\x00e\x00", "syntax": "a: [\n", "complex key": "? [a]\n: b\n", "tab": "a:\n\tb: 1\n",
	} {
		_, err := Parse(parser.NewSource("compose.yaml", []byte(text)))
		if place := new(parser.Error); !errors.As(err, &place) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{
		"brackets over lines": "services:\n  a: {image: x,\n    b: c}\n", "literal without newline in a list": "services:\n- a: |\n    x", "item that keeps blank lines": "services:\n- a: |+\n    x\n\n",
	} {
		doc := document(t, text)
		e := doc.Edit()
		services := Child(doc.Root, "services")
		at := Child(services, "a")
		if at == nil {
			at = services.Content[0]
		}
		err := e.AddKeys(at, Pair{Key: "read_only", Value: "true"})
		if err == nil {
			_, _, err = e.Apply()
		}
		if err == nil {
			t.Errorf("%s: edited", name)
		}
	}
}
