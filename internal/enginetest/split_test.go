package enginetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/internal/engine"
)

var (
	purgeApplied = regexp.MustCompile(`(?m)^ *(\S+):\d+:\d+ +build-packages +applied`)
	splitOutcome = regexp.MustCompile(`(?m)^ *(\S+):\d+:\d+ +split-stages +(applied|to apply|refused|held back)(.*)$`)
	stageBase    = regexp.MustCompile(`(?mi)^FROM +(?:--\S+ +)?(\S+)`)
)

// splits sums up what became of split-stages: yes, or why not.
func (r report) splits() string {
	var out []string
	for _, m := range splitOutcome.FindAllStringSubmatch(r.text, -1) {
		text := "yes"
		if m[2] != "applied" && m[2] != "to apply" {
			text = m[2]
			if i := strings.LastIndex(m[3], "["); i >= 0 {
				text += ": " + strings.TrimSuffix(m[3][i+1:], "]")
			}
		}
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return strings.Join(out, ", ")
}

// split reports whether a Dockerfile was split.
func (r report) split(dockerfile string) bool {
	for _, m := range splitOutcome.FindAllStringSubmatch(r.text, -1) {
		if m[2] == "applied" && filepath.Clean(m[1]) == filepath.Clean(dockerfile) {
			return true
		}
	}
	return false
}

// purged reports whether a Dockerfile's build-only packages leave in the RUN that uses them.
func (r report) purged(dockerfile string) bool {
	return slices.ContainsFunc(purgeApplied.FindAllStringSubmatch(r.text, -1), func(m []string) bool {
		return filepath.Clean(m[1]) == filepath.Clean(dockerfile)
	})
}

// leftBehind looks into the images whose stages were split, or purge what they build with: what
// only a build needs must not be there, but for what the base of the image has.
func (a *app) leftBehind(p *engine.Project, r report) {
	for _, service := range p.Built() {
		file := p.Dockerfile(service)
		if !r.split(file) && !r.purged(file) {
			continue
		}
		shipped, err := a.session.Contents(a.ctx, p.Image(service))
		a.must("its image cannot be read", err)
		base := a.contentsOfBase(file)
		for what, list := range map[string][]string{"compilers": beside(shipped.Compilers, base.Compilers), "headers": beside(shipped.Headers, base.Headers), "package managers": managersBeside(shipped, base)} {
			if len(list) > 0 {
				a.t.Errorf("%s: hardened, the image of %s has %d %s: %v", a.name, service, len(list), what, list[:min(len(list), 8)])
			}
		}
	}
	if a.row.split == "yes" && a.row.after.size >= a.row.before.size {
		a.t.Errorf("%s: split, its image grew from %s to %s", a.name, megabytes(a.row.before.size), megabytes(a.row.after.size))
	}
}

// contentsOfBase looks into the image that the last stage of a file is built on.
func (a *app) contentsOfBase(file string) *engine.Contents {
	text, err := os.ReadFile(file)
	a.must("its Dockerfile cannot be read", err)
	bases := stageBase.FindAllStringSubmatch(string(text), -1)
	name := bases[len(bases)-1][1]
	if strings.Contains(name, "$") || name == "scratch" {
		return &engine.Contents{}
	}
	c, err := a.session.Contents(a.ctx, name)
	a.must("the base of its image cannot be read", err)
	return c
}

// beside are the names that a base has not.
func beside(list, base []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(name string) bool { return slices.Contains(base, name) })
}

// managersBeside are the package managers that an image has and its base has not. The
// pip of a virtual environment is a part of it.
func managersBeside(shipped, base *engine.Contents) []string {
	var out []string
	for _, name := range beside(shipped.Managers, base.Managers) {
		if ofEnvironment := strings.HasPrefix(filepath.Base(name), "pip") && !strings.HasPrefix(name, "/usr/"); !ofEnvironment {
			out = append(out, name)
		}
	}
	return out
}

// unsplit are the applications that are not split, and why not where that is said: their
// stages ship nothing that a build needs, or are not understood.
var unsplit = map[string]string{
	"c-make": "refused: ecosystem", "php-fpm": "refused: ecosystem", "rust": "refused: ecosystem",
	"flask": "", "flaskr": "", "java": "", "nginx": "", "php": "", "six": "", "vite": "", "worker": "",
}

// TestApplicationsSplit: all others are, so that the suite looks into what they ship.
func TestApplicationsSplit(t *testing.T) {
	entries, err := os.ReadDir(appsDir)
	if err != nil {
		t.Fatal(err)
	}
	bulkhead := buildBulkhead(t.Context(), t)
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		out, err := exec.CommandContext(t.Context(), bulkhead, "diff", "--verbose", filepath.Join(appsDir, e.Name())).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", e.Name(), err, out)
		}
		want, ok := unsplit[e.Name()]
		if !ok {
			want = "yes"
		}
		if got := readReport(string(out)).splits(); got != want {
			t.Errorf("%s: split %q, not %q\n%s", e.Name(), got, want, out)
		}
	}
}

func TestSplits(t *testing.T) {
	r := readReport(`app
  /a/gems/Dockerfile:2:5 build-packages  applied  make is purged in the RUN that uses it
  /a/Dockerfile:1:1      split-stages  applied  split into the stages builder and runtime
  /a/api/Dockerfile:3:1  split-stages  refused  the image ships what it was built with: what ./build does is not known [opaque-command]
`)
	if got, want := r.splits(), "yes, refused: opaque-command"; got != want {
		t.Errorf("it says %q, not %q", got, want)
	}
	if !r.split("/a/Dockerfile") || r.split("/a/api/Dockerfile") {
		t.Error("it mistakes one file for the other")
	}
	if !r.purged("/a/gems/Dockerfile") || r.purged("/a/Dockerfile") {
		t.Error("it mistakes one file for the other where packages are purged")
	}
	left := managersBeside(&engine.Contents{Managers: []string{"/opt/venv/bin/pip", "/usr/bin/apt", "/usr/bin/pip", "/usr/local/bin/yarn"}}, &engine.Contents{Managers: []string{"/usr/bin/apt"}})
	if !slices.Equal(left, []string{"/usr/bin/pip", "/usr/local/bin/yarn"}) {
		t.Errorf("it sees %v", left)
	}
}
