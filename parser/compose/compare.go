package compose

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

func differences(a, b any, at string, out *[]string) {
	a, b = inOneForm(a, at), inOneForm(b, at)
	switch x := a.(type) {
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			keys := map[string]bool{}
			for k := range x {
				keys[k] = true
			}
			for k := range y {
				keys[k] = true
			}
			for _, k := range slices.Sorted(maps.Keys(keys)) {
				differences(x[k], y[k], join(at, k), out)
			}
			return
		}
	case []any:
		if y, ok := b.([]any); ok && len(x) == len(y) {
			if unordered(at) {
				x, y = sorted(x), sorted(y)
			}
			for i := range x {
				differences(x[i], y[i], fmt.Sprintf("%s[%d]", at, i), out)
			}
			return
		}
	}
	if text(a) != text(b) {
		*out = append(*out, at)
	}
}

// inOneForm gives what compose-go leaves in one of several forms in always the same: the
// environment of a service as a mapping, its secrets as mappings.
func inOneForm(v any, at string) any {
	if v == nil || strings.Count(at, ".") < 2 || !strings.HasPrefix(at, "services.") {
		return v
	}
	switch at[strings.LastIndexByte(at, '.')+1:] {
	case "environment":
		return variablesOf(v)
	case "secrets":
		list, _ := v.([]any)
		out := slices.Clone(list)
		for i, e := range out {
			if name, ok := e.(string); ok {
				out[i] = map[string]any{"source": name}
			}
		}
		return out
	}
	return v
}

// variablesOf are the variables of an environment, which may be a list of NAME=value. One
// without a value is nil.
func variablesOf(environment any) map[string]any {
	out := map[string]any{}
	switch v := environment.(type) {
	case map[string]any:
		return maps.Clone(v)
	case []any:
		for _, e := range v {
			if name, value, given := strings.Cut(text(e), "="); given {
				out[name] = value
			} else {
				out[name] = nil
			}
		}
	}
	return out
}

// unordered reports whether the order of a service's list means nothing: what a base and
// what lies over it add to it may come in either order.
func unordered(at string) bool {
	switch at[strings.LastIndexByte(at, '.')+1:] {
	case "security_opt", "cap_add", "cap_drop", "tmpfs", "secrets":
		return strings.HasPrefix(at, "services.")
	}
	return false
}

func sorted(list []any) []any {
	out := slices.Clone(list)
	slices.SortFunc(out, func(a, b any) int { return strings.Compare(text(a), text(b)) })
	return out
}

func join(at, key string) string {
	if at == "" {
		return key
	}
	return at + "." + key
}

// text is a scalar as it is compared: 64 and "64" mean the same to compose.
func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprintf("%v", v)
}
