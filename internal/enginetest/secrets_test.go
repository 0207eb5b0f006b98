package enginetest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/internal/engine"
	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform/secret"
)

var (
	secretOutcome = regexp.MustCompile(`(?m)^ *\S+:\d+:\d+ +file-secrets +(applied|refused|held back|yours to do) +(\S+(?:, \S+)*): (?:the password in )?(\S+) (.*)$`)
	secretFile    = regexp.MustCompile(`comes from the file (\S+),`)
)

// movedSecret is a variable whose value went to a file.
type movedSecret struct{ service, name, file string }

// movedSecrets lists the variables whose values the command moved to files.
func (r report) movedSecrets() []movedSecret {
	var out []movedSecret
	for _, m := range secretOutcome.FindAllStringSubmatch(r.text, -1) {
		f := secretFile.FindStringSubmatch(m[4])
		if m[1] != "applied" || f == nil {
			continue
		}
		for service := range strings.SplitSeq(m[2], ", ") {
			out = append(out, movedSecret{service, m[3], f[1]})
		}
	}
	return out
}

// secrets sums up what became of file-secrets: the variables by what was done, or why nothing
// was.
func (r report) secrets() string {
	var out []string
	for _, m := range secretOutcome.FindAllStringSubmatch(r.text, -1) {
		text := m[2] + " " + m[3]
		switch {
		case m[1] == "applied" && secretFile.MatchString(m[4]):
			text += " (file)"
		case m[1] == "applied":
			text += " (.env)"
		case strings.HasSuffix(m[4], "]"):
			text += " (" + m[1] + ": " + strings.TrimSuffix(m[4][strings.LastIndex(m[4], "[")+1:], "]") + ")"
		default:
			text += " (" + m[1] + ")"
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

// noValues holds what the hardened containers and docker compose tell against the
// credentials that were moved to files: neither shows one. Those that were moved to .env
// are told to the containers, and stand in no compose file.
func (a *app) noValues(p *engine.Project, dir string, r report) {
	a.row.secrets = r.secrets()
	moved := r.movedSecrets()
	a.notInFiles(dir)
	if len(moved) == 0 {
		return
	}
	config, err := p.Config(a.ctx)
	a.must("docker compose config does not take it", err)
	containers, err := p.Containers(a.ctx)
	a.must("it has no containers", err)
	for _, m := range moved {
		text, err := os.ReadFile(filepath.Join(dir, m.file))
		a.must("a secret cannot be read", err)
		value := string(text)
		if secret.Telling(value) && strings.Contains(config, value) || regexp.MustCompile(`(?m)^ +`+m.name+`:`).MatchString(config) {
			a.t.Errorf("%s: docker compose config shows %s", a.name, m.name)
		}
		for service, id := range containers {
			seen, err := a.session.Observe(a.ctx, id)
			a.must("a container cannot be inspected", err)
			shown := func(v string) bool { // a weak one may be the name of a user as well
				return secret.Telling(value) && strings.Contains(v, value) || service == m.service && strings.HasPrefix(v, m.name+"=")
			}
			if slices.ContainsFunc(seen.Env, shown) {
				a.t.Errorf("%s: docker inspect of %s shows %s", a.name, service, m.name)
			}
		}
	}
	a.t.Logf("%s: %d credentials come from files, and neither docker inspect nor docker compose config shows one", a.name, len(moved))
}

// notInFiles looks for the values of .env in the compose files, where they stood.
func (a *app) notInFiles(dir string) {
	text, err := os.ReadFile(filepath.Join(dir, ".env"))
	if os.IsNotExist(err) {
		return
	}
	a.must("its .env cannot be read", err)
	found, err := filepath.Glob(filepath.Join(dir, "*compose*.y*ml"))
	a.must("its compose files cannot be listed", err)
	for _, v := range compose.EnvLines(string(text)) {
		value := secret.Unquoted(v.Value)
		for _, file := range found {
			body, err := os.ReadFile(file)
			a.must("a compose file cannot be read", err)
			given := regexp.MustCompile(`(?m)\b` + v.Name + `["']?\s*[:=]\s*["']?` + regexp.QuoteMeta(value) + `["']?\s*$|:` + regexp.QuoteMeta(value) + `@`)
			if given.Match(body) || secret.Telling(value) && strings.Contains(string(body), value) { // a weak one may be a user as well
				a.t.Errorf("%s: %s still has the value of %s", a.name, filepath.Base(file), v.Name)
			}
		}
		a.t.Logf("%s: %s comes from .env, and no compose file has it", a.name, v.Name)
	}
}

func TestSecretOutcomes(t *testing.T) {
	r := readReport(`app
  /a/compose.yml:4:3  file-secrets  applied      db: POSTGRES_PASSWORD comes from the file secrets/postgres_password.txt, which git and docker ignore
  /a/compose.yml:9:3  file-secrets  refused      web: DB_PASSWORD is a credential that stands in the file: others have it [shared-value]
  /a/compose.yml:9:3  file-secrets  yours to do  web: SECRET_KEY holds a placeholder: give it a value
`)
	if got := r.movedSecrets(); !slices.Equal(got, []movedSecret{{"db", "POSTGRES_PASSWORD", "secrets/postgres_password.txt"}}) {
		t.Errorf("moved are %v", got)
	}
	if got, want := r.secrets(), "db POSTGRES_PASSWORD (file), web DB_PASSWORD (refused: shared-value), web SECRET_KEY (yours to do)"; got != want {
		t.Errorf("it says %q, not %q", got, want)
	}
}
