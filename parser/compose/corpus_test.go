package compose

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/parser"
)

// hardening is what rules add to a service that has none of it.
func hardening(s *Service) []Change {
	var out []Change
	if !strings.Contains(strings.Join(s.List("security_opt"), " "), "no-new-privileges") {
		out = append(out, Change{Service: s.Name, Path: []string{"security_opt"}, Items: Items("no-new-privileges:true")})
	}
	if !slices.Contains(s.List("cap_drop"), "ALL") {
		out = append(out, Change{Service: s.Name, Path: []string{"cap_drop"}, Items: []Item{{"ALL", "why"}}})
	}
	if !s.Has("deploy", "resources", "limits", "memory") {
		out = append(out, Change{Service: s.Name, Path: []string{"deploy", "resources", "limits"}, Pairs: []Pair{{Key: "memory", Value: "512M"}}})
	}
	return out
}

// hardenAll gives every service what it lacks, change by change, and tells what was refused.
func hardenAll(t testing.TB, p *Project) (after *Project, applied int, refused []error) {
	t.Helper()
	for i := range p.Services {
		for _, c := range hardening(p.Services[i]) {
			next, err := change(t, p, []Change{c})
			if err != nil {
				refused = append(refused, err)
				continue
			}
			p, applied = next, applied+1
		}
	}
	return p, applied, refused
}

// lost lists what is in one sorted list but not in another, as often.
func lost(before, after []string) []string {
	var out []string
	for _, line := range before {
		i, found := slices.BinarySearch(after, line)
		if !found {
			out = append(out, line)
			continue
		}
		after = slices.Delete(slices.Clone(after), i, i+1)
	}
	return out
}

// shares reports whether what a file says of one service may be said of others too.
var shares = regexp.MustCompile(`[&*]\S|<<|extends|include`)

// TestComposeCorpus hardens every service of every compose file below the directory
// that BULKHEAD_CORPUS names.
func TestComposeCorpus(t *testing.T) {
	root := os.Getenv("BULKHEAD_CORPUS")
	if root == "" {
		t.Skip("BULKHEAD_CORPUS names no directory")
	}
	counts := map[string]int{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(d.Name(), ".yml") && !strings.HasSuffix(d.Name(), ".yaml") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil || !composeFile.MatchString(d.Name()) && !hasServices.Match(text) {
			return err
		}
		counts["1 files"]++
		corpusFile(t, path, text, counts)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%5d  %s", counts[what], what)
	}
	if counts["3 changes applied"] == 0 {
		t.Error("nothing was edited")
	}
}

var (
	composeFile = regexp.MustCompile(`^(docker-)?compose[-_.]|[-.]compose\.`)
	hasServices = regexp.MustCompile(`(?m)^services:`)
)

func corpusFile(t *testing.T, path string, text []byte, counts map[string]int) {
	doc, err := Parse(parser.NewSource(filepath.Base(path), text))
	if err != nil {
		counts["2 refused by Parse: "+reasonOf(err)]++
		return
	}
	p, err := Load([]*Document{doc}, func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(filepath.Dir(path), name)) })
	if err != nil {
		counts["2 refused by Load: "+reasonOf(err)]++
		return
	}
	counts["2 loaded"]++
	after, applied, refused := hardenAll(t, p)
	counts["3 services"] += len(p.Services)
	counts["3 changes applied"] += applied
	if applied > 0 {
		counts["2 loaded, edited"]++
	}
	for _, err := range refused {
		counts["3 changes refused: "+reasonOf(err)]++
		if undeclared := new(errUndeclared); errors.As(err, undeclared) && !shares.Match(text) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if gone := lost(comments(text), comments(after.Files[0].Source.Bytes())); len(gone) > 0 {
		t.Errorf("%s: comments are lost: %q", path, gone)
	}
	if _, again, _ := hardenAll(t, after); again > 0 && !unshared(refused) {
		t.Errorf("%s: a second run makes %d changes", path, again)
	}
}

// unshared reports whether a change was refused that may be right once the services
// that share it got one of their own.
func unshared(refused []error) bool {
	return slices.ContainsFunc(refused, func(err error) bool { return errors.As(err, new(errUndeclared)) })
}

// reasonOf is an error without what is this file's own.
func reasonOf(err error) string {
	if undeclared := new(errUndeclared); errors.As(err, undeclared) {
		return "other services would get it too"
	}
	for _, known := range []error{ErrShared, ErrFlow, ErrPlace, ErrMeaning, ErrVersion1, ErrNoServices} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	text := err.Error()
	if at := new(parser.Error); errors.As(err, &at) {
		text = at.Msg
	}
	for _, part := range []string{"distinct values", "several YAML documents", "already mounted", "must be a", "not allowed", "no such file", "cannot be read here", "extend", "did not find", "mapping values", "given twice"} {
		if strings.Contains(text, part) {
			return "… " + part + " …"
		}
	}
	return fmt.Sprintf("%.70s", text)
}
