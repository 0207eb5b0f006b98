package image

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
)

var healthcheck = &transform.Rule{
	ID:     "healthcheck",
	Title:  "A service says whether it is healthy",
	Safety: transform.Manual,
	Doc: `Without a HEALTHCHECK Docker calls a service healthy as long as its process exists. What "healthy" means only the application
knows, so this is yours to do; the finding gives a line to start from, with a tool that the image has. Kubernetes ignores HEALTHCHECK and has
probes of its own; compose can override it. An image that is run in no other way may say ` + "`HEALTHCHECK NONE`" + `.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "4.6", Title: "Ensure that HEALTHCHECK instructions have been added to container images"},
	},
	Check: checkHealthcheck,
}

func checkHealthcheck(p *transform.Pass) []transform.Finding {
	final := p.Facts.Final()
	config := dockerfile.ImageConfig(final.Stage)
	if config.Healthcheck != nil {
		return []transform.Finding{transform.Done(config.Healthcheck.Span, "the image has a health check")}
	}
	port := 0
	for _, w := range config.Expose {
		number, proto, _ := strings.Cut(w.Value, "/")
		if n, err := strconv.Atoi(number); err == nil && proto != "udp" {
			port = n
			break
		}
	}
	r := runtimeOf(p)
	if port == 0 || len(r.programs) == 0 || shells[path.Base(r.programs[len(r.programs)-1][0])] || final.Stage.Windows() {
		return nil
	}
	at := final.Stage.From.Span
	if r.span != nil {
		at = r.span.Span
	}
	return []transform.Finding{transform.Manually(at, "there is no health check: add %s", healthLine(final, port))}
}

// healthLine is a health check with a tool that the image has.
func healthLine(sf *transform.StageFacts, port int) string {
	url := fmt.Sprintf("http://127.0.0.1:%d/", port)
	installed := func(name string) bool {
		for _, i := range sf.Packages {
			if i.Name == name {
				return true
			}
		}
		return sf.Base != nil && sf.Base.Has(name)
	}
	b := sf.Base
	switch {
	case installed("curl"):
		return fmt.Sprintf("HEALTHCHECK CMD curl -fsS %s || exit 1", url)
	case installed("wget") || b != nil && (b.Family == "alpine" || b.Family == "busybox"):
		return fmt.Sprintf("HEALTHCHECK CMD wget -q -O /dev/null %s || exit 1", url)
	case b != nil && b.Language == "python":
		return fmt.Sprintf(`HEALTHCHECK CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('%s')"]`, url)
	case b != nil && b.Language == "node":
		return fmt.Sprintf(`HEALTHCHECK CMD ["node", "-e", "fetch('%s').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]`, url)
	case b != nil && (b.Family == "none" || b.Family == "distroless"):
		return "a HEALTHCHECK with a command of the program itself (the image has no shell), or a probe where it is run"
	}
	return fmt.Sprintf("a HEALTHCHECK that asks port %d", port)
}
