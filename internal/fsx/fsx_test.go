package fsx

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func open(t *testing.T) (*Root, string) {
	t.Helper()
	dir := t.TempDir()
	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r, dir
}

func put(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func TestReadFileRefuses(t *testing.T) {
	r, dir := open(t)
	if err := os.Mkdir(filepath.Join(dir, "Dockerfile"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := r.ReadFile("Dockerfile", MaxFile); !errors.Is(err, ErrNotRegular) {
		t.Errorf("directory: %v", err)
	}
	put(t, filepath.Join(dir, "big"), strings.Repeat("#", 100), 0o644)
	if _, err := r.ReadFile("big", 99); !errors.Is(err, ErrTooLarge) {
		t.Errorf("large file: %v", err)
	}
	outside := filepath.Join(t.TempDir(), "secret")
	put(t, outside, "x", 0o644)
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if _, err := r.ReadFile("link", MaxFile); err == nil {
		t.Error("a link out of the root was followed")
	}
	if _, err := r.ReadFile("../x", MaxFile); err == nil {
		t.Error("a path out of the root was followed")
	}
}

func TestWriteFile(t *testing.T) {
	r, dir := open(t)
	path := filepath.Join(dir, "Dockerfile")
	put(t, path, "old", 0o640)
	if err := os.Symlink("Dockerfile", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := r.WriteFile("link", []byte("new"), WriteOptions{Expect: []byte("old"), Backup: ".orig"}); err != nil {
		t.Fatal(err)
	}
	data, _ := os.ReadFile(path)
	info, _ := os.Lstat(path)
	if string(data) != "new" || info.Mode().Perm() != 0o640 {
		t.Errorf("content %q, mode %v", data, info.Mode())
	}
	if info, _ := os.Lstat(filepath.Join(dir, "link")); info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link is gone")
	}
	if data, _ := os.ReadFile(path + ".orig"); string(data) != "old" {
		t.Errorf("backup holds %q", data)
	}
	if err := r.WriteFile("Dockerfile", []byte("third"), WriteOptions{Expect: []byte("old")}); !errors.Is(err, ErrChanged) {
		t.Errorf("a changed file was overwritten: %v", err)
	}
	if err := r.WriteFile("Dockerfile", []byte("third"), WriteOptions{Backup: ".orig"}); err == nil {
		t.Error("a backup was overwritten")
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 3 {
		t.Errorf("files left behind: %v", entries)
	}
}

func TestCheckText(t *testing.T) {
	if CheckText([]byte("FROM x\n# ä\n")) != nil {
		t.Error("text was refused")
	}
	for _, bad := range [][]byte{{0xff, 0xfe}, {'a', 0}, bytes.Repeat([]byte{0x80}, 3)} {
		if CheckText(bad) == nil {
			t.Errorf("%v was taken for text", bad)
		}
	}
}
