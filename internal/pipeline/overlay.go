package pipeline

import (
	"bytes"
	"io/fs"
	"path"
	"slices"
	"time"

	"github.com/bulkhead-dev/bulkhead/transform"
)

// Overlay shows a directory as it is with new files. Lists of directories are those of the
// directory as it was.
func Overlay(base fs.FS, files []transform.NewFile) fs.FS {
	if base == nil || len(files) == 0 {
		return base
	}
	return overlay{base, files}
}

type overlay struct {
	base  fs.FS
	files []transform.NewFile
}

// Open opens a file of either.
func (o overlay) Open(name string) (fs.File, error) {
	i := slices.IndexFunc(o.files, func(f transform.NewFile) bool { return f.Path == name })
	if i < 0 {
		return o.base.Open(name)
	}
	old, err := fs.ReadFile(o.base, name)
	if err != nil {
		old = nil
	}
	text := o.files[i].Text(old)
	return &overlaid{Reader: bytes.NewReader(text), file: o.files[i], size: int64(len(text))}, nil
}

// overlaid is an open new file, and what is to be known of it.
type overlaid struct {
	*bytes.Reader
	file transform.NewFile
	size int64
}

// Stat and Close make it a file.
func (f *overlaid) Stat() (fs.FileInfo, error) { return overlaidInfo{f}, nil }

// Close does nothing: there is nothing to release.
func (f *overlaid) Close() error { return nil }

// overlaidInfo is apart from the file, whose reader has a Size of its own.
type overlaidInfo struct{ f *overlaid }

func (i overlaidInfo) Name() string       { return path.Base(i.f.file.Path) }
func (i overlaidInfo) Size() int64        { return i.f.size }
func (i overlaidInfo) Mode() fs.FileMode  { return i.f.file.Perm() }
func (i overlaidInfo) ModTime() time.Time { return time.Time{} }
func (i overlaidInfo) IsDir() bool        { return false }
func (i overlaidInfo) Sys() any           { return nil }
