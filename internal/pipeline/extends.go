package pipeline

import (
	"path"
	"reflect"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
)

// extender is a service that extends one of another file: what that one gets, it gets too.
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
	for k, c := range j.compositions {
		if c.Err != nil {
			continue
		}
		for i, name := range c.Names {
			if !c.Answers(i) {
				continue
			}
			for _, o := range c.Project.Files[i].Services() {
				if o.ExtendsFile != "" {
					of := extended{path.Clean(o.ExtendsFile), o.ExtendsService}
					j.extenders[of] = append(j.extenders[of], extender{k, o.Name, name})
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
		view := j.compositions[e.composition].Project.Service(e.service)
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

// overHardened is a project over the hardened files that it extends.
func (j *composeJob) overHardened(p *compose.Project) (*compose.Project, error) {
	if j.opts.Override {
		return p, nil
	}
	texts := map[string][]byte{}
	for _, d := range p.Files {
		for _, o := range d.Services() {
			if doc := j.after[path.Clean(o.ExtendsFile)]; o.ExtendsFile != "" && doc != nil {
				texts[path.Clean(o.ExtendsFile)] = doc.Source.Bytes()
			}
		}
	}
	if len(texts) == 0 {
		return p, nil
	}
	return p.Over(texts)
}
