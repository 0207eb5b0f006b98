package compose

import (
	"testing"

	"github.com/bulkhead-dev/bulkhead/parser"
)

// TestPlace: what the last file says is where a reader has to look.
func TestPlace(t *testing.T) {
	base := `x-common: &common
  privileged: true
services:
  a:
    <<: *common
    image: example/a:1
    volumes:
      - ${SOCK:-/run/x}:/srv/sock/:ro
      - type: bind
        source: /etc
        target: /host/etc
    environment:
      - DOCKER_HOST=tcp://b:2375
  b:
    image: example/b:1
    environment: {DOCKER_HOST: tcp://c:2375}
    security_opt: [seccomp:unconfined]
`
	override := `services:
  b:
    pid: host
    security_opt:
      - apparmor=unconfined
`
	var docs []*Document
	for _, f := range []struct{ name, text string }{{"compose.yaml", base}, {"compose.override.yaml", override}} {
		doc, err := Parse(parser.NewSource(f.name, []byte(f.text)))
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, doc)
	}
	p, err := Load(docs, nil)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		service, key, item string
		file, line         int
		text               string
		found              bool
	}{
		{"a", "image", "", 0, 6, "", true},
		{"a", "privileged", "", 0, 4, "", false},
		{"a", "volumes", "/srv/sock", 0, 8, "${SOCK:-/run/x}:/srv/sock/:ro", true},
		{"a", "volumes", "${SOCK:-/run/x}", 0, 8, "${SOCK:-/run/x}:/srv/sock/:ro", true},
		{"a", "volumes", "/etc", 0, 9, "", true},
		{"a", "volumes", "/nothing", 0, 4, "", false},
		{"a", "environment", "DOCKER_HOST", 0, 13, "DOCKER_HOST=tcp://b:2375", true},
		{"b", "environment", "DOCKER_HOST", 0, 16, "", true},
		{"b", "pid", "", 1, 3, "", true},
		{"b", "security_opt", "apparmor", 1, 5, "apparmor=unconfined", true},
		{"b", "security_opt", "seccomp", 0, 17, "seccomp:unconfined", true},
	}
	for _, tt := range tests {
		got := p.Service(tt.service).Place(tt.key, tt.item)
		line := p.Files[got.File].Source.LineAt(got.Span.Start)
		if got.File != tt.file || line != tt.line || got.Text != tt.text || got.Found != tt.found {
			t.Errorf("%s %s %q: file %d line %d %q found %v, want %+v", tt.service, tt.key, tt.item, got.File, line, got.Text, got.Found, tt)
		}
	}
}
