//go:build unix

package workspace

import (
	"context"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// TestPipeAsIgnoreFile: what is no regular file is never opened, as that could wait for ever.
func TestPipeAsIgnoreFile(t *testing.T) {
	root := t.TempDir()
	write(t, root, map[string]string{"Dockerfile": ""})
	if err := syscall.Mkfifo(filepath.Join(root, ".gitignore"), 0o644); err != nil {
		t.Skip(err)
	}
	r, err := Discover(context.Background(), []string{root})
	if err != nil || !slices.Equal(names(r), []string{"Dockerfile"}) {
		t.Errorf("found %q, %v", names(r), err)
	}
}
