package enginetest

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/internal/engine"
)

// report is what the command said, as a user reads it.
type report struct {
	text    string
	refused string // why the user was not changed, or ""
	steps   []step
}

// step is one of "Before you deploy".
type step struct {
	paths []string // where the volumes are that it speaks of
	do    string   // the command, with VOLUME, PATH and IMAGE to fill in
}

var (
	refusedUser = regexp.MustCompile(`(?m)^.* non-root-user +refused +(.*)$`)
	deployStep  = regexp.MustCompile(`(?m)^ +if a volume or bind mount is on ([^;]+), its files still belong to root.*\n +do: +(.*)$`)
)

func readReport(text string) report {
	r := report{text: text}
	if m := refusedUser.FindStringSubmatch(text); m != nil {
		r.refused = m[1]
	}
	for _, m := range deployStep.FindAllStringSubmatch(text, -1) {
		r.steps = append(r.steps, step{strings.Split(m[1], ", "), m[2]})
	}
	return r
}

func TestReadReport(t *testing.T) {
	r := readReport(`Dockerfile:1:1  non-root-user  refused  nginx is a daemon

Before you deploy
  if a volume or bind mount is on /app/data, /app/media, its files still belong to root; hand each one to 10001:10001 (Dockerfile)
    do:    docker run --rm -v VOLUME:PATH IMAGE -R 10001:10001 PATH
    undo:  docker run --rm -v VOLUME:PATH IMAGE -R 0:0 PATH
`)
	if r.refused != "nginx is a daemon" || len(r.steps) != 1 || len(r.steps[0].paths) != 2 || r.steps[0].do != "docker run --rm -v VOLUME:PATH IMAGE -R 10001:10001 PATH" {
		t.Errorf("read %+v", r)
	}
	if !r.steps[0].speaksOf("/app/media") || r.steps[0].speaksOf("/srv") {
		t.Error("the wrong paths are spoken of")
	}
}

// harden runs `bulkhead fix` on the copy.
func (a *app) harden(dir string) report {
	out, err := exec.CommandContext(a.ctx, a.bulkhead, "fix", "--level", "standard", "--verbose", dir).CombinedOutput()
	if err != nil {
		a.t.Fatalf("%s: bulkhead fix: %v\n%s", a.name, err, out)
	}
	r := readReport(string(out))
	if strings.Contains(r.text, "Before you deploy") && len(r.steps) == 0 {
		a.t.Fatalf("%s: the steps before deployment are not understood:\n%s", a.name, out)
	}
	return r
}

// speaksOf reports whether the step is about a volume on a path.
func (s step) speaksOf(path string) bool {
	for _, p := range s.paths {
		if p == path || strings.HasPrefix(p, path+"/") || strings.HasPrefix(path, p+"/") {
			return true
		}
	}
	return false
}

// deploy does what "Before you deploy" says, and nothing else.
func (a *app) deploy(p *engine.Project, r report) {
	for _, service := range p.Built() {
		for path, volume := range p.Mounted(service) {
			for _, s := range r.steps {
				if !s.speaksOf(path) {
					continue
				}
				command := strings.NewReplacer("VOLUME", volume, "PATH", path, "IMAGE", p.Image(service)).Replace(s.do)
				if out, err := exec.CommandContext(a.ctx, "sh", "-c", command).CombinedOutput(); err != nil {
					a.t.Fatalf("%s: before the deployment, %s: %v\n%s", a.name, command, err, out)
				}
			}
		}
	}
}
