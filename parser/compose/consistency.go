package compose

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// Compose checks, when it starts a project, what no schema says: that a target is
// mounted once, that limits which are given twice are equal, that networks are there.
// A model with variables cannot be checked as it is, and may be wrong where it stands
// before anything is changed. So what is compared are the complaints before and after:
// a new one refuses the change.

// aspects are the keys of a service that compose-go compares with each other.
var aspects = [][]string{
	{"tmpfs", "volumes"},
	{"networks", "network_mode"},
	{"deploy", "scale", "container_name", "cpus", "mem_limit", "mem_reservation", "memswap_limit", "pids_limit"},
	{"secrets"},
	{"configs"},
	{"ports"},
	{"healthcheck"},
	{"depends_on"},
}

// consistentAs fails when compose has a complaint of the project that it did not have
// before.
func (p *Project) consistentAs(before *Project) error {
	changed := p.changedAspects(before)
	if len(changed) == 0 || p.check(changed) == nil { // at once, which is all that most changes need
		return nil
	}
	old := before.troubles()
	for _, name := range slices.Sorted(maps.Keys(changed)) {
		for _, aspect := range changed[name] {
			if err := p.check(aspectsOf{name: {aspect}}); err != nil && old[trouble(name, aspect)] == "" {
				return err
			}
		}
	}
	return nil
}

// aspectsOf are aspects of services, by their names.
type aspectsOf map[string][][]string

// others reports whether an aspect speaks of other services.
func (a aspectsOf) others() bool {
	for _, list := range a {
		for _, aspect := range list {
			if aspect[0] == "depends_on" || aspect[0] == "networks" {
				return true
			}
		}
	}
	return false
}

// changedAspects are those that mean something else than before. All may, when what they
// refer to is defined in another way.
func (p *Project) changedAspects(before *Project) aspectsOf {
	out := aspectsOf{}
	all := !slices.Equal(p.Model.definitions(), before.Model.definitions())
	for name := range p.Model.services() {
		a, _ := p.Model.services()[name].(map[string]any)
		b, _ := before.Model.services()[name].(map[string]any)
		for _, aspect := range aspects {
			if all || slices.ContainsFunc(aspect, func(key string) bool { return !reflect.DeepEqual(a[key], b[key]) }) {
				out[name] = append(out[name], aspect)
			}
		}
	}
	return out
}

// definitions names what services refer to.
func (m Model) definitions() []string {
	var out []string
	for _, kind := range []string{"services", "networks", "volumes", "secrets", "configs"} {
		defined, _ := m[kind].(map[string]any)
		for name := range defined {
			out = append(out, kind+" "+name)
		}
	}
	slices.Sort(out)
	return out
}

// troubles are compose's complaints of each aspect of each service. They are found
// when they are asked for.
func (p *Project) troubles() map[string]string {
	p.complaining.Do(func() {
		p.complaints = map[string]string{}
		for _, name := range slices.Sorted(maps.Keys(p.Model.services())) {
			for _, aspect := range aspects {
				if err := p.check(aspectsOf{name: {aspect}}); err != nil {
					p.complaints[trouble(name, aspect)] = err.Error()
				}
			}
		}
	})
	return p.complaints
}

func trouble(service string, aspect []string) string { return service + " " + aspect[0] }

// check lets compose-go judge aspects of services.
func (p *Project) check(of aspectsOf) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("compose-go fails: %v", p)
		}
	}()
	dict := map[string]any{}
	for _, key := range []string{"networks", "volumes", "secrets", "configs"} {
		if v, ok := p.Model[key].(map[string]any); ok {
			dict[key] = defined(v)
		}
	}
	all := map[string]any{}
	for name := range p.Model.services() {
		if of[name] != nil || of.others() {
			all[name] = map[string]any{"image": "x"}
		}
	}
	for name, list := range of {
		from, _ := p.Model.services()[name].(map[string]any)
		to, _ := all[name].(map[string]any)
		for _, aspect := range list {
			for _, key := range aspect {
				if v, ok := decodable(from[key], key); ok {
					to[key] = v
				}
			}
		}
	}
	dict["services"] = all
	options := &loader.Options{SkipResolveEnvironment: true, SkipResolveLabels: true, Profiles: []string{"*"}}
	_, err = loader.ModelToProject(dict, options, types.ConfigDetails{WorkingDir: "/", Environment: types.Mapping{}})
	return err
}

// defined keeps what is defined, without what it is.
func defined(m map[string]any) map[string]any {
	out := make(map[string]any, len(m))
	for name := range m {
		out[name] = map[string]any{"external": true}
	}
	return out
}

// decodable is a copy of a value that compose-go's types take: a limit that is a
// variable is a number, which differs from every other one; other variables are left
// out, and so are short forms that compose-go left as they are because of one.
func decodable(v any, key string) (any, bool) {
	switch x := v.(type) {
	case nil:
		return nil, false
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, e := range x {
			if d, ok := decodable(e, k); ok {
				out[k] = d
			} else if e == nil {
				out[k] = nil
			}
		}
		return out, true
	case []any:
		out := make([]any, 0, len(x))
		for _, e := range x {
			_, short := e.(string)
			if d, ok := decodable(e, ""); ok && (!short || key != "ports" && key != "volumes") {
				out = append(out, d)
			}
		}
		return out, true
	case string:
		if !strings.Contains(x, "$") {
			return x, true
		}
		switch key {
		case "cpus", "mem_limit", "mem_reservation", "pids_limit", "memory", "pids":
			return unknownLimit, true
		}
		return nil, false
	}
	return v, true
}

// unknownLimit stands for a limit that a variable holds.
const unknownLimit = 1
