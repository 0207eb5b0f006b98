package config

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"
)

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := Schema([]*transform.Rule{{ID: "package-cache", Title: "a"}, {ID: "non-root-user", Title: "b"}})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(SchemaURL, doc); err != nil {
		t.Fatal(err)
	}
	return c.MustCompile(SchemaURL)
}

// validates asks the schema about a YAML text.
func validates(t *testing.T, s *jsonschema.Schema, text string) error {
	t.Helper()
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(doc)
}

// TestSchemaRefuses: what the command refuses, editors underline, where a schema can tell.
func TestSchemaRefuses(t *testing.T) {
	s := schema(t)
	for _, m := range mistakes {
		if !m.beyond && validates(t, s, m.text) == nil {
			t.Errorf("the schema takes %q", m.text)
		}
	}
}

// TestSchemaTakes: what the command takes, editors take, every setting among it.
func TestSchemaTakes(t *testing.T) {
	s := schema(t)
	texts := map[string]string{
		"everything":    everything,
		"nothing below": "level: safe\nrules:\npaths:\nlimits:\nobservations:\nknowledge:\n  services:\nuser:\n",
		"truth values":  "rules: {package-cache: false, non-root-user: true}\ncomments: 'on'\n",
	}
	err := filepath.WalkDir("../../fixtures/apps", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == FileName {
			text, err := os.ReadFile(path)
			texts[path] = string(text)
			return err
		}
		return err
	})
	if err != nil || len(texts) < 4 {
		t.Fatalf("%d files, %v", len(texts), err)
	}
	for name, text := range texts {
		if _, err := Parse(name, []byte(text), []string{"package-cache", "non-root-user"}); err != nil {
			t.Error(err)
		}
		if err := validates(t, s, text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	var used map[string]any
	if err := yaml.Unmarshal([]byte(everything), &used); err != nil {
		t.Fatal(err)
	}
	for name := range s.Properties {
		if _, there := used[name]; !there {
			t.Errorf("the text of everything has no %s", name)
		}
	}
}

const everything = `level: safe
ownership: state
base: distroless
networks: two
secrets: env
comments: off
user: {uid: 20000, gid: 20001}
rules: {package-cache: off}
paths:
  - path: services/legacy
    level: strict
    reason: is replaced next year
    rules: {package-cache: on, non-root-user: off}
  - path: ["**/Dockerfile.test", tools/*]
    ownership: workdir
    secrets: file
    comments: on
    user: {gid: 5}
limits:
  default: {memory: 512m, pids: 100}
  db: {memory: 1.5 GB, cpus: 2}
observations:
  - {source: me, target: web, kind: writes, value: /tmp, reason: uploads}
  - {source: me, target: web, kind: read-only}
knowledge:
  services:
    - image: registry.example.com/queue
      kind: queue
      user: root
      sources: [our own Dockerfile]
      confidence: primary
`
