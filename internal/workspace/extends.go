package workspace

import (
	"io/fs"
	"path"
	"slices"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
)

// Extended names a service of a compose file below the top of a repository.
type Extended struct{ File, Service string }

// Chains follows services of compose files to what they extend. It reads each file once
// and is for one goroutine.
type Chains struct {
	files fs.FS
	docs  map[string]*compose.Document // nil for a file that cannot be read
}

// NewChains looks at the compose files of a repository.
func NewChains(files fs.FS) *Chains {
	return &Chains{files: files, docs: map[string]*compose.Document{}}
}

// Of lists what a service extends, directly or through others, in its own file and in
// other ones, the nearest first. A file that cannot be read ends the list.
func (c *Chains) Of(file, service string) []Extended {
	var out []Extended
	for at := (Extended{file, service}); ; {
		o := c.outline(at)
		if o.ExtendsService == "" {
			return out
		}
		next := Extended{at.File, o.ExtendsService}
		if o.ExtendsFile != "" {
			next.File = path.Join(path.Dir(at.File), o.ExtendsFile)
		}
		if slices.Contains(out, next) {
			return out // compose refuses a circle
		}
		out, at = append(out, next), next
	}
}

func (c *Chains) outline(e Extended) compose.Outline {
	doc, ok := c.docs[e.File]
	if !ok {
		doc, _ = readCompose(c.files, e.File, e.File)
		c.docs[e.File] = doc
	}
	if doc == nil {
		return compose.Outline{}
	}
	services := doc.Services()
	i := slices.IndexFunc(services, func(o compose.Outline) bool { return o.Name == e.Service })
	if i < 0 {
		return compose.Outline{}
	}
	return services[i]
}
