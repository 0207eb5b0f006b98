package image

import (
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
)

var remoteScript = &transform.Rule{
	ID:     "remote-script",
	Title:  "No script from the network is run unseen",
	Safety: transform.Manual,
	Doc: "`curl … | sh`" + ` runs, as root, whatever the server sends on the day of the build. Fetch a pinned version, check it and then
run it:

    ADD --checksum=sha256:<sum> https://example.org/install-1.2.3.sh /tmp/install.sh
    RUN sh /tmp/install.sh && rm /tmp/install.sh

or download it with curl and check it with ` + "`sha256sum -c`" + ` or ` + "`gpg --verify`" + ` in the same RUN. The sum is yours to find: taking it from
the same server on the same day would prove nothing.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "4.11", Title: "Ensure only verified packages are installed"},
		{Framework: "NIST SP 800-190", ID: "4.1.5", Title: "Use of untrusted images"},
	},
	Check: checkRemoteScript,
}

// interpreters run what they are given.
var interpreters = map[string]bool{"sh": true, "bash": true, "dash": true, "ash": true, "zsh": true, "python": true, "python2": true, "python3": true, "perl": true, "ruby": true, "node": true, "php": true, "source": true, ".": true, "eval": true}

func checkRemoteScript(p *transform.Pass) []transform.Finding {
	var out []transform.Finding
	for _, sf := range p.Facts.Stages {
		for _, step := range sf.Steps {
			if url := unseenScript(step.Commands); url != "" {
				out = append(out, transform.Manually(step.Instruction.Span, "%s is run unseen: fetch a pinned version, check it (ADD --checksum=sha256:…, or sha256sum -c) and then run it", url))
			}
		}
	}
	return out
}

// unseenScript finds the address of something that is downloaded and run without a check.
func unseenScript(commands []effect.Step) string {
	downloaded := map[string]string{} // file → address
	piped := ""
	for _, c := range commands {
		name := path.Base(c.Effect.Tool)
		if c.Call.Operator() != "|" {
			piped = ""
		}
		if checksSum(name, c) {
			downloaded, piped = map[string]string{}, ""
		}
		if interpreters[name] {
			if piped != "" && c.Call.Operator() == "|" {
				return piped
			}
			if len(c.Effect.Argv) > 1 {
				for _, a := range c.Effect.Argv[1:] {
					if url := downloaded[path.Base(a.Value)]; url != "" {
						return url
					}
					if strings.Contains(a.Text, "$(curl") || strings.Contains(a.Text, "$(wget") || strings.Contains(a.Text, "<(curl") || strings.Contains(a.Text, "<(wget") || strings.Contains(a.Text, "`curl") {
						return "what " + a.Text + " fetches"
					}
				}
			}
		} else if len(c.Effect.Argv) > 0 {
			if url := downloaded[path.Base(c.Effect.Argv[0].Value)]; url != "" && strings.Contains(c.Effect.Argv[0].Value, "/") {
				return url
			}
		}
		for _, f := range c.Effect.Fetches {
			if f.Dest.Name == "-" {
				piped = f.URL
			} else if f.Dest.Name != "" && (name == "curl" || name == "wget") {
				downloaded[path.Base(f.Dest.Name)] = f.URL
			}
		}
	}
	return ""
}

// checksSum reports whether a command verifies a download.
func checksSum(name string, c effect.Step) bool {
	text := c.Call.Text()
	return strings.HasSuffix(name, "sum") && strings.Contains(text, "-c") ||
		strings.HasPrefix(name, "gpg") && strings.Contains(text, "--verify") ||
		name == "cosign" || slices.Contains(strings.Fields(text), "--check")
}
