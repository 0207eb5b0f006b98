package transform

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// NewFile is a file that comes with a fix. The fix is applied with all of its files or not
// at all, and no file that is there is ever overwritten.
type NewFile struct {
	// Path is relative to the files of the pass: the build context of a Dockerfile, the
	// directory of compose files. It may lead out of there with "..", within the repository.
	Path string
	Mode fs.FileMode // of the file where it is made; 0 is 0644
	// DirMode is that of directories that are made for it; 0 is 0755.
	DirMode fs.FileMode
	Content []byte
	Secret  bool // the content is never shown
	// Append adds the lines of Content to a file that may be there: an ignore file. A line
	// that it already has is not added again.
	Append bool
}

// Text is what the file holds afterwards, when it holds old before; nil when it is not there.
func (f NewFile) Text(old []byte) []byte {
	if !f.Append || old == nil {
		return f.Content
	}
	newline := "\n"
	if bytes.Contains(old, []byte("\r\n")) {
		newline = "\r\n"
	}
	have := map[string]bool{}
	for line := range strings.Lines(string(old)) {
		have[strings.TrimSpace(line)] = true
	}
	out := bytes.Clone(old)
	for line := range strings.Lines(string(f.Content)) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" || have[line] {
			continue
		}
		if len(out) > 0 && out[len(out)-1] != '\n' {
			out = append(out, newline...)
		}
		out = append(out, line+newline...)
	}
	return out
}

// Perm is the mode of the file where it is made.
func (f NewFile) Perm() fs.FileMode { return cmp.Or(f.Mode, 0o644) }

// DirPerm is the mode of directories that are made for the file.
func (f NewFile) DirPerm() fs.FileMode { return cmp.Or(f.DirMode, 0o755) }

// Changes reports whether anything is to be written, when the file holds old before; nil
// when it is not there.
func (f NewFile) Changes(old []byte) bool { return old == nil || !bytes.Equal(f.Text(old), old) }

// filesOf are the files of the fixes that were applied, each once.
func filesOf(findings []Finding) []NewFile {
	var out []NewFile
	for _, f := range findings {
		if f.Outcome == Applied && f.Fix != nil {
			for _, n := range f.Fix.Files {
				out, _ = withFile(out, n) // that they go together was seen when they were applied
			}
		}
	}
	return out
}

// errNoPlace is the refusal of new files for a text that stands in no directory.
var errNoPlace = errors.New("it brings a file, and there is no directory to put it into")

// gatherFiles adds the files of proposals to those that are there already. It refuses one
// that would overwrite another.
func gatherFiles(at fs.FS, files []NewFile, units [][]*Finding) ([]NewFile, error) {
	files = slices.Clone(files)
	for _, u := range units {
		for _, f := range u {
			for _, n := range f.Fix.Files {
				if at == nil {
					return nil, errNoPlace
				}
				if n.Path != path.Clean(n.Path) || path.IsAbs(n.Path) || n.Path == "." {
					return nil, fmt.Errorf("%q is no path for a new file", n.Path)
				}
				if old, err := fs.ReadFile(at, n.Path); err == nil && !n.Append && !bytes.Equal(old, n.Content) {
					return nil, fmt.Errorf("%s is there already, and is not overwritten", n.Path)
				}
				var err error
				if files, err = withFile(files, n); err != nil {
					return nil, err
				}
			}
		}
	}
	return files, nil
}

// withFile adds a file, or its lines to one of the same name.
func withFile(files []NewFile, n NewFile) ([]NewFile, error) {
	i := slices.IndexFunc(files, func(f NewFile) bool { return f.Path == n.Path })
	switch {
	case i < 0:
		return append(files, n), nil
	case n.Append && files[i].Append:
		files[i].Content = n.Text(files[i].Content)
	case n.Append != files[i].Append || !bytes.Equal(n.Content, files[i].Content):
		return nil, fmt.Errorf("two fixes bring %s, and want something else in it", n.Path)
	}
	return files, nil
}
