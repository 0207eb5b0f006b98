package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/bulkhead-dev/bulkhead/transform"
)

func everythingAt(t *testing.T, dir string) *Settings {
	t.Helper()
	files := fstest.MapFS{dir + "/" + FileName: {Data: []byte(everything)}}
	s, err := Find(files, dir+"/services/legacy", "shown/services/legacy", []string{"package-cache", "non-root-user"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestOptions: the command line counts before the last path that matches, that before the whole
// project, and that before what there is without a file.
func TestOptions(t *testing.T) {
	s := everythingAt(t, "mono")
	run := transform.Options{Level: transform.LevelStandard, User: transform.DefaultUser}
	for name, want := range map[string]string{
		"mono/Dockerfile":                      "safe state off 20000:20001 distroless 1 true",
		"mono/services/legacy/Dockerfile":      "strict state off 20000:20001 distroless 1 true",
		"mono/services/legacyx/Dockerfile":     "safe state off 20000:20001 distroless 1 true",
		"mono/services/legacy/Dockerfile.test": "strict workdir on 20000:5 distroless 1 false",
		"mono/tools/a/b/Dockerfile":            "safe workdir on 20000:5 distroless 1 false",
	} {
		o := s.Options(name, run, nil)
		if got := fmt.Sprintf("%v %s %v %d:%d %s %d %v", o.Level, ownerships[o.Ownership], Switch(!o.NoComments), o.User.UID, o.User.GID, o.Base, o.Networks, o.SecretsToEnv); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	run.Level, run.User.GID = transform.LevelStrict, 7
	given := func(option string) bool {
		return slices.Contains([]string{"level", "gid", "networks", "secrets", "base"}, option)
	}
	o := s.Options("mono/Dockerfile", run, given)
	if o.Level != transform.LevelStrict || o.User.GID != 7 || o.User.UID != 20000 || o.Networks != transform.NetworksTiers || o.SecretsToEnv || o.Base != "" {
		t.Errorf("the command line does not count first: %+v", o)
	}
	if o := new(Settings).Options("a", run, nil); o.Level != transform.LevelStrict || o.User != run.User {
		t.Errorf("without a file: %+v", o)
	}
}

func TestOff(t *testing.T) {
	s := everythingAt(t, "mono")
	for _, c := range []struct{ rule, name, want string }{
		{"package-cache", "mono/Dockerfile", "shown/.bulkhead.yaml:8: off for the whole project"},
		{"package-cache", "mono/services/legacy/Dockerfile", ""},
		{"non-root-user", "mono/services/legacy/a/Dockerfile", "shown/.bulkhead.yaml:13: is replaced next year"},
		{"non-root-user", "mono/Dockerfile", ""},
	} {
		if got := s.Off(c.rule, c.name); got != c.want {
			t.Errorf("%s at %s: %q, want %q", c.rule, c.name, got, c.want)
		}
	}
}

func TestEffective(t *testing.T) {
	s := everythingAt(t, "mono")
	run := transform.Options{Level: transform.LevelStandard, User: transform.DefaultUser}
	given := func(option string) bool { return option == "uid" }
	var got []string
	for _, x := range s.Effective("mono/services/legacy/Dockerfile", run, given, []string{"package-cache", "non-root-user"}) {
		got = append(got, strings.Join([]string{x.Name, x.Value, x.From}, " | "))
	}
	want := []string{
		"level | strict | shown/.bulkhead.yaml:11", "ownership | state | shown/.bulkhead.yaml:2",
		"base | distroless | shown/.bulkhead.yaml:3", "networks | two | shown/.bulkhead.yaml:4", "secrets | env | shown/.bulkhead.yaml:5",
		"user.uid | 10001 | --uid", "user.gid | 20001 | shown/.bulkhead.yaml:7", "comments | off | shown/.bulkhead.yaml:6",
		"rules.package-cache | on | shown/.bulkhead.yaml:13", "rules.non-root-user | off | shown/.bulkhead.yaml:13",
		"limits.db | memory 1.5 GB, cpus 2 | shown/.bulkhead.yaml:21", "limits.default | memory 512m, pids 100 | shown/.bulkhead.yaml:20",
		"observation of web | writes /tmp | shown/.bulkhead.yaml:23", "observation of web | read-only | shown/.bulkhead.yaml:24",
		"knowledge of registry.example.com/queue | the project's own | shown/.bulkhead.yaml:27",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, x := range new(Settings).Effective("a", run, nil, nil) {
		if x.From != "default" {
			t.Errorf("without a file %s is from %s", x.Name, x.From)
		}
	}
	use := s.Paths([]string{"mono/Dockerfile", "mono/services/legacy/Dockerfile", "mono/services/legacy/compose.yaml"})
	if len(use) != 2 || use[0].Files != 2 || use[1].Files != 0 || use[1].From != "shown/.bulkhead.yaml:14" {
		t.Errorf("paths: %+v", use)
	}
}
