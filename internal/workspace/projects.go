package workspace

import (
	"io/fs"
	"sync"
)

// Projects reads the compose files of directories and keeps the last few, as files that
// are near to each other are worked on one after the other. It may be used by several
// goroutines.
type Projects struct {
	// Chosen are paths below the top of the repository of the files that make up one
	// project by the user's word.
	Chosen []string

	mu    sync.Mutex
	kept  map[string]*dirProjects
	order []string
}

// dirProjects are the compositions of one directory, read when they are first asked for.
type dirProjects struct {
	once sync.Once
	list []*Composition
}

// maxKept is how many directories are kept.
const maxKept = 64

// In reads the compositions of a directory below a top; messages call it shown.
func (p *Projects) In(files fs.FS, top, dir, shown string) []*Composition {
	key := top + "\x00" + dir
	p.mu.Lock()
	d := p.kept[key]
	if d == nil {
		d = &dirProjects{}
		if p.kept == nil {
			p.kept = map[string]*dirProjects{}
		}
		p.kept[key] = d
		p.order = append(p.order, key)
		if len(p.order) > maxKept {
			delete(p.kept, p.order[0])
			p.order = p.order[1:]
		}
	}
	p.mu.Unlock()
	d.once.Do(func() { d.list = compositions(files, dir, shown, chosenIn(p.Chosen, dir)) })
	return d.list
}
