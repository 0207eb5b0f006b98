package image

import (
	"path"

	"github.com/bulkhead-dev/bulkhead/transform"
)

// projectText reads a file of the project: the one that lies in the container's directory, else
// that of the build context itself. A context may hold several projects.
func projectText(p *transform.Pass, name string) (string, bool) {
	if p.Files == nil {
		return "", false
	}
	if dir := p.Facts.Final().End().Workdir; dir != "" && dir != "/" {
		if file, _, ok := contextFile(p, path.Join(dir, name)); ok {
			if text, ok := transform.ReadBounded(p.Files, file); ok {
				return text, true
			}
		}
	}
	return transform.ReadBounded(p.Files, name)
}
