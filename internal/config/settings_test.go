package config

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/bulkhead-dev/bulkhead/transform"
)

func TestFind(t *testing.T) {
	files := fstest.MapFS{
		".bulkhead.yaml": {Data: []byte("limits:\n  default: {memory: 1G}\n  db: {memory: 4G, pids: 100}\n")},
		"a/b/.bulkhead.yaml": {Data: []byte(`observations:
  - {source: a run, target: web, kind: writes, value: /tmp, reason: uploads}
  - {source: a run, target: web, kind: read-only}
`)},
		"a/b/c/x": {},
	}
	top, err := Find(files, "z", "z")
	if err != nil || top.Limits[""].Memory != "1G" || top.Limits["db"].PIDs != 100 {
		t.Errorf("above: %+v, %v", top, err)
	}
	near, err := Find(files, "a/b/c", "a/b/c")
	if err != nil || len(near.Observations) != 2 || near.Observations[0].Kind != transform.ObservedWrite || len(near.Limits) != 0 {
		t.Errorf("nearest: %+v, %v", near, err)
	}
	if none, err := Find(fstest.MapFS{}, "a", "a"); err != nil || none.LookupService("postgres:16") == nil || none.LookupService("example/unknown") != nil {
		t.Errorf("none: %+v, %v", none, err)
	}
}

// TestSettingsErrors: mistakes are named with their place and what was meant.
func TestSettingsErrors(t *testing.T) {
	for text, want := range map[string]string{
		"\nlimit: {}\n": `f:2: there is no setting "limit"; did you mean limits?`,
		"observations:\n  - {target: a, kind: writes, source: x}\n":              "f: observation 1: writes needs a value",
		"observations:\n  - {kind: read-only, source: x}\n":                      "f: observation 1: target names no service",
		"observations:\n  - {target: a, kind: read-only}\n":                      "f: observation 1: source does not say who saw it",
		"observations:\n  - {target: a, kind: capabilty, value: X, source: x}\n": `there is no kind "capabilty"; did you mean capability?`,
		"limits: {a: {pids: many}}\n":                                            "f:1: ",
		"knowledge: {services: [{image: x}]}\n":                                  "f:1: x: sources is empty",
		"limits: [\n":                                                            "f:",
	} {
		if _, err := Parse("f", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
