package pipeline

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/bulkhead-dev/bulkhead/transform"
)

// TestWriteFiles: all or none, and back again.
func TestWriteFiles(t *testing.T) {
	dir := t.TempDir()
	ignore := filepath.Join(dir, ".gitignore")
	if err := os.WriteFile(ignore, []byte("a\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	files := placed([]transform.NewFile{
		{Path: "secrets/key.txt", Content: []byte("k"), DirMode: 0o700, Secret: true},
		{Path: ".gitignore", Content: []byte("secrets/\n"), Append: true},
	}, dir, ".", "shown")
	undo, err := WriteFiles(files)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(ignore); err != nil || string(text) != "a\nsecrets/\n" {
		t.Errorf(".gitignore holds %q, %v", text, err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "secrets/key.txt")); err != nil || string(text) != "k" {
		t.Errorf("the secret holds %q, %v", text, err)
	}
	if again, err := WriteFiles(files); err != nil {
		t.Errorf("what is there already is no failure: %v", err)
	} else {
		again()
	}
	if _, err := os.Stat(filepath.Join(dir, "secrets/key.txt")); err != nil {
		t.Error("taking back a run that wrote nothing removed a file")
	}
	undo()
	untouched(t, dir)

	files = append(files, NewFile{NewFile: transform.NewFile{Path: ".gitignore", Content: []byte("x")}, Root: dir, Rel: ".gitignore", Display: "shown/.gitignore"})
	if _, err := WriteFiles(files); err == nil || err.Error() != "shown/.gitignore is there already, and is not overwritten" {
		t.Errorf("overwriting: %v", err)
	}
	untouched(t, dir)
}

func untouched(t *testing.T, dir string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(dir, "secrets")); err == nil {
		t.Error("the directory of the secret stays")
	}
	info, err := os.Stat(filepath.Join(dir, ".gitignore"))
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf(".gitignore: %v, %v", info, err)
	}
	if text, _ := os.ReadFile(filepath.Join(dir, ".gitignore")); string(text) != "a\n" {
		t.Errorf(".gitignore holds %q", text)
	}
}

func TestOverlay(t *testing.T) {
	base := fstest.MapFS{".gitignore": {Data: []byte("a\n")}, "b": {Data: []byte("b")}}
	over := Overlay(base, []transform.NewFile{{Path: ".gitignore", Content: []byte("s\n"), Append: true}, {Path: "n/x", Content: []byte("x"), Mode: 0o600}})
	for name, want := range map[string]string{".gitignore": "a\ns\n", "b": "b", "n/x": "x"} {
		if got, err := fs.ReadFile(over, name); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v, want %q", name, got, err, want)
		}
	}
	if info, err := fs.Stat(over, "n/x"); err != nil || info.Mode() != 0o600 || info.Size() != 1 || info.Name() != "x" {
		t.Errorf("n/x: %v, %v", info, err)
	}
}
