package workspace

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"testing/fstest"
)

// TestTracked holds what is read of the index against git itself.
func TestTracked(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git")
	}
	dir := t.TempDir()
	for _, name := range []string{"compose.yaml", "a/compose.yaml", "a/b/a-name-that-is-rather-long.yaml", "untracked.yaml"} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	git("init", "-q")
	git("add", "compose.yaml", "a")
	git("add", "--intent-to-add", "untracked.yaml") // an entry with more flags
	for name, want := range map[string]bool{"compose.yaml": true, "a/compose.yaml": true, "a/b/a-name-that-is-rather-long.yaml": true, "b/compose.yaml": false, "a": false} {
		if got := Tracked(os.DirFS(dir), name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestTrackedBroken(t *testing.T) {
	for name, index := range map[string]string{
		"nothing": "", "no index": "hello, this is no index", "too short": "DIRC\x00\x00\x00\x02\x00\x00\x00\x09abc",
		"version 4": "DIRC\x00\x00\x00\x04\x00\x00\x00\x01",
	} {
		if Tracked(fstest.MapFS{".git/index": {Data: []byte(index)}}, "compose.yaml") {
			t.Errorf("%s: tracked", name)
		}
	}
	if Tracked(fstest.MapFS{}, "compose.yaml") {
		t.Error("tracked without a repository")
	}
}
