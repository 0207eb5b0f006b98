package enginetest

import (
	"cmp"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/internal/engine"
)

// report is what the command said, as a user reads it.
type report struct {
	text    string
	refused string   // why the user was not changed, or ""
	steps   []string // the commands of "Before you deploy"
}

var (
	refusedUser = regexp.MustCompile(`(?m)^.* non-root-user +refused +(.*)$`)
	deployStep  = regexp.MustCompile(`(?m)^ +do: +(.*)$`)
)

func readReport(text string) report {
	r := report{text: text}
	if m := refusedUser.FindStringSubmatch(text); m != nil {
		r.refused = m[1]
	}
	if _, steps, ok := strings.Cut(text, "Before you deploy"); ok {
		for _, m := range deployStep.FindAllStringSubmatch(steps, -1) {
			r.steps = append(r.steps, m[1])
		}
	}
	return r
}

func TestReadReport(t *testing.T) {
	r := readReport(`Dockerfile:1:1  non-root-user  refused  nginx is a daemon

Before you deploy
  the volume media on /app/media of web (compose.yaml) keeps the owner of its files (Dockerfile)
    do:    docker compose run --entrypoint chown web -R 10001:10001 /app/media
    undo:  docker compose run --entrypoint chown web -R 0:0 /app/media
`)
	if r.refused != "nginx is a daemon" || len(r.steps) != 1 || r.steps[0] != "docker compose run --entrypoint chown web -R 10001:10001 /app/media" {
		t.Errorf("read %+v", r)
	}
}

// level is what the suite hardens at: what the command does when nobody asks for more.
func level() string { return cmp.Or(os.Getenv("BULKHEAD_ENGINE_LEVEL"), "standard") }

// harden runs `bulkhead fix` on the copy.
func (a *app) harden(dir string) report {
	args := append([]string{"fix", "--level", level(), "--verbose"}, strings.Fields(os.Getenv("BULKHEAD_ENGINE_OPTIONS"))...)
	out, err := exec.CommandContext(a.ctx, a.bulkhead, append(args, dir)...).CombinedOutput()
	if err != nil {
		a.t.Fatalf("%s: bulkhead fix: %v\n%s", a.name, err, out)
	}
	r := readReport(string(out))
	if strings.Contains(r.text, "keeps the owner of its files") && len(r.steps) == 0 {
		a.t.Fatalf("%s: the steps before deployment are not understood:\n%s", a.name, out)
	}
	return r
}

// deploy does what "Before you deploy" says, letter by letter, and nothing else.
func (a *app) deploy(p *engine.Project, r report) {
	env, err := p.Env()
	a.must("it has no compose file", err)
	for _, step := range r.steps {
		cmd := exec.CommandContext(a.ctx, "sh", "-c", step)
		cmd.Dir = p.Dir
		cmd.Env = append(os.Environ(), env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			a.t.Fatalf("%s: before the deployment, %s: %v\n%s", a.name, step, err, out)
		}
	}
}
