// Package buildkit holds what we write against `docker buildx build --check`: BuildKit's own linter,
// without an engine. It is a module of its own, for it needs much of BuildKit that nothing else does.
package buildkit

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/tools/txtar"

	"github.com/bulkhead-dev/bulkhead/internal/pipeline"
	"github.com/bulkhead-dev/bulkhead/internal/workspace"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/image"
)

// noRegistry stands for the registry that `docker buildx build --check` asks for base images: all
// of them are there, and say nothing of themselves.
type noRegistry struct{}

func (noRegistry) ResolveImageConfig(_ context.Context, ref string, _ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	config, err := json.Marshal(ocispecs.Image{Platform: ocispecs.Platform{OS: "linux", Architecture: "amd64"}})
	return ref, digest.FromBytes(config), config, err
}

// checked is what `docker buildx build --check` says of a Dockerfile: the rule and the text of each
// warning, or an error.
func checked(ctx context.Context, text string) ([]string, error) {
	source := llb.NewSourceMap(nil, "Dockerfile", "Dockerfile", []byte(text))
	source.Definition = &llb.Definition{}
	platform := ocispecs.Platform{OS: "linux", Architecture: "amd64"}
	result, err := dockerfile2llb.DockerfileLint(ctx, []byte(text), dockerfile2llb.ConvertOpt{
		Config: dockerui.Config{BuildPlatforms: []ocispecs.Platform{platform}}, MetaResolver: noRegistry{}, TargetPlatform: &platform,
		SourceMap: source,
	})
	if err != nil {
		return nil, err
	}
	if result.Error != nil {
		return nil, errors.New(result.Error.Message)
	}
	var out []string
	for _, w := range result.Warnings {
		out = append(out, w.RuleName)
	}
	slices.Sort(out)
	return out, nil
}

// compareChecks compares the checks of a Dockerfile before and after, and names what is new. It
// reports whether there was anything to compare.
func compareChecks(t *testing.T, before, after string) bool {
	t.Helper()
	was, err := checked(t.Context(), before)
	if err != nil {
		return false // BuildKit would not build it either way: a base from a variable, or a file for another frontend
	}
	is, err := checked(t.Context(), after)
	if err != nil {
		t.Errorf("BuildKit builds it no longer: %v\n%s", err, after)
		return true
	}
	// A stage that is split has some of its author's lines twice, and what is said of them.
	is = slices.DeleteFunc(is, func(rule string) bool { return slices.Contains(was, rule) })
	if len(is) > 0 {
		t.Errorf("docker buildx build --check finds %s, which it did not find before:\n%s", strings.Join(is, ", "), after)
	}
	return true
}

// TestCheckOfGoldens: `docker buildx build --check` has nothing to say of a golden output that
// it did not say of its input.
func TestCheckOfGoldens(t *testing.T) {
	compared := 0
	for _, r := range image.Rules() {
		paths, err := filepath.Glob(filepath.Join("..", "..", "..", "fixtures", "rules", r.ID, "*.txtar"))
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s has no golden cases: %v", r.ID, err)
		}
		for _, path := range paths {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files := map[string]string{}
			for _, f := range a.Files {
				files[f.Name] = string(f.Data)
			}
			if files["after"] == "" {
				continue
			}
			t.Run(r.ID+"/"+filepath.Base(path), func(t *testing.T) {
				if compareChecks(t, files["before"], files["after"]) {
					compared++
				}
			})
		}
	}
	t.Logf("%d golden outputs compared", compared)
	if compared < 50 {
		t.Errorf("%d cases were compared", compared)
	}
}

// TestCheckOfApplications does the same with the applications, at every level.
func TestCheckOfApplications(t *testing.T) {
	found, err := workspace.Discover(t.Context(), []string{filepath.Join("..", "..", "..", "fixtures", "apps")})
	if err != nil {
		t.Fatal(err)
	}
	for _, level := range []transform.Level{transform.LevelSafe, transform.LevelStandard, transform.LevelStrict} {
		opts := pipeline.Options{Rules: image.Rules(), Transform: transform.Options{Level: level, User: transform.DefaultUser}}
		for r := range pipeline.Run(t.Context(), found.Files, opts) {
			if r.Err == nil && r.File.Kind == workspace.Dockerfile && r.Before != r.After {
				t.Run(level.String()+"/"+r.File.Rel, func(t *testing.T) { compareChecks(t, string(r.Before.Bytes()), string(r.After.Bytes())) })
			}
		}
	}
}

// TestChecked: the check is the one that people run.
func TestChecked(t *testing.T) {
	got, err := checked(t.Context(), "FROM debian:12 as x\nMAINTAINER x\nCMD run me\n")
	if want := []string{"FromAsCasing", "JSONArgsRecommended", "MaintainerDeprecated"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if _, err := checked(t.Context(), "FROM debian:12\nCOPY --from=nowhere --chown= a b c\nRUNE\n"); err == nil {
		t.Error("anything passes")
	}
}
