package compose

import (
	"fmt"
	"maps"
	"slices"
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
