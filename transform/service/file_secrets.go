package service

import (
	"fmt"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/secret"
)

var (
	reasonSecretShared    = transform.Reason{Code: "shared-value", Text: "the same value stands elsewhere in the project, where it cannot be taken from a file: it moves everywhere or nowhere."}
	reasonSecretElsewhere = transform.Reason{Code: "set-elsewhere", Text: "the variable comes from a fragment, another file or an env_file as well: whoever has both the variable and the file, refuses to start."}
	reasonSecretRead      = transform.Reason{Code: "value-used", Text: "the health check, the command or a script that the service is given, or that is run beside it, reads the variable, which would be gone."}
	reasonSecretStart     = transform.Reason{Code: "own-entrypoint", Text: "another entrypoint or a shell runs instead of the image's own, which is what reads the file."}
	reasonSecretPlace     = transform.Reason{Code: "secret-place", Text: "the directory or the name for the secret is taken, or the directory is open to other users of the host."}
	reasonSecretText      = transform.Reason{Code: "secret-text", Text: "the value has several lines or characters that do not come through."}
	reasonSecretSwarm     = transform.Reason{Code: "swarm-env", Text: "docker stack deploy does not read .env."}
)

var fileSecrets = &transform.Rule{
	ID:     "file-secrets",
	Title:  "Credentials do not stand in the compose file",
	Safety: transform.Guarded,
	Doc: "A password in `environment:` is read by everyone who can read the repository, and by `docker inspect`, every crash report and each child process. Where the image" + `
reads a file instead (the knowledge of service images says which variable names it), this rule writes the value to ` + "`secrets/NAME.txt`, declares it at the top level `secrets:`" + `
and names ` + "`/run/secrets/NAME`" + ` in the image's variable, at every service that has the same value or at none.

The directory is closed to other users of the host (0700); the file in it is not (0644), since compose mounts it with the host's owner and mode, and the service's user
must be able to read it. It gets no newline at its end. The same fix has git and docker ignore the directory. No file that is there is overwritten.

What reads no file moves at ` + "`--secrets env`: the value to an ignored `.env`, its name to `.env.example`, and `${NAME:?}`" + ` to the compose file. The value is then still in the
container's environment, but no longer in the repository. Without that option, the finding says what to change in the application.

A value is never printed: diffs and reports show ` + "`" + secret.Mask + "`" + `. Whoever has the repository's history still has it, so that it must be rotated once the change is deployed; the
report says so. With ` + "`--override`" + ` the file keeps the value, and only the container no longer gets it.

What is a credential is told by the name of the variable, by connection URLs with a password, and by the rules of gitleaks. Placeholders, values from ` + "`${VAR}` and from `env_file`" + `
are reported and left alone.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "4.10", Title: "Ensure secrets are not stored in Dockerfiles"},
		{Framework: "NIST SP 800-190", ID: "4.1.4", Title: "Embedded clear text secrets"},
		{Framework: "OWASP Docker Security Cheat Sheet", ID: "RULE 12", Title: "Utilize Docker Secrets for Sensitive Data Management"},
	},
	Reasons:      []transform.Reason{reasonSecretShared, reasonSecretElsewhere, reasonSecretRead, reasonSecretStart, reasonSecretPlace, reasonSecretText, reasonSecretSwarm},
	CheckService: checkFileSecrets,
}

func checkFileSecrets(p *transform.ServicePass) []transform.Finding {
	found := transform.ProjectShared(p, "credentials", findCredentials)
	var out []transform.Finding
	for _, h := range found.holders {
		if h.service.Name == p.Service.Name {
			out = append(out, found.finding(p, h))
		}
	}
	return append(append(out, otherVariables(p)...), otherLiterals(p)...)
}

// finding is what is to be said of a variable that holds a credential.
func (c *credentials) finding(p *transform.ServicePass, h *holder) transform.Finding {
	g := c.groups[h.secret]
	message := fmt.Sprintf("%s comes from the file secrets/%s.txt, which git and docker ignore", h.name, g.name)
	switch {
	case g.toEnv:
		message = fmt.Sprintf("%s comes from ${%s} of .env, which git and docker ignore", h.what(), g.name)
	case g.reason == nil && !g.toFile:
		f := p.Manually(h.at, "%s", h.advice(p))
		f.Evidence = []string{h.why}
		return f
	case g.reason != nil && !g.wantsEnv && !g.someFile():
		return p.Manually(h.at, "%s", h.advice(p))
	}
	if g.blamed == h {
		return p.Refuse(h.at, h.name+" is a credential that stands in the file", *g.reason, "nothing tells that the image reads a file for it, and others have the same value; --secrets env moves all of them")
	}
	if g.reason != nil {
		return p.Refuse(h.at, h.name+" is a credential that stands in the file", *g.reason, "%s", g.detail)
	}
	f := p.Propose(h.at, transform.Guarded, message, g.changes(h)...)
	f.Fix.Group = "secret " + g.name
	f.Evidence = append(f.Evidence, h.why)
	if g.toFile {
		f.Evidence = append(f.Evidence, h.evidence)
	}
	if h == g.holders[0] {
		f.Fix.Files = g.files(p)
	}
	history := "still stands in the history of git if it was ever committed"
	if p.Tracked {
		history = "still stands in the history of git, which tracks the file"
	}
	f.Deploy = []transform.Deploy{{What: h.name + " of " + h.service.Name + " stood in the file, and " + history + ": rotate it once this is deployed"}}
	return f
}

// what names the credential: the variable, or a part of its value.
func (h *holder) what() string {
	if h.value != h.written {
		return "the password in " + h.name
	}
	return h.name
}

// advice says what a person can do about a credential that no fix moves.
func (h *holder) advice(p *transform.ServicePass) string {
	lower := strings.ToLower(h.name)
	text := fmt.Sprintf("%s is a credential that stands in the file, and nothing tells that the image reads a file for it: move it to .env with --secrets env", h.name)
	if p.Service.Build() == nil {
		if k := profile(p); k != nil && k.Secrets.Note != "" {
			return text + "; " + k.Secrets.Note
		}
		return text
	}
	return text + fmt.Sprintf(", or let the application read a file: `secrets: [%s]` and `%s_FILE: /run/secrets/%s` in the compose file, and in the application %s", lower, h.name, lower, readingFile(p, h.name))
}

// readingFile is the line of an application that reads a credential from a file.
func readingFile(p *transform.ServicePass, name string) string {
	language := ""
	if p.Image != nil {
		language = p.Image.Language
	}
	switch language {
	case "python":
		return fmt.Sprintf("`pathlib.Path(os.environ[\"%s_FILE\"]).read_text().strip()`", name)
	case "node":
		return fmt.Sprintf("`fs.readFileSync(process.env.%s_FILE, \"utf8\").trim()`", name)
	case "php":
		return fmt.Sprintf("`trim(file_get_contents(getenv(\"%s_FILE\")))`", name)
	case "ruby":
		return fmt.Sprintf("`File.read(ENV.fetch(\"%s_FILE\")).strip`", name)
	case "go":
		return fmt.Sprintf("`os.ReadFile(os.Getenv(\"%s_FILE\"))`", name)
	}
	return "read the file that " + name + "_FILE names, without its final newline"
}
