package service

import (
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform"
)

var (
	reasonSetuid      = transform.Reason{Code: "setuid-program", Text: "what runs works by a setuid bit (sudo, doas), which the option takes away."}
	reasonFileCaps    = transform.Reason{Code: "file-capabilities", Text: "a program that is not started as root gets its privileges from file capabilities, which the option takes away."}
	reasonImageGains  = transform.Reason{Code: "image-gains-privileges", Text: "the image is known to gain privileges while it runs."}
	reasonIfOnly      = transform.Reason{Code: "conditions", Text: "the image is known to work with it under conditions that do not hold here, or that the files do not tell."}
	reasonSwitchedOff = transform.Reason{Code: "switched-off", Text: "the file switches the option off on purpose."}
)

var noNewPrivileges = &transform.Rule{
	ID:     "no-new-privileges",
	Title:  "No process gains privileges through setuid programs or file capabilities",
	Safety: transform.Guarded,
	Doc: `Adds ` + "`security_opt: [no-new-privileges:true]`" + ` to every service. The kernel then ignores setuid and setgid bits and file
capabilities at every exec: a process that was broken into cannot become root through a forgotten setuid program.

What drops privileges is not touched: gosu, su-exec, setpriv, s6-setuidgid and su as root only lower them. sudo and doas work by their setuid bit; a
service whose start, health check or image is known to need them is left alone.

On hosts whose Docker comes as a snap every exec fails under this option (a known error of its confinement), and ` + "`docker stack deploy`" + ` ignores it.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "5.26", Title: "Ensure that the container is restricted from acquiring additional privileges"},
		{Framework: "NIST SP 800-190", ID: "4.4.3", Title: "Insecure container runtime configurations"},
		{Framework: "OWASP Docker Security Cheat Sheet", ID: "RULE 4", Title: "Prevent in-container privilege escalation"},
		{Framework: "Kubernetes Pod Security Standards", ID: "Restricted: Privilege Escalation", Title: "Privilege escalation (such as via set-user-ID or set-group-ID file mode) should not be allowed"},
	},
	Reasons:      []transform.Reason{reasonSetuid, reasonFileCaps, reasonImageGains, reasonIfOnly, reasonSwitchedOff},
	CheckService: checkNoNewPrivileges,
}

func checkNoNewPrivileges(p *transform.ServicePass) []transform.Finding {
	const message = "no process may gain privileges (no-new-privileges)"
	at := p.Service.Span("security_opt")
	switch on, given := noNewPrivilegesOf(p.Service); {
	case on:
		return []transform.Finding{p.Done(at, "no process may gain privileges")}
	case given:
		return []transform.Finding{p.Refuse(at, "processes may gain privileges", reasonSwitchedOff, "no-new-privileges is set to false")}
	}
	if p.Image != nil && len(p.Image.Setuid) > 0 {
		return []transform.Finding{p.Refuse(at, "processes may gain privileges", reasonSetuid, "%s runs at start or in the health check (%s)", strings.Join(p.Image.Setuid, ", "), p.Image.File)}
	}
	if name := setuidCommand(p); name != "" {
		return []transform.Finding{p.Refuse(at, "processes may gain privileges", reasonSetuid, "the service runs %s", name)}
	}
	if name := sudoVariable(p); name != "" {
		return []transform.Finding{p.Refuse(at, "processes may gain privileges", reasonSetuid, "%s gives its user sudo", name)}
	}
	if reason, detail := gains(p); reason != nil {
		return []transform.Finding{p.Refuse(at, "processes may gain privileges", *reason, "%s", detail)}
	}
	change := compose.Change{Path: []string{"security_opt"}, Items: compose.Items("no-new-privileges:true")}
	f := p.Propose(at, transform.Guarded, message, change)
	if swarm(p) {
		f.Evidence = append(f.Evidence, "docker stack deploy ignores it; docker compose does not")
	}
	return []transform.Finding{f}
}

// gains says why a service is known to gain privileges while it runs, nil when it is not.
func gains(p *transform.ServicePass) (reason *transform.Reason, detail string) {
	if image := p.Image; image != nil && !image.Root && image.User != "" {
		for _, name := range image.FileCaps {
			if name != "NET_BIND_SERVICE" || onHostNetwork(p) { // elsewhere any user can bind any port
				return &reasonFileCaps, image.File + " gives " + name + " to a program (setcap) and ends as " + image.User
			}
		}
	}
	known := profile(p)
	if known == nil {
		return nil, ""
	}
	verdict := known.NoNewPrivileges
	switch verdict.OK {
	case "no":
		return &reasonImageGains, known.Image + ": " + verdict.Why
	case "conditional":
		if missing := unmet(p, known, verdict.Needs); missing != "" || verdict.Needs.None() {
			return &reasonIfOnly, strings.TrimPrefix(missing+"; ", "; ") + known.Image + ": " + verdict.Why
		}
	}
	return nil, ""
}

// sudoVariable finds the variable by which the file asks the image to set sudo up, such as
// SUDO_PASSWORD or GRANT_SUDO.
func sudoVariable(p *transform.ServicePass) string {
	for _, s := range p.Views() {
		for _, v := range s.Environment() {
			if slices.Contains(strings.Split(strings.ToUpper(v.Name), "_"), "SUDO") &&
				!slices.Contains([]string{"", "0", "false", "no", "n", "off"}, strings.ToLower(v.Value)) {
				return v.Name
			}
		}
	}
	return ""
}

// noNewPrivilegesOf reads the option in every spelling that the engine takes.
func noNewPrivilegesOf(s *compose.Service) (on, given bool) {
	for _, option := range s.List("security_opt") {
		name, value, found := strings.Cut(strings.ReplaceAll(option, "=", ":"), ":")
		if strings.TrimSpace(name) == "no-new-privileges" {
			given = true
			on = !found || strings.EqualFold(strings.TrimSpace(value), "true")
		}
	}
	return on, given
}

// setuidCommand finds a setuid program among the commands that compose runs in the service.
func setuidCommand(p *transform.ServicePass) string {
	for _, s := range p.Views() {
		for _, c := range []compose.Command{s.Command(), s.Entrypoint(), s.Healthcheck()} {
			words := c.Words
			if c.Text != "" {
				words = append(words, strings.Fields(c.Text)...)
			}
			for _, w := range words {
				for _, field := range strings.Fields(w) {
					if field == "sudo" || field == "doas" || strings.HasSuffix(field, "/sudo") {
						return field
					}
				}
			}
		}
	}
	return ""
}
