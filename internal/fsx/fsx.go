// Package fsx reads and writes users' files, confined to a directory. It is the
// only writer of users' files.
package fsx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"unicode/utf8"
)

// MaxFile is the most that is read of a Dockerfile or compose file. The largest of some thousand
// public ones has 60 KB; BuildKit itself refuses lines of more than 64 KB.
const MaxFile = 1 << 20

// Errors of files that are not read.
var (
	ErrNotRegular = errors.New("is not a regular file")
	ErrTooLarge   = fmt.Errorf("is larger than %d KiB, which no Dockerfile or compose file is", MaxFile>>10)
	ErrNotText    = errors.New("is not UTF-8 text")
	ErrChanged    = errors.New("was changed by somebody else meanwhile; run again")
)

// Root is a directory that nothing leads out of.
type Root struct {
	dir  string
	root *os.Root
}

// Open opens a directory.
func Open(dir string) (*Root, error) {
	r, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &Root{dir: dir, root: r}, nil
}

// Close releases the directory.
func (r *Root) Close() error { return r.root.Close() }

// ReadFile reads a regular file of at most limit bytes. Links are followed inside
// of the root only. Directories, pipes and devices are refused before they are opened.
func (r *Root) ReadFile(name string, limit int64) ([]byte, error) {
	name = filepath.FromSlash(name)
	info, err := r.root.Stat(name)
	if err != nil {
		return nil, plain(err)
	}
	if !info.Mode().IsRegular() {
		return nil, ErrNotRegular
	}
	if info.Size() > limit {
		return nil, ErrTooLarge
	}
	f, err := r.root.Open(name)
	if err != nil {
		return nil, plain(err)
	}
	defer func() { _ = f.Close() }() // read only
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, plain(err)
	}
	if int64(len(data)) > limit {
		return nil, ErrTooLarge
	}
	return data, nil
}

// plain takes the path out of an error: messages name the file themselves.
func plain(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// CheckText refuses what is not text.
func CheckText(data []byte) error {
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return ErrNotText
	}
	return nil
}

// WriteOptions say how a file is written.
type WriteOptions struct {
	Expect []byte // what the file must still hold; nil does not look
	Backup string // suffix of a copy of the old content; "" makes none
}

// WriteFile replaces the content of a file in one step: readers see the old or the
// new content, never a part. Mode and, where permitted, owner stay. A link is
// followed and stays a link. A file with several hard links gets a content of its
// own under this name.
func (r *Root) WriteFile(name string, data []byte, opts WriteOptions) error {
	name, err := r.resolve(filepath.FromSlash(name))
	if err != nil {
		return err
	}
	info, err := r.root.Stat(name)
	if err != nil {
		return plain(err)
	}
	old, err := r.ReadFile(name, max(info.Size(), MaxFile))
	if err != nil {
		return err
	}
	if opts.Expect != nil && !bytes.Equal(old, opts.Expect) {
		return ErrChanged
	}
	if opts.Backup != "" {
		if err := r.create(name+opts.Backup, old, info); err != nil {
			return fmt.Errorf("no backup can be made as %s%s: %w", filepath.Base(name), opts.Backup, err)
		}
	}
	temp := filepath.Join(filepath.Dir(name), fmt.Sprintf(".%s.%d.tmp", filepath.Base(name), os.Getpid()))
	if err := r.create(temp, data, info); err != nil {
		return err
	}
	if err := r.root.Rename(temp, name); err != nil {
		_ = r.root.Remove(temp)
		return plain(err)
	}
	return nil
}

// PutFile writes a file of Bulkhead's own, made anew where it is not there yet.
func (r *Root) PutFile(name string, data []byte) error {
	if _, err := r.root.Lstat(filepath.FromSlash(name)); err == nil {
		return r.WriteFile(name, data, WriteOptions{})
	}
	dir, err := r.root.Stat(filepath.FromSlash(path.Dir(name)))
	if err != nil {
		return plain(err)
	}
	return r.create(filepath.FromSlash(name), data, newFile{dir, 0o644})
}

// newFile has the owner of its directory and a mode of its own.
type newFile struct {
	fs.FileInfo
	mode fs.FileMode
}

func (f newFile) Mode() fs.FileMode { return f.mode }

// create makes a new file with the mode and owner of another one, on the disk
// before it returns.
func (r *Root) create(name string, data []byte, like fs.FileInfo) error {
	f, err := r.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, like.Mode().Perm())
	if err != nil {
		return plain(err)
	}
	_, err = f.Write(data)
	for _, step := range []func() error{
		func() error { return f.Chmod(like.Mode().Perm()) },
		func() error { keepOwner(f, like); return nil },
		f.Sync,
	} {
		if err == nil {
			err = step()
		}
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		_ = r.root.Remove(name)
		return plain(err)
	}
	return nil
}

// resolve follows links inside of the root to the file that is written.
func (r *Root) resolve(name string) (string, error) {
	for range 16 {
		info, err := r.root.Lstat(name)
		if err != nil {
			return "", plain(err)
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			return name, nil
		}
		target, err := r.root.Readlink(name)
		if err != nil {
			return "", plain(err)
		}
		if filepath.IsAbs(target) {
			return "", errors.New("is a link to an absolute path; give that path instead")
		}
		name = filepath.Join(filepath.Dir(name), target)
		if !filepath.IsLocal(name) {
			return "", errors.New("is a link that leaves the directory")
		}
	}
	return "", errors.New("is a link to itself")
}

// FS is the directory for reading alone, bounded like ReadFile.
func (r *Root) FS() fs.FS { return boundedFS{r} }

type boundedFS struct{ r *Root }

func (b boundedFS) Open(name string) (fs.File, error) {
	info, err := b.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() && (!info.Mode().IsRegular() || info.Size() > MaxFile) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return b.r.root.Open(filepath.FromSlash(name))
}

func (b boundedFS) Stat(name string) (fs.FileInfo, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrInvalid}
	}
	return b.r.root.Stat(filepath.FromSlash(name))
}

func (b boundedFS) ReadFile(name string) ([]byte, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrInvalid}
	}
	return b.r.ReadFile(name, MaxFile)
}
