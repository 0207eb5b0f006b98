package image

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
)

// Bounds of what is read of an application's sources.
const (
	maxSources    = 3000
	maxSourceText = 24 << 20
)

// sources gives the texts of the application's source files, as far as they are looked
// at, to visit. complete is false when there are more.
func (s *splitPlan) sources(endings []string, visit func(name, text string)) (complete bool) {
	if s.pass.Files == nil {
		return false
	}
	files, size := 0, 0
	for _, name := range sourceNames(s.pass) {
		if !slices.Contains(endings, path.Ext(name)) {
			continue
		}
		if files++; files > maxSources || size > maxSourceText {
			return false
		}
		if text, ok := transform.ReadBounded(s.pass.Files, name); ok {
			size += len(text)
			visit(name, text)
		}
	}
	return true
}

// sourceNames lists the files of the build context, but for other people's and hidden
// directories. The context is walked once in a pass: what it ignores is asked for each file.
func sourceNames(p *transform.Pass) []string {
	return transform.Shared(p, "source names", func(p *transform.Pass) (names []string) {
		_ = fs.WalkDir(p.Files, ".", func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil: // what cannot be read is not looked at
				return nil //nolint:nilerr // and no reason to stop
			case !d.IsDir():
				names = append(names, name)
			case name != "." && (strings.HasPrefix(d.Name(), ".") || slices.Contains([]string{"node_modules", "vendor", "testdata", "__pycache__"}, d.Name())):
				return fs.SkipDir
			}
			return nil
		})
		return names
	})
}
