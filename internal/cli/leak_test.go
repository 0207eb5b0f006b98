package cli_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/bulkhead-dev/bulkhead/internal/cli"
	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform/secret"
)

// TestNoOutputHasCredentials holds every output of every way to run the command against
// the credentials of each file: those of the goldens of file-secrets and image-secrets, and of
// the directories that BULKHEAD_CORPUS lists (separated as in PATH).
func TestNoOutputHasCredentials(t *testing.T) {
	files := leakFixtures(t)
	if len(files) < 20 {
		t.Fatalf("only %d fixtures hold credentials", len(files))
	}
	for _, dir := range filepath.SplitList(os.Getenv("BULKHEAD_CORPUS")) {
		files = append(files, leakCandidates(t, dir)...)
	}
	values, leaks := 0, 0
	for _, f := range files {
		found := credentialsOf(t, f)
		values += len(found)
		for _, out := range outputsOf(t, f) {
			for _, c := range found {
				if line := c.in(out.text); line != "" {
					leaks++
					t.Errorf("%s: %s has the value of %s: %.200s", f, out.name, c.name, line)
				}
			}
		}
	}
	t.Logf("%d files with %d credentials: %d leaks", len(files), values, leaks)
}

// leakFixtures unpacks what the goldens of the two rules start from.
func leakFixtures(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, rule := range []string{"file-secrets", "image-secrets"} {
		cases, err := filepath.Glob("../../fixtures/rules/" + rule + "/*.txtar")
		if err != nil {
			t.Fatal(err)
		}
		name := map[string]string{"file-secrets": "compose.yaml", "image-secrets": "Dockerfile"}[rule]
		for _, path := range cases {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			for _, f := range archive.Files {
				rel, beside := strings.CutPrefix(f.Name, "context/")
				if f.Name == "before" {
					rel, beside = name, true
				}
				if !beside {
					continue
				}
				if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, rel)), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, rel), f.Data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if path := filepath.Join(dir, name); len(credentialsOf(t, path)) > 0 {
				out = append(out, path)
			}
		}
	}
	return out
}

// leakCandidates lists the Dockerfiles and compose files of a corpus that hold credentials.
func leakCandidates(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		name := strings.ToLower(d.Name())
		if (strings.HasPrefix(name, "dockerfile") || isCompose(name)) && len(credentialsOf(t, path)) > 0 {
			out = append(out, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func isCompose(name string) bool {
	return strings.Contains(name, "compose") && (strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml"))
}

// credential is one that a file holds.
type credential struct {
	name, value string
	part        bool // of the value of the variable, as in a URL
}

// credentialsOf lists what the rules find in a file, and in the env files beside it.
func credentialsOf(t *testing.T, path string) []credential {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	src := parser.NewSource(path, text)
	var out []credential
	add := func(name, value string, part bool) {
		if c := (credential{name, value, part}); value != "" && value != secret.Mask && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	if isCompose(strings.ToLower(filepath.Base(path))) {
		doc, err := compose.Parse(src)
		if err != nil {
			return nil
		}
		for _, s := range doc.Scalars() {
			for _, v := range secret.InScalar(s) {
				name, value, assigned := strings.Cut(s.Value, "=")
				if !assigned || strings.ContainsAny(name, " :/") {
					name, value = s.Path[len(s.Path)-1], s.Value
				}
				add(name, strings.ReplaceAll(v, "$$", "$"), v != value)
			}
		}
		for _, env := range envFilesBeside(path) {
			for _, v := range env {
				if j := secret.Judge(v.Name, secret.Unquoted(v.Value)); j.Kind == secret.Literal {
					add(v.Name, j.Secret, !j.Whole(secret.Unquoted(v.Value)))
				}
			}
		}
		return out
	}
	doc, err := dockerfile.Parse(src)
	if err != nil {
		return nil
	}
	for _, in := range doc.Instructions() {
		for _, b := range secret.OfInstruction(in) {
			add(b.Name, b.Setting.Secret, b.Setting.At > 0)
		}
		if in.Is("RUN") {
			for _, v := range secret.Loose(doc.Source.Text(in.Span)) {
				add("RUN", v, false)
			}
		}
	}
	return out
}

func envFilesBeside(path string) [][]compose.Variable {
	var out [][]compose.Variable
	for _, glob := range []string{"*.env", ".env*"} {
		list, _ := filepath.Glob(filepath.Join(filepath.Dir(path), glob))
		for _, name := range list {
			if text, err := os.ReadFile(name); err == nil {
				out = append(out, compose.EnvLines(string(text)))
			}
		}
	}
	return out
}

// in finds a line of a text that shows the credential, "" when none does. What is a word as
// any shows it only behind its name.
func (c credential) in(text string) string {
	if !strings.Contains(text, c.value) {
		return ""
	}
	pattern := regexp.QuoteMeta(c.value)
	switch {
	case len(c.value) >= 16 && secret.Telling(c.value):
	case secret.Telling(c.value):
		pattern = `(^|[^\pL\pN]|-p)` + pattern + `($|[^\pL\pN])`
	case c.part:
		pattern = `://[^\s/]*:` + pattern + `@|(?i)\b(password|pwd)=` + pattern + `($|[^\pL\pN._-])`
	default:
		pattern = `\b` + regexp.QuoteMeta(c.name) + `\\?["']?\s*[:=]\s*\\?["']?` + pattern + `($|[^\pL\pN._-])`
	}
	re := regexp.MustCompile(pattern)
	for line := range strings.Lines(text) {
		if re.MatchString(line) {
			at := re.FindStringIndex(line)[0]
			return line[max(0, at-80):min(len(line), at+80)]
		}
	}
	return ""
}

type namedText struct{ name, text string }

var leakFormats = []string{"json", "sarif", "markdown", "gitlab", "github", "text", "html", "diff"}

// outputsOf runs the command on a file in every way and gives all that it says, and the
// backups that it leaves.
func outputsOf(t *testing.T, path string) []namedText {
	t.Helper()
	dir := t.TempDir()
	var out []namedText
	run := func(name string, args ...string) {
		var stdout, stderr bytes.Buffer
		cli.Main(append([]string{"bulkhead"}, args...), strings.NewReader(""), &stdout, &stderr)
		out = append(out, namedText{name + " (stdout)", stdout.String()}, namedText{name + " (stderr)", stderr.String()})
	}
	for _, where := range []string{"file", "env"} {
		args := []string{"diff", "-v", "--level", "strict", "--secrets", where}
		for _, f := range leakFormats {
			args = append(args, "--format", f, "-o", filepath.Join(dir, where+"."+f))
		}
		run("diff --secrets "+where, append(args, path)...)
		for _, f := range leakFormats {
			text, err := os.ReadFile(filepath.Join(dir, where+"."+f))
			if err != nil {
				t.Fatalf("%s: there is no output as %s: %v", path, f, err)
			}
			out = append(out, namedText{f + " (--secrets " + where + ")", string(text)})
		}
		run("diff as it is, --secrets "+where, "diff", "--secrets", where, path)
		run("diff --override, --secrets "+where, "diff", "--override", "--secrets", where, path)
		run("check --secrets "+where, "check", "-v", "--secrets", where, path)
	}
	copied := filepath.Join(t.TempDir(), filepath.Base(path))
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(copied, text, 0o600); err != nil {
		t.Fatal(err)
	}
	run("fix --backup", "fix", "-v", "--backup", "--level", "strict", copied)
	if backup, err := os.ReadFile(copied + ".orig"); err == nil {
		out = append(out, namedText{"the backup", string(backup)})
	}
	run("fix", "fix", "-v", "--level", "strict", "--secrets", "env", copied)
	return out
}
