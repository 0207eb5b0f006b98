package effect

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
)

// testVars are what the tests' commands know of the environment.
var testVars = map[string]string{"V": "1.2", "LIST": "curl git", "DIR": "/srv/data", "EMPTY": ""}

func testContext(family string) Context {
	return Context{Dir: "/app", Home: "/root", Family: family, Lookup: func(name string) (string, bool) {
		v, ok := testVars[name]
		return v, ok
	}}
}

func script(t testing.TB, run string) *dockerfile.Script {
	t.Helper()
	doc, err := dockerfile.Parse(parser.NewSource("Dockerfile", []byte("FROM debian\nRUN "+run+"\n")))
	if err != nil {
		t.Fatalf("%s: %v", run, err)
	}
	s := doc.Final().Instructions[1].Script()
	if s.Opaque != "" {
		t.Fatalf("%s: opaque script: %s", run, s.Opaque)
	}
	return s
}

// effectOf is the effect of the last command of the line.
func effectOf(t testing.TB, run string) Effect {
	family, line, ok := strings.Cut(run, "| ")
	if !ok || strings.Contains(family, " ") {
		family, line = "", run
	}
	steps := Sequence(script(t, line), testContext(family))
	if len(steps) == 0 {
		t.Fatalf("%s: no command", run)
	}
	return steps[len(steps)-1].Effect
}

// fields renders an effect: one entry for each field that is set.
func fields(e Effect) map[string]string {
	f := map[string]string{
		"tool": e.Tool, "mgr": e.Manager, "verb": e.Verb, "virtual": e.Group, "cd": e.Chdir, "priv": e.Privilege, "as": e.AsUser, "opaque": e.Opaque,
		"caches": strings.Join(e.Caches, ","), "stores": strings.Join(e.Stores, ","), "cleans": strings.Join(e.Cleans, ","), "runs": strings.Join(e.Runs, ","),
		"in": packageText(e.Installs), "out": packageText(e.Removes),
		"r": pathText(e.Reads), "w": pathText(e.Writes), "d": pathText(e.Deletes),
	}
	if e.NeedsRoot {
		f["root"] = "yes"
	}
	if e.Pure {
		f["pure"] = "yes"
	}
	var parts []string
	for _, u := range e.Users {
		parts = append(parts, userText(u))
	}
	f["users"] = strings.Join(parts, ",")
	parts = nil
	for _, g := range e.Groups {
		parts = append(parts, fmt.Sprintf("%s:%s:%s%s%s", g.Name, g.GID, g.Member, mark(g.System, "!sys"), mark(g.Delete, "!del")))
	}
	f["groups"] = strings.Join(parts, ",")
	parts = nil
	for _, o := range e.Owners {
		parts = append(parts, o.User+":"+o.Group+"@"+pathText([]Path{o.Path})+mark(o.Recursive, "!R"))
	}
	f["own"] = strings.Join(parts, ",")
	parts = nil
	for _, m := range e.Modes {
		parts = append(parts, m.Mode+"@"+pathText([]Path{m.Path})+mark(m.Recursive, "!R"))
	}
	f["mode"] = strings.Join(parts, ",")
	parts = nil
	for _, x := range e.Fetches {
		parts = append(parts, x.URL+">"+pathText([]Path{x.Dest}))
	}
	f["get"] = strings.Join(parts, ",")
	return f
}

func mark(b bool, text string) string {
	if b {
		return text
	}
	return ""
}

func userText(u User) string {
	return fmt.Sprintf("%s:%s:%s:%s:%s:%s%s%s%s%s", u.Name, u.UID, u.Group, u.Home, u.Shell, strings.Join(u.Groups, "+"),
		mark(u.System, "!sys"), mark(u.NoHome, "!nohome"), mark(u.Change, "!mod"), mark(u.Delete, "!del"))
}

func packageText(list []Package) string {
	var parts []string
	for _, p := range list {
		text := p.Name
		if p.Name == "" {
			text = "?" + p.Arg.Text
		}
		if p.Version != "" {
			text += "=" + p.Version
		}
		parts = append(parts, text+mark(p.Local, "!local"))
	}
	return strings.Join(parts, ",")
}

func pathText(list []Path) string {
	var parts []string
	for _, p := range list {
		parts = append(parts, p.Name+mark(!p.Known && p.Name != "-", "?")+map[PathKind]string{Dir: "/", Tree: "/**", Glob: "~"}[p.Kind])
	}
	return strings.Join(parts, ",")
}

// checkEffect compares the fields that want names, `name=value` separated by
// two blanks. A command is not opaque unless want says so.
func checkEffect(t *testing.T, run, want string) {
	t.Helper()
	got := fields(effectOf(t, run))
	seen := map[string]bool{}
	for item := range strings.SplitSeq(want, "  ") {
		name, value, _ := strings.Cut(strings.TrimSpace(item), "=")
		seen[name] = true
		if got[name] != value {
			t.Errorf("%s\n  %s: got %q, want %q", run, name, got[name], value)
		}
	}
	if !seen["opaque"] && got["opaque"] != "" {
		t.Errorf("%s: opaque: %s", run, got["opaque"])
	}
}

func TestEffects(t *testing.T) {
	for i, c := range effectCases {
		if c[1] == "" {
			t.Fatalf("case %d asserts nothing: %s", i, c[0])
		}
		checkEffect(t, c[0], c[1])
	}
	if len(effectCases) < 200 {
		t.Errorf("only %d cases", len(effectCases))
	}
}

func TestSequence(t *testing.T) {
	for _, c := range []struct {
		run  string
		dirs []string
	}{
		{"cd /a && ls", []string{"/app", "/a"}},
		{"cd sub; ls; cd ..; ls", []string{"/app", "/app/sub", "/app/sub", "/app"}},
		{"(cd /a && ls) && (cd b && ls) && pwd", []string{"/app", "/a", "/app", "/app/b", "/app"}},
		{"(cd /a && (cd b; ls); ls); pwd", []string{"/app", "/a", "/a/b", "/a", "/app"}},
		{"x=$(cd /a && pwd) && ls", []string{"/app", "/a", "/app", "/app"}},
		{"cd $UNKNOWN && ls && cd /b && ls", []string{"/app", "", "", "/b"}},
		{"cd - && ls", []string{"/app", ""}},
		{"test -d x || cd /a; ls", []string{"/app", "/app", ""}},
		{"cd && ls", []string{"/app", "/root"}},
		{"cd ~/x && ls", []string{"/app", "/root/x"}},
		{"D=/q && cd $D/r && ls", []string{"/app", "/app", "/q/r"}},
		{"export D=/q && cd $D && ls", []string{"/app", "/app", "/q"}},
		{"cd $DIR && ls", []string{"/app", "/srv/data"}},
		{"for d in a b; do cd $d; done; ls", []string{"/app", ""}},
		{"f() { cd /x; ls; }; f; ls", []string{"", "/x", "/app", ""}},
		{"g() { ls; }; g; ls", []string{"", "/app", "/app"}},
		{"read DIR && cd $DIR && ls", []string{"/app", "/app", ""}},
	} {
		var dirs []string
		for _, s := range Sequence(script(t, c.run), testContext("")) {
			dirs = append(dirs, s.Dir)
		}
		if !slices.Equal(dirs, c.dirs) {
			t.Errorf("%s: directories %q, want %q", c.run, dirs, c.dirs)
		}
	}
}

func TestFunctionsAreNotUnknownCommands(t *testing.T) {
	for _, s := range Sequence(script(t, "install_it() { apt-get install -y $1; }; install_it curl"), testContext("")) {
		if s.Effect.Opaque != "" {
			t.Errorf("%s: %s", s.Call.Text(), s.Effect.Opaque)
		}
	}
}

func TestNoContext(t *testing.T) {
	e := Sequence(script(t, "cp a /b && cd x && touch y ~/z"), Context{})
	if got := pathText(e[0].Effect.Reads) + " " + pathText(e[2].Effect.Writes); got != "a?/** y?,~/z?" {
		t.Errorf("paths without a directory: %s", got)
	}
	if Sequence(nil, Context{}) != nil {
		t.Error("no script has steps")
	}
}

func TestExecForm(t *testing.T) {
	e := effectOf(t, `["apt-get", "install", "-y", "curl"]`)
	if e.Verb != "install" || packageText(e.Installs) != "curl" {
		t.Errorf("exec form: %+v", e)
	}
}

func TestCaches(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Caches {
		if c.Name == "" || c.Manager == "" || c.Source == "" || c.Clean == "" || len(c.Paths) == 0 || seen[c.Name] {
			t.Errorf("incomplete or double: %+v", c)
		}
		seen[c.Name] = true
		for _, p := range c.Paths {
			home := "/root"
			if got := cleaned(strings.Replace(p, "$HOME", home, 1), home); !slices.Contains(got, c.Name) {
				t.Errorf("deleting %s empties %v, not %s", p, got, c.Name)
			}
		}
		if Clean(c.Name) != c.Clean || Option(c.Name) != c.Option {
			t.Errorf("%s: lookups disagree", c.Name)
		}
	}
	if Clean("nothing") != "" {
		t.Error("a cache that does not exist is cleaned")
	}
}

// TestRegistry holds every name that a handler fills to the table of caches.
func TestRegistryNames(t *testing.T) {
	for alias, name := range aliases {
		if _, ok := programs[name]; !ok {
			t.Errorf("alias %s names %s, which nothing handles", alias, name)
		}
	}
	for _, c := range effectCases {
		e := effectOf(t, c[0])
		for _, name := range slices.Concat(e.Caches, e.Stores, e.Cleans) {
			if _, ok := CacheOf(name); !ok {
				t.Errorf("%s: unknown cache %s", c[0], name)
			}
		}
	}
}

func TestNestingEnds(t *testing.T) {
	for _, run := range []string{
		strings.Repeat("xargs ", 5000) + "ls",
		strings.Repeat("sudo ", 5000) + "ls",
		"mkdir " + strings.Repeat("{a,b}", 60),
	} {
		Sequence(script(t, run), testContext("")) // must come back
	}
	if e := effectOf(t, strings.Repeat("xargs ", 50)+"ls"); e.Opaque == "" {
		t.Error("fifty commands that run each other are not opaque")
	}
}

func BenchmarkSequence(b *testing.B) {
	s := script(b, `apt-get update && apt-get install -y --no-install-recommends build-essential libpq-dev curl git && pip install --no-cache-dir -r requirements.txt && curl -fsSL https://example.org/x.tgz -o /tmp/x.tgz && tar -xzf /tmp/x.tgz -C /opt && rm -rf /var/lib/apt/lists/* && useradd -r -u 1000 app && chown -R app:app /app`)
	ctx := testContext("debian")
	b.ReportAllocs()
	for b.Loop() {
		Sequence(s, ctx)
	}
}
