package compose

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

func differences(a, b any, at string, out *[]string) {
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

// unordered reports whether the order of a service's list means nothing: what a base and
// what lies over it add to it may come in either order.
func unordered(at string) bool {
	switch at[strings.LastIndexByte(at, '.')+1:] {
	case "security_opt", "cap_add", "cap_drop", "tmpfs":
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
