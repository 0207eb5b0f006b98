package config

import (
	"errors"
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
	top, err := Find(files, "z", "z", nil)
	if err != nil || top.Limits[""].Memory != "1G" || top.Limits["db"].PIDs != 100 {
		t.Errorf("above: %+v, %v", top, err)
	}
	near, err := Find(files, "a/b/c", "a/b/c", nil)
	if err != nil || len(near.Observations) != 2 || near.Observations[0].Kind != transform.ObservedWrite || len(near.Limits) != 0 {
		t.Errorf("nearest: %+v, %v", near, err)
	}
	if none, err := Find(fstest.MapFS{}, "a", "a", nil); err != nil || none.LookupService("postgres:16") == nil || none.LookupService("example/unknown") != nil {
		t.Errorf("none: %+v, %v", none, err)
	}
}

// TestSettingsErrors: mistakes are named with their place and what was meant.
func TestSettingsErrors(t *testing.T) {
	for _, m := range mistakes {
		_, err := Parse("f", []byte(m.text), []string{"package-cache", "non-root-user"})
		if at := new(Error); err == nil || !errors.As(err, &at) || !strings.Contains(err.Error(), m.want) {
			t.Errorf("%q: %v, want %s", m.text, err, m.want)
		}
	}
}

// mistakes are files that are refused, and whether the schema can tell.
var mistakes = []struct {
	text, want string
	beyond     bool // what no schema can say
}{
	{"\nlimit: {}\n", `f:2: there is no setting "limit"; did you mean limits?`, false},
	{"observations:\n  - {target: a, kind: writes, source: x}\n", "f:2: writes needs a value", true},
	{"observations:\n  - {kind: read-only, source: x}\n", "f:2: target is missing", false},
	{"observations:\n  - {target: a, kind: read-only}\n", "f:2: source is missing", false},
	{"observations:\n  - {target: '', source: x, kind: read-only}\n", "f:2: target and source must not be empty", true},
	{"observations:\n  -\n", "f:2: an entry is empty; remove it", false},
	{"observations: {}\n", "f:1: a list is wanted here", false},
	{"observations:\n  - {target: a, kind: capabilty, value: X, source: x}\n", `f:2: there is no "capabilty" here; did you mean capability?`, false},
	{"limits: {a: {pids: many}}\n", `f:1: "many" is not a number from 1`, false},
	{"limits: {a: {pids: 0}}\n", `f:1: "0" is not a number from 1`, false},
	{"limits: {a: {memory: lots}}\n", `f:1: "lots" is not understood; Memory, with compose's units`, false},
	{"limits: []\n", "f:1: a mapping is wanted here", false},
	{"limits: [\n", "f:", true},
	{"level: strickt\n", `f:1: there is no "strickt" here; did you mean strict?`, false},
	{"networks: three\n", `f:1: there is no "three" here: use tiers, two`, false},
	{"\nsecrets: vault\n", `f:2: there is no "vault" here: use file, env`, false},
	{"base: distrolles\n", `f:1: there is no "distrolles" here; did you mean distroless?`, false},
	{"paths:\n  - {path: a, secrets: [env]}\n", "f:2: a single value is wanted here", false},
	{"level: [strict]\n", "f:1: a single value is wanted here", false},
	{"level: safe\nlevel: strict\n", "f:2: level is given twice", true},
	{"user: {uid: 0}\n", `f:1: "0" is not a number from 1`, false},
	{"user: {uid: 4294967296}\n", "is not a number", false},
	{"user: {udi: 5}\n", `f:1: there is no setting "udi"; did you mean uid?`, false},
	{"rules:\n  package-cach: off\n", `f:2: there is no rule "package-cach"; did you mean package-cache?`, false},
	{"rules: {package-cache: }\n", `f:1: "" is neither on nor off`, false},
	{"rules: {package-cache: maybe}\n", `f:1: "maybe" is neither on nor off`, false},
	{"paths:\n  - level: safe\n", "f:2: path is missing", false},
	{"paths:\n  - path: []\n", "f:2: path is missing", false},
	{"paths:\n  - path: ../other\n", `f:2: "../other" is no path or glob from the directory of this file`, true},
	{"paths:\n  - path: 'a['\n", "is no path or glob", true},
	{"paths:\n  - {path: a, rules: {non-root-users: off}}\n", `f:2: there is no rule "non-root-users"; did you mean non-root-user?`, false},
	{"paths:\n  - {path: a, paths: []}\n", `f:2: there is no setting "paths"; did you mean path?`, false},
	{"knowledge: {services: [{image: x}]}\n", "f:1: x: sources is empty", true},
	{"knowledge:\n  services:\n  - image: x\n    sauces: [y]\n", `f:4: there is no setting "sauces"; did you mean sources?`, false},
	{"level: safe\n---\nlevel: strict\n", "f: holds several YAML documents", true},
}
