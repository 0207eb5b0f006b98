package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// judgeCompose holds a rewritten compose file against the original. It shares no code
// with the rewriter: compose-go and the raw bytes are its witnesses, and what may change
// is written down in serviceMayChange and nowhere else.
func judgeCompose(before, after []byte) []Failure {
	var fs []Failure
	for _, comment := range missing(yamlComments(before), yamlComments(after)) {
		fs = append(fs, Failure{CommentLost, comment})
	}
	was, err := composeModel(before)
	if err != nil {
		return fs // a part of a project: the whole is judged by the pipeline's own gate
	}
	is, err := composeModel(after)
	if err != nil {
		return append(fs, Failure{Unparsable, err.Error()})
	}
	for _, place := range modelChanges(was, is) {
		fs = append(fs, Failure{ConfigLost, "the model changed at " + place})
	}
	return fs
}

// composeModel is what compose-go makes of one file.
func composeModel(text []byte) (map[string]any, error) {
	details := types.ConfigDetails{WorkingDir: "/", Environment: types.Mapping{}, ConfigFiles: []types.ConfigFile{{Filename: "compose.yaml", Content: text}}}
	return loader.LoadModelWithContext(context.Background(), details, func(o *loader.Options) {
		o.SetProjectName("corpus", true)
		o.SkipInterpolation, o.SkipInclude, o.SkipExtends, o.SkipResolveEnvironment = true, true, true, true
		o.SkipResolveLabels, o.SkipNormalization, o.SkipDefaultValues = true, true, true
		o.ResolvePaths = false
	})
}

// yamlComments lists what stands behind a # that starts a comment, in a line of its own or
// behind a value.
func yamlComments(text []byte) []string {
	var out []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\r\n")
		if body := strings.TrimSpace(line); strings.HasPrefix(body, "#") {
			out = append(out, body)
		} else if i := strings.LastIndex(line, " #"); i >= 0 {
			out = append(out, strings.TrimSpace(line[i:]))
		}
	}
	return out
}

// modelChanges lists the places at which a service says something else that hardening
// may not make it say, and everything outside of services.
func modelChanges(was, is map[string]any) []string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(union(was, is))) {
		if key != "services" && !(key == "networks" && was[key] == nil) && !(key == "secrets" && grown(was[key], is[key])) && fmt.Sprint(was[key]) != fmt.Sprint(is[key]) {
			out = append(out, key)
		}
	}
	before, _ := was["services"].(map[string]any)
	after, _ := is["services"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(union(before, after))) {
		a, _ := before[name].(map[string]any)
		b, _ := after[name].(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(union(a, b))) {
			if fmt.Sprint(a[key]) != fmt.Sprint(b[key]) && !serviceMayChange(key, a[key], b[key]) {
				out = append(out, "services."+name+"."+key)
			}
		}
	}
	return out
}

func union(a, b map[string]any) map[string]bool {
	out := map[string]bool{}
	for k := range a {
		out[k] = true
	}
	for k := range b {
		out[k] = true
	}
	return out
}

// serviceMayChange says what hardening may make of a key of a service: lists grow, what was not
// there is set, ports keep all but the address that they are bound to.
func serviceMayChange(key string, was, is any) bool {
	switch key {
	case "security_opt", "cap_drop", "cap_add", "tmpfs", "secrets":
		return contains(is, was)
	case "environment":
		return fromFiles(was, is)
	case "networks", "user", "read_only", "mem_limit", "mem_reservation", "pids_limit", "cpus":
		return was == nil
	case "deploy":
		return grown(was, is)
	case "ports":
		return fmt.Sprint(unbound(was)) == fmt.Sprint(unbound(is))
	}
	return false
}

// contains reports whether a list has all that another one, or a word, has.
func contains(list, part any) bool {
	items := func(v any) []string {
		if v == nil {
			return nil
		}
		if l, ok := v.([]any); ok {
			out := make([]string, len(l))
			for i, e := range l {
				out[i] = fmt.Sprint(e)
			}
			return out
		}
		return []string{fmt.Sprint(v)}
	}
	return len(missing(items(part), items(list))) == 0
}

// fromFiles reports whether the variables of an environment are what they were, but for
// those that a file is named for instead.
func fromFiles(was, is any) bool {
	before, after := variables(was), variables(is)
	for name, value := range before {
		if after[name] == value {
			delete(after, name)
			continue
		}
		if _, kept := after[name]; kept {
			return false
		}
		file := name + "_FILE"
		if _, ok := after[file]; !ok {
			file = name + "__FILE"
		}
		if !strings.HasPrefix(after[file], "/run/secrets/") {
			return false
		}
		delete(after, file)
	}
	return len(after) == 0
}

// variables are those of an environment in either form, as NAME=value or NAME alone.
func variables(environment any) map[string]string {
	out := map[string]string{}
	switch v := environment.(type) {
	case map[string]any:
		for name, value := range v {
			out[name] = fmt.Sprint(value)
		}
	case []any:
		for _, e := range v {
			name, value, _ := strings.Cut(fmt.Sprint(e), "=")
			out[name] = value
		}
	}
	return out
}

// grown reports whether a mapping has all that it had.
func grown(was, is any) bool {
	a, ok := was.(map[string]any)
	if !ok {
		return was == nil || fmt.Sprint(was) == fmt.Sprint(is)
	}
	b, _ := is.(map[string]any)
	for key := range a {
		if !grown(a[key], b[key]) {
			return false
		}
	}
	return true
}

// unbound are ports without the addresses of the host.
func unbound(ports any) []any {
	list, _ := ports.([]any)
	var out []any
	for _, p := range list {
		switch v := p.(type) {
		case map[string]any:
			v = maps.Clone(v)
			delete(v, "host_ip")
			out = append(out, v)
		default:
			text := fmt.Sprint(v)
			for _, ip := range []string{"127.0.0.1:", "0.0.0.0:", "[::1]:", "[::]:"} {
				text = strings.TrimPrefix(text, ip)
			}
			out = append(out, strings.TrimPrefix(text, ":"))
		}
	}
	return out
}
