package config

import (
	"fmt"

	"github.com/agext/levenshtein"
)

// Nearest gives the name that was probably meant, "" when none is near.
func Nearest(name string, names []string) string {
	best, at := "", 1+max(2, len(name)/2)
	for _, n := range names {
		if d := levenshtein.Distance(name, n, nil); d < at {
			best, at = n, d
		}
	}
	return best
}

// Suggest is the hint of a complaint about an unknown rule.
func Suggest(name string, names []string) string {
	if n := Nearest(name, names); n != "" {
		return fmt.Sprintf("did you mean %s?", n)
	}
	return "`bulkhead rules` lists them"
}
