package workspace

import (
	"bytes"
	"io/fs"
	"path"
	"path/filepath"
	"slices"

	"github.com/bulkhead-dev/bulkhead/internal/fsx"
	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/compose"
)

// included takes the files that the compose files of the tree include, whatever their names:
// they are compose files by what they are included as. Those outside of the tree, those that
// git ignores and those that are no files are left out.
func (w *walker) included(root *fsx.Root) {
	for i := 0; i < len(w.files); i++ { // which grows
		if w.files[i].Kind != Compose {
			continue
		}
		for _, rel := range includesOf(root, w.files[i]) {
			name := filepath.Join(w.root, filepath.FromSlash(rel))
			known := slices.ContainsFunc(w.files, func(f File) bool { return f.Rel == rel })
			if info, err := fs.Stat(root.FS(), rel); known || err != nil || !info.Mode().IsRegular() || w.ignored(rel, false) || !w.insideRoot(name) {
				continue
			}
			w.files = append(w.files, File{Kind: Compose, Root: w.root, Rel: rel, Display: name})
		}
	}
}

// includesOf lists what a compose file includes below the root.
func includesOf(root *fsx.Root, f File) []string {
	text, err := root.ReadFile(f.Rel, fsx.MaxFile)
	if err != nil || !bytes.Contains(text, []byte("include")) {
		return nil
	}
	doc, err := compose.Parse(parser.NewSource(f.Display, text))
	if err != nil {
		return nil // who works on the file says why
	}
	var out []string
	for _, i := range doc.Includes() {
		if name, ok := i.Local(); ok {
			if rel := path.Join(f.Dir(), name); fs.ValidPath(rel) {
				out = append(out, rel)
			}
		}
	}
	return out
}
