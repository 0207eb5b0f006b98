package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/bulkhead-dev/bulkhead/internal/fsx"
	"github.com/bulkhead-dev/bulkhead/transform"
)

// NewFile is a file that comes with a change, at its place.
type NewFile struct {
	transform.NewFile
	Root    string // directory that it is confined to
	Rel     string // path below Root
	Display string // path as the user would type it
}

// placed gives files of a plan their places: relative to a directory below a root, which
// messages call shown.
func placed(files []transform.NewFile, root, dir, shown string) []NewFile {
	var out []NewFile
	for _, f := range files {
		out = append(out, NewFile{NewFile: f, Root: root, Rel: path.Join(dir, f.Path), Display: path.Join(shown, f.Path)})
	}
	return out
}

// Read is what the file holds, nil when it is not there.
func (f NewFile) Read() ([]byte, error) {
	root, err := fsx.Open(f.Root)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	old, err := root.ReadFile(f.Rel, fsx.MaxFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("%s: %w", f.Display, err)
	case !f.Append && f.Changes(old):
		return nil, fmt.Errorf("%s is there already, and is not overwritten", f.Display)
	}
	return old, nil
}

// WriteFiles writes files that come with a change, all or none. undo takes them back, as
// far as nobody else changed them meanwhile, for a change that could not be written itself.
func WriteFiles(files []NewFile) (undo func(), err error) {
	var done []func()
	undo = func() {
		for i := len(done) - 1; i >= 0; i-- {
			done[i]()
		}
	}
	for _, f := range files {
		back, err := f.write()
		if err != nil {
			undo()
			return func() {}, err
		}
		done = append(done, back)
	}
	return undo, nil
}

// write makes the file, or adds its lines to it.
func (f NewFile) write() (undo func(), err error) {
	old, err := f.Read()
	if err != nil {
		return nil, err
	}
	if !f.Changes(old) {
		return func() {}, nil
	}
	text := f.Text(old)
	if old == nil {
		made, err := f.in(func(root *fsx.Root) ([]string, error) {
			return root.CreateFile(f.Rel, text, f.Perm(), f.DirPerm())
		})
		return func() {
			_, _ = f.in(func(root *fsx.Root) ([]string, error) { return nil, root.Remove(made, text) })
		}, err
	}
	rewrite := func(from, to []byte) error {
		_, err := f.in(func(root *fsx.Root) ([]string, error) {
			return nil, root.WriteFile(f.Rel, to, fsx.WriteOptions{Expect: from})
		})
		return err
	}
	return func() { _ = rewrite(text, old) }, rewrite(old, text)
}

// in does something in the file's root, and names the file when it fails.
func (f NewFile) in(do func(*fsx.Root) ([]string, error)) ([]string, error) {
	root, err := fsx.Open(f.Root)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	made, err := do(root)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Display, err)
	}
	return made, nil
}
