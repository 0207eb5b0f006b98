package hazards_test

import (
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/internal/hazards"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	bk "github.com/moby/buildkit/frontend/dockerfile/parser"
)

// TestFiles: a hazard that BuildKit does not take would test nothing.
func TestFiles(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range hazards.Files {
		if seen[f.Name] {
			t.Errorf("%s: the name is taken twice", f.Name)
		}
		seen[f.Name] = true
		if err := build(f.Text); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	for _, f := range hazards.Refused {
		if build(f.Text) == nil {
			t.Errorf("%s: BuildKit takes it", f.Name)
		}
	}
}

func build(text string) error {
	result, err := bk.Parse(strings.NewReader(text))
	if err != nil {
		return err
	}
	_, _, err = instructions.Parse(result.AST, linter.New(&linter.Config{SkipAll: true}))
	return err
}
