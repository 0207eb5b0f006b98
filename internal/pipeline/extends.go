package pipeline

import (
	"path"
	"reflect"
	"slices"

	"github.com/bulkhead-dev/bulkhead/internal/workspace"
	"github.com/bulkhead-dev/bulkhead/parser/compose"
)

// extender is a service that extends one of another file, directly or through others:
// what that one gets, it gets too.
type extender struct {
	composition int
	service     string
	file        string // base name
}

// extended names a service of a file of the directory.
type extended struct{ file, service string }

// findExtenders gathers what the files of the directory extend of each other.
func (j *composeJob) findExtenders() {
	j.extenders = map[extended][]extender{}
	chains := workspace.NewChains(j.root.FS())
	for k, c := range j.compositions {
		if c.Err != nil {
			continue
		}
		for i, name := range c.Names {
			if !c.Answers(i) {
				continue
			}
			for _, o := range c.Project.Files[i].Services() {
				if o.ExtendsService == "" {
					continue
				}
				for _, e := range chains.Of(path.Join(j.dir.Dir, name), o.Name) {
					if file := path.Base(e.File); path.Dir(e.File) == j.dir.Dir && file != name {
						of := extended{file, e.Service}
						j.extenders[of] = append(j.extenders[of], extender{k, o.Name, name})
					}
				}
			}
		}
	}
}

// extendersOf are the services of other compositions that extend a service of a file.
// They are looked at when they come later and run the same image: then they are read
// over what the service became. Else why says that it has to stay as it is. An override
// file beside the project reaches none of them.
func (j *composeJob) extendersOf(index int, file string, s *compose.Service) (views []*compose.Service, why string) {
	if j.opts.Override {
		return nil, ""
	}
	if by := j.dir.Extended[file][s.Name]; by != "" {
		return nil, by + " extends it"
	}
	for _, e := range j.extenders[extended{file, s.Name}] {
		if e.composition == index {
			continue
		}
		shown := path.Join(j.dir.Shown, e.file)
		project, err := j.onHardened(j.compositions[e.composition]) // what lies between is hardened already
		if err != nil {
			return nil, shown + " extends it, and cannot be read any more: " + err.Error()
		}
		view := project.Service(e.service)
		switch {
		case view == nil:
			continue
		case e.composition < index:
			return nil, shown + " extends it, and is hardened itself"
		case view.Image() != s.Image() || !reflect.DeepEqual(view.Value("build"), s.Value("build")):
			return nil, e.service + " of " + shown + " extends it with another image"
		}
		views = append(views, view)
	}
	return views, ""
}

// overHardened is a project over the hardened files that it extends, directly or through
// others.
func (j *composeJob) overHardened(p *compose.Project) (*compose.Project, error) {
	extends := slices.ContainsFunc(p.Files, func(d *compose.Document) bool {
		return slices.ContainsFunc(d.Services(), func(o compose.Outline) bool { return o.ExtendsFile != "" })
	})
	if j.opts.Override || !extends || len(j.after) == 0 {
		return p, nil
	}
	texts := map[string][]byte{}
	for name, doc := range j.after {
		texts[name] = doc.Source.Bytes()
	}
	return p.Over(texts)
}
