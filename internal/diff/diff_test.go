package diff

import (
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestUnified(t *testing.T) {
	got := Unified("x y", []byte("a\nb\nc\n"), []byte("a\nB\nc\nd"), 1)
	want := "--- a/x y\t\n+++ b/x y\t\n@@ -1,3 +1,4 @@\n a\n-b\n+B\n c\n+d\n\\ No newline at end of file\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if d := Unified("x", []byte("a\n"), []byte("a\n"), 3); d != "" {
		t.Errorf("same texts differ: %s", d)
	}
}

// TestBlankLines shows a change beside what it replaces, not beside what happens to
// stand behind another blank line.
func TestBlankLines(t *testing.T) {
	before := "WORKDIR /app\n\nCOPY a .\nRUN pip\n\nCOPY . .\nEND\n"
	after := "WORKDIR /app\n\nRUN user\n\nCOPY --x a .\nRUN pip\n\nCOPY --x . .\nEND\n"
	got := Unified("f", []byte(before), []byte(after), 0)
	for _, want := range []string{"-COPY . .\n+COPY --x . .\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("the diff lacks %q:\n%s", want, got)
		}
	}
}

// TestGitTakesNames lets git apply diffs of files with unusual names.
func TestGitTakesNames(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("git is not installed")
	}
	for _, name := range []string{"Dockerfile", "a b/Dockerfile", "größe/Dockerfile", "日本 語/Dockerfile", "a\"b/Dockerfile", "a\\b/Dockerfile", "a\tb/Dockerfile", "\xff/Dockerfile", "a\u00a0b/Dockerfile"} {
		dir := t.TempDir()
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Skip(err) // a file system that has no such names
		}
		if err := os.WriteFile(path, []byte("a\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(git, "apply", "-")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
		cmd.Stdin = strings.NewReader(Unified(name, []byte("a\n"), []byte("b\n"), 3))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%q: %v: %s", name, err, out)
			continue
		}
		if got, _ := os.ReadFile(path); string(got) != "b\n" {
			t.Errorf("%q holds %q", name, got)
		}
	}
}

// TestGitApplies lets git take random changes of texts with repeated lines, CRLF
// and no newline at the end.
func TestGitApplies(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("git is not installed")
	}
	dir := t.TempDir()
	if out, err := exec.Command(git, "init", "-q", dir).CombinedOutput(); err != nil {
		t.Fatalf("git init: %s", out)
	}
	rnd := rand.New(rand.NewSource(1))
	for i := range 60 {
		before, after := randomText(rnd), ""
		after = mutate(rnd, before)
		name := filepath.Join(dir, "f")
		if err := os.WriteFile(name, []byte(before), 0o644); err != nil {
			t.Fatal(err)
		}
		patch := Unified("f", []byte(before), []byte(after), Context)
		if patch == "" {
			continue
		}
		cmd := exec.Command(git, "apply", "--whitespace=nowarn", "-")
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(patch)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%d: git apply: %s\n%q → %q\n%s", i, out, before, after, patch)
		}
		if got, _ := os.ReadFile(name); string(got) != after {
			t.Fatalf("%d: got %q, want %q", i, got, after)
		}
	}
}

func randomText(rnd *rand.Rand) string {
	var b strings.Builder
	for range 1 + rnd.Intn(30) {
		fmt.Fprintf(&b, "line %d", rnd.Intn(6))
		if rnd.Intn(4) == 0 {
			b.WriteByte('\r')
		}
		b.WriteByte('\n')
	}
	text := b.String()
	if rnd.Intn(3) == 0 {
		text = strings.TrimRight(text, "\r\n")
	}
	return text
}

func mutate(rnd *rand.Rand, text string) string {
	lines := strings.SplitAfter(text, "\n")
	for range 1 + rnd.Intn(4) {
		i := rnd.Intn(len(lines))
		switch rnd.Intn(3) {
		case 0:
			lines[i] = "changed\n"
		case 1:
			lines[i] = "inserted\n" + lines[i]
		default:
			lines[i] = ""
		}
	}
	if out := strings.Join(lines, ""); out != "" {
		return out
	}
	return "rest\n"
}

func TestColour(t *testing.T) {
	got := Colour("--- a\n+++ b\n@@ -1 +1 @@\n-x\r\n+y\n z\n")
	want := "\x1b[1m--- a\x1b[0m\n\x1b[1m+++ b\x1b[0m\n\x1b[36m@@ -1 +1 @@\x1b[0m\n\x1b[31m-x\x1b[0m\r\n\x1b[32m+y\x1b[0m\n z\n"
	if got != want {
		t.Errorf("got %q", got)
	}
}
