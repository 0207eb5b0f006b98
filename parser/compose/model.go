package compose

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/override"
	"github.com/compose-spec/compose-go/v2/types"
)

// Model is what compose files mean together, as compose-go merges them: short forms
// are long ones, fragments are merged in, variables stay as they are written.
type Model map[string]any

// Reader reads another file of the project, such as one that a service extends. The
// name is relative to the directory of the compose files.
type Reader func(name string) ([]byte, error)

// loadModel lets compose-go judge the files. Nothing but them and what they extend is
// read, no environment counts and nothing is fetched.
func loadModel(files []*Document, read Reader) (model Model, err error) {
	defer func() {
		if p := recover(); p != nil {
			model, err = nil, fmt.Errorf("compose-go fails: %v", p)
		}
	}()
	// Extending across files would let compose-go read them itself, wherever they are.
	foreign := extendsFiles(files)
	details := types.ConfigDetails{WorkingDir: "/", Environment: types.Mapping{}}
	for _, d := range files {
		details.ConfigFiles = append(details.ConfigFiles, types.ConfigFile{Filename: d.Source.Name(), Content: d.Source.Bytes()})
	}
	model, err = judge(details, foreign)
	if err != nil {
		return nil, err
	}
	if foreign {
		err = model.extend(read)
	}
	return model, err
}

// extendsFiles reports whether a service extends one of another file.
func extendsFiles(files []*Document) bool {
	for _, d := range files {
		services := Child(d.Root, "services")
		if services == nil {
			continue
		}
		for i := 1; i < len(services.Content); i += 2 {
			if Child(Child(services.Content[i], "extends"), "file") != nil {
				return true
			}
		}
	}
	return false
}

// extend merges what services extend into them.
func (m Model) extend(read Reader) error {
	for name, s := range m.services() {
		merged, err := extended(s, m, ".", read, 0)
		if err != nil {
			return fmt.Errorf("service %q: %w", name, err)
		}
		m.services()[name] = merged
	}
	return nil
}

// maxExtends bounds chains of services that extend each other.
const maxExtends = 16

func extended(service any, of Model, dir string, read Reader, depth int) (any, error) {
	s, _ := service.(map[string]any)
	if s["extends"] == nil {
		return service, nil
	}
	if depth == maxExtends {
		return nil, fmt.Errorf("it extends itself")
	}
	ref, _ := s["extends"].(map[string]any)
	base, _ := ref["service"].(string)
	if file, ok := ref["file"].(string); ok {
		dir = path.Join(dir, path.Dir(file))
		var err error
		if of, err = readModel(path.Join(dir, path.Base(file)), read); err != nil {
			return nil, err
		}
	}
	parent, ok := of.services()[base]
	if !ok {
		return nil, fmt.Errorf("it extends %s, which is not there", base)
	}
	from, _ := cloneValue(parent).(map[string]any)
	rebase(from, dir)
	parent, err := extended(from, of, dir, read, depth+1)
	if err != nil {
		return nil, err
	}
	from, _ = parent.(map[string]any)
	merged, err := override.ExtendService(cloneValue(from).(map[string]any), s)
	if err != nil {
		return nil, err
	}
	delete(merged, "extends")
	return merged, nil
}

// rebase makes the paths of a service of another directory relative to the project's.
func rebase(service map[string]any, dir string) {
	if dir == "." {
		return
	}
	if b, ok := service["build"].(map[string]any); ok && !strings.Contains(text(b["context"]), "://") {
		b["context"] = rebased(cmp.Or(text(b["context"]), "."), dir)
	}
	volumes, _ := service["volumes"].([]any)
	for _, v := range volumes {
		if m, ok := v.(map[string]any); ok && text(m["type"]) == "bind" {
			m["source"] = rebased(text(m["source"]), dir)
		}
	}
}

func rebased(name, dir string) string {
	if path.IsAbs(name) || strings.HasPrefix(name, "$") || strings.HasPrefix(name, "~") {
		return name
	}
	if name = path.Join(dir, name); !strings.HasPrefix(name, "../") {
		name = "./" + name
	}
	return name
}

// errBeyond is the refusal of a file that is not part of the repository.
var errBeyond = errors.New("that file cannot be read")

// readModel loads a file that a service extends.
func readModel(name string, read Reader) (Model, error) {
	if read == nil || path.IsAbs(name) || strings.Contains(name, "$") {
		return nil, fmt.Errorf("it extends %s: %w", name, errBeyond)
	}
	text, err := read(name)
	if err != nil {
		return nil, fmt.Errorf("it extends %s: %w: %w", name, errBeyond, err)
	}
	details := types.ConfigDetails{WorkingDir: "/", Environment: types.Mapping{}, ConfigFiles: []types.ConfigFile{{Filename: name, Content: text}}}
	return judge(details, true)
}

// judge lets compose-go say what files mean: nothing else is read, and no service is left
// out for a profile.
func judge(details types.ConfigDetails, skipExtends bool) (Model, error) {
	return loader.LoadModelWithContext(context.Background(), details, func(o *loader.Options) {
		o.SetProjectName("project", true)
		o.SkipInterpolation = true
		o.SkipInclude = true
		o.SkipExtends = skipExtends
		o.SkipResolveEnvironment = true
		o.SkipResolveLabels = true
		o.SkipNormalization = true
		o.SkipDefaultValues = true
		o.ResolvePaths = false
		o.Profiles = []string{"*"}
	})
}

func (m Model) services() map[string]any {
	s, _ := m["services"].(map[string]any)
	return s
}

// cloneValue copies a part of a model.
func cloneValue(v any) any {
	switch x := v.(type) {
	case Model:
		return Model(cloneValue(map[string]any(x)).(map[string]any))
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, e := range x {
			out[k] = cloneValue(e)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = cloneValue(e)
		}
		return out
	}
	return v
}

// Differences lists the places, as dotted paths, at which two models differ.
func Differences(a, b Model) []string {
	var out []string
	differences(map[string]any(a), map[string]any(b), "", &out)
	return out
}
