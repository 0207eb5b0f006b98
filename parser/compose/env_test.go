package compose_test

import (
	"slices"
	"testing"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
)

func TestEnvLines(t *testing.T) {
	got := compose.EnvLines("# A=0\n\n A = 1 \nexport B='two'\r\nC\nD=\nE=a=b\n")
	want := []compose.Variable{{"A", "1", true}, {"B", "'two'", true}, {"D", "", true}, {"E", "a=b", true}}
	if !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}
