package fsx

import (
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"
)

// CreateFile makes a file that is not there yet, whole or not at all, and the directories
// above it that are not there. made lists what was made, the file first, for Remove. File
// and directories get their modes whatever the umask says, and the owner of the directory
// that they are made in. Links are followed inside of the root only.
func (r *Root) CreateFile(name string, data []byte, mode, dirMode fs.FileMode) (made []string, err error) {
	name = filepath.FromSlash(name)
	if !filepath.IsLocal(name) {
		return nil, errors.New("lies outside of the directory")
	}
	made, err = r.makeDirs(filepath.Dir(name), dirMode)
	if err == nil {
		var dir fs.FileInfo
		if dir, err = r.root.Stat(filepath.Dir(name)); err == nil {
			err = r.create(name, data, newFile{dir, mode})
		}
	}
	if err != nil {
		r.removeDirs(made)
		return nil, plain(err)
	}
	return append([]string{name}, made...), nil
}

// makeDirs makes a directory and those above it, and lists what was made, the deepest first.
func (r *Root) makeDirs(dir string, mode fs.FileMode) (made []string, err error) {
	if _, err := r.root.Stat(dir); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return nil, plain(err)
	}
	above := filepath.Dir(dir)
	if made, err = r.makeDirs(above, mode); err != nil {
		return made, err
	}
	owner, err := r.root.Stat(above)
	if err == nil {
		err = r.root.Mkdir(dir, mode)
	}
	if err != nil {
		return made, err
	}
	made = append([]string{dir}, made...)
	if err = r.root.Chmod(dir, mode); err != nil {
		return made, err
	}
	f, err := r.root.Open(dir)
	if err != nil {
		return made, err
	}
	keepOwner(f, owner)
	return made, f.Close()
}

// Remove takes back what CreateFile made: the file if it still holds data, then the
// directories that are empty.
func (r *Root) Remove(made []string, data []byte) error {
	if len(made) == 0 {
		return nil
	}
	now, err := r.ReadFile(filepath.ToSlash(made[0]), int64(len(data)))
	if err != nil || !bytes.Equal(now, data) {
		return ErrChanged
	}
	if err := r.root.Remove(made[0]); err != nil {
		return plain(err)
	}
	r.removeDirs(made[1:])
	return nil
}

// removeDirs removes directories, the deepest first, and keeps those that somebody else
// has put something into.
func (r *Root) removeDirs(dirs []string) {
	for _, d := range dirs {
		_ = r.root.Remove(d)
	}
}
