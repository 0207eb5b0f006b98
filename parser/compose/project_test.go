package compose

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/bulkhead-dev/bulkhead/parser"
)

func load(t *testing.T, files map[string]string, names ...string) *Project {
	t.Helper()
	var docs []*Document
	for _, n := range names {
		d, err := Parse(parser.NewSource(n, []byte(files[n])))
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, d)
	}
	p, err := Load(docs, func(name string) ([]byte, error) {
		text, ok := files[name]
		if !ok {
			return nil, errors.New("no such file")
		}
		return []byte(text), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestApply: the change is written where its value comes from, and means what it
// declares and nothing else.
func TestApply(t *testing.T) {
	nnp := Items("no-new-privileges:true")
	for name, c := range map[string]struct {
		before, after string
		change        Change
	}{
		"new list":           {"services:\n  a:\n    image: x\n", "services:\n  a:\n    image: x\n    cap_drop:\n      - ALL  # why\n", Change{Service: "a", Path: []string{"cap_drop"}, Items: []Item{{"ALL", "why"}}}},
		"further item":       {"services:\n  a:\n    image: x\n    security_opt: [a=b]\n", "services:\n  a:\n    image: x\n    security_opt: [a=b, no-new-privileges:true]\n", Change{Service: "a", Path: []string{"security_opt"}, Items: nnp}},
		"list of a word":     {"services:\n  a:\n    image: x\n    tmpfs: /run # r\n", "services:\n  a:\n    image: x\n    tmpfs: [/run, /tmp] # r\n", Change{Service: "a", Path: []string{"tmpfs"}, Items: Items("/tmp")}},
		"list of fragment":   {"x-c: &c\n  cap_add: [CHOWN]\nservices:\n  a:\n    <<: *c\n    image: x\n", "x-c: &c\n  cap_add: [CHOWN]\nservices:\n  a:\n    <<: *c\n    image: x\n    cap_add:\n      - CHOWN\n      - KILL\n", Change{Service: "a", Path: []string{"cap_add"}, Items: Items("KILL")}},
		"extended service":   {"services:\n  a:\n    extends: b\n  b:\n    image: x\n    cap_add: [CHOWN]\n", "services:\n  a:\n    extends: b\n    cap_add:\n      - KILL\n  b:\n    image: x\n    cap_add: [CHOWN]\n", Change{Service: "a", Path: []string{"cap_add"}, Items: Items("KILL")}},
		"deep mapping":       {"services:\n  a:\n    image: x\n", "services:\n  a:\n    image: x\n    deploy:\n      resources:\n        limits:\n          memory: 512M\n          pids: 100\n", Change{Service: "a", Path: []string{"deploy", "resources", "limits"}, Pairs: []Pair{{"memory", "512M", ""}, {"pids", "100", ""}}}},
		"half of a mapping":  {"services:\n  a:\n    image: x\n    deploy:\n      resources:\n        limits:\n          cpus: '1'\n    user: z\n", "services:\n  a:\n    image: x\n    deploy:\n      resources:\n        limits:\n          cpus: '1'\n          memory: 512M\n    user: z\n", Change{Service: "a", Path: []string{"deploy", "resources", "limits"}, Pairs: []Pair{{"memory", "512M", ""}}}},
		"a port":             {"services:\n  a:\n    image: x\n    ports:\n      - \"80:80\"\n      - 5432:5432\n", "services:\n  a:\n    image: x\n    ports:\n      - \"80:80\"\n      - 127.0.0.1:5432:5432\n", Change{Service: "a", Path: []string{"ports", "1"}, Word: "127.0.0.1:5432:5432", Means: []Meaning{{[]string{"ports", "1", "host_ip"}, "127.0.0.1"}}}},
		"a section":          {"services:\n  a:\n    image: x\n", "services:\n  a:\n    image: x\n\nnetworks:\n  back:\n    internal: true  # why\n", Change{Top: "networks", Pairs: []Pair{{"back", []Pair{{"internal", "true", "why"}}, ""}}}},
		"networks as a list": {"services:\n  a:\n    image: x\nnetworks:\n  n:\n", "services:\n  a:\n    image: x\n    networks:\n      - n\nnetworks:\n  n:\n", Change{Service: "a", Path: []string{"networks"}, Items: Items("n")}},
		"a key":              {"services:\n  a:\n    image: x\n", "services:\n  a:\n    image: x\n    user: \"999:999\"\n", Change{Service: "a", Pairs: []Pair{{"user", `"999:999"`, ""}}}},
	} {
		t.Run(name, func(t *testing.T) {
			p := load(t, map[string]string{"compose.yaml": c.before}, "compose.yaml")
			after, _, err := p.Apply([]Change{c.change})
			if err != nil {
				t.Fatal(err)
			}
			if got := string(after.Files[0].Source.Bytes()); got != c.after {
				t.Errorf("got\n%s\nwant\n%s", got, c.after)
			}
			want, err := p.Model.Expect([]Change{c.change})
			if err != nil {
				t.Fatal(err)
			}
			if d := Differences(want, after.Model); len(d) > 0 {
				t.Errorf("the model differs at %v: want %v, got %v", d, want, after.Model)
			}
			if d := Differences(p.Model, after.Model); len(d) == 0 {
				t.Error("the model did not change")
			}
			beside, err := p.Override([]Change{c.change}, after, "beside.hardened.yaml")
			if err != nil {
				t.Fatal(err)
			}
			over, err := Parse(parser.NewSource("beside.hardened.yaml", beside))
			if err != nil {
				t.Fatal(err)
			}
			both, err := p.With(append(p.Files[:1:1], over))
			if err != nil {
				t.Fatal(err)
			}
			if d := Differences(after.Model, both.Model); len(d) > 0 {
				t.Errorf("with the override file the model differs at %v:\n%s", d, beside)
			}
		})
	}
}

// TestSeveralFiles: an override file and a service of another file count.
func TestSeveralFiles(t *testing.T) {
	files := map[string]string{
		"compose.yaml":          "services:\n  a:\n    image: x\n    cap_add: [CHOWN]\n  b:\n    extends: {file: sub/base.yaml, service: base}\n    ports: ['80:80']\n",
		"compose.override.yaml": "services:\n  a:\n    cap_add: [KILL]\n    privileged: true\n  c:\n    image: z\n",
		"sub/base.yaml":         "services:\n  base:\n    extends: {file: more.yaml, service: more}\n    cap_drop: [ALL]\n",
		"sub/more.yaml":         "services:\n  more:\n    image: y\n    user: '1'\n",
	}
	p := load(t, files, "compose.yaml", "compose.override.yaml")
	a, b, c := p.Service("a"), p.Service("b"), p.Service("c")
	if got := a.List("cap_add"); !reflect.DeepEqual(got, []string{"CHOWN", "KILL"}) || !a.True("privileged") || len(a.Overrides) != 1 {
		t.Errorf("a: %v %v %v", got, a.True("privileged"), a.Overrides)
	}
	if b.Image() != "y" || b.Text("user") != "1" || !reflect.DeepEqual(b.List("cap_drop"), []string{"ALL"}) || len(b.Ports()) != 1 {
		t.Errorf("b: %v", b.model)
	}
	if c.File != 1 {
		t.Errorf("c is of file %d", c.File)
	}
	after, _, err := p.Apply([]Change{{Service: "c", Path: []string{"cap_drop"}, Items: Items("ALL")}})
	if err != nil {
		t.Fatal(err)
	}
	if after.Files[0] != p.Files[0] || string(after.Files[1].Source.Bytes()) != files["compose.override.yaml"]+"    cap_drop:\n      - ALL\n" {
		t.Errorf("changed: %s", after.Files[1].Source.Bytes())
	}
}

// TestExtendsElsewhere: paths of a service of another directory are relative to that one.
func TestExtendsElsewhere(t *testing.T) {
	p := load(t, map[string]string{
		"compose.yaml":  "services:\n  a:\n    extends: {file: sub/base.yaml, service: b}\n    volumes: [\"./own:/own\"]\n",
		"sub/base.yaml": "services:\n  b:\n    extends: {file: ../top.yaml, service: t}\n    build: app\n    volumes:\n      - ./b:/b\n      - /abs:/abs\n      - ${HERE}:/here\n      - name:/name\n",
		"top.yaml":      "services:\n  t:\n    user: '1'\n    volumes: ['.:/top']\n",
	}, "compose.yaml")
	a := p.Service("a")
	var got []string
	for _, m := range a.Mounts() {
		got = append(got, m.Source+":"+m.Target)
	}
	slices.Sort(got)
	if want := []string{"${HERE}:/here", "./own:/own", "./sub/b:/b", ".:/top", "/abs:/abs", "name:/name"}; !slices.Equal(got, want) {
		t.Errorf("mounts: %q", got)
	}
	if a.Build().Context != "./sub/app" || a.Text("user") != "1" {
		t.Errorf("build: %v, user %s", a.Build(), a.Text("user"))
	}
}

// TestRefused: what cannot be changed without reaching others, or losing something.
func TestRefusedChanges(t *testing.T) {
	for text, want := range map[string]error{
		"services:\n  a: &a\n    image: x\n  b: *a\n":                        ErrShared,
		"x-c: &c [CHOWN]\nservices:\n  b:\n    image: x\n    cap_add: *c\n":  ErrShared,
		"services:\n  b: {image: x,\n    user: y}\n":                         ErrFlow,
		"services:\n  b:\n    image: x\n    cap_add: [CHOWN,\n      KILL]\n": ErrFlow,
	} {
		p := load(t, map[string]string{"c": text}, "c")
		if _, _, err := p.Apply([]Change{{Service: "b", Path: []string{"cap_add"}, Items: Items("SETUID")}}); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
}

func TestSharers(t *testing.T) {
	p := load(t, map[string]string{"c": "services:\n  a: &a\n    image: x\n  b:\n    <<: *a\n    cap_drop: [ALL]\n  c:\n    <<: [*a]\n"}, "c")
	names := func(list []*Service) (out []string) {
		for _, s := range list {
			out = append(out, s.Name)
		}
		return out
	}
	if got := names(p.Sharers(p.Service("a"), "cap_drop")); !reflect.DeepEqual(got, []string{"c"}) {
		t.Errorf("cap_drop is shared with %v", got)
	}
	if got := names(p.Sharers(p.Service("a"), "user")); !reflect.DeepEqual(got, []string{"b", "c"}) {
		t.Errorf("user is shared with %v", got)
	}
}

// TestOverridden: a change is written into the file that defines the service, which must
// be right without those that override it. Where they have another last word, the model tells.
func TestOverridden(t *testing.T) {
	base := "services:\n  a:\n    image: x\n    cap_add: [CHOWN]\n"
	change := []Change{{Service: "a", Path: []string{"cap_add"}, Items: Items("SETUID")}}
	for override, differs := range map[string]bool{
		"services:\n  a:\n    tty: true\n":                   false,
		"services:\n  a:\n    cap_drop: !override [ALL]\n":   false,
		"services:\n  a:\n    cap_add: !override [KILL]\n":   true,
		"services:\n  a:\n    cap_add: [KILL]\n":             false, // in front of which the item comes: their order means nothing
		"services:\n  a: !override\n    image: y\n":          true,
		"services:\n  a:\n    cap_add: !reset []\n":          true,
		"services:\n  a:\n    image: y\n    cap_add: !reset": true,
	} {
		p := load(t, map[string]string{"b": base, "o": override}, "b", "o")
		after, _, err := p.Apply(change)
		if err != nil {
			t.Errorf("%q: %v", override, err)
			continue
		}
		if got := string(after.Files[1].Source.Bytes()); got != override {
			t.Errorf("the override is now\n%s", got)
		}
		expected, err := p.Model.Expect(change)
		if d := Differences(expected, after.Model); err != nil || differs != (len(d) > 0) {
			t.Errorf("%q: the model differs at %v, %v", override, d, err)
		}
	}
}
