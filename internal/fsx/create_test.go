package fsx

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCreateFile(t *testing.T) {
	r, dir := open(t)
	made, err := r.CreateFile("a/b/key.txt", []byte("k"), 0o644, 0o700)
	if err != nil || strings.Join(made, " ") != filepath.FromSlash("a/b/key.txt a/b a") {
		t.Fatalf("made %v, %v", made, err)
	}
	for name, want := range map[string]os.FileMode{"a": 0o700, "a/b": 0o700, "a/b/key.txt": 0o644} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %o", name, info, err, want)
		}
	}
	if _, err := r.CreateFile("a/b/key.txt", []byte("other"), 0o644, 0o700); err == nil {
		t.Error("a file that is there was overwritten")
	}
	if text, _ := os.ReadFile(filepath.Join(dir, "a/b/key.txt")); string(text) != "k" {
		t.Errorf("the file holds %q", text)
	}
	if err := r.Remove(made, []byte("else")); err == nil {
		t.Error("a file that holds something else was removed")
	}
	put(t, filepath.Join(dir, "a", "stays"), "", 0o644)
	if err := r.Remove(made, []byte("k")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "a/b")); err == nil {
		t.Error("an empty directory stays")
	}
	if _, err := os.Stat(filepath.Join(dir, "a/stays")); err != nil {
		t.Error("what somebody else put there is gone")
	}
}

func TestCreateFileStaysInside(t *testing.T) {
	r, dir := open(t)
	outside := t.TempDir()
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"link/key.txt", "link/x/key.txt", "../key.txt", "/key.txt"} {
		if _, err := r.CreateFile(name, []byte("k"), 0o644, 0o755); err == nil {
			t.Errorf("%s was made", name)
		}
	}
	if entries, _ := os.ReadDir(outside); len(entries) > 0 {
		t.Errorf("made outside: %v", entries)
	}
	// A failure leaves nothing behind.
	put(t, filepath.Join(dir, "file"), "", 0o644)
	if _, err := r.CreateFile("file/x/key.txt", []byte("k"), 0o644, 0o755); err == nil {
		t.Error("a file below a file was made")
	}
}
