package image

import (
	"slices"

	"github.com/bulkhead-dev/bulkhead/transform"
)

// developers are the users of development containers.
var developers = map[string]bool{"vscode": true, "codespace": true, "gitpod": true, "devcontainer": true}

// refuseDevelopment knows stages that a person works in.
func refuseDevelopment(p *transform.Pass) *transform.Finding {
	final := p.Facts.Final()
	if transform.DevelopmentStage(final.Stage.Name) {
		return refusal(final.Stage.From.Span, reasonInteractive, "the stage %s, which a build without --target ships, is for development", final.Stage.Name)
	}
	for _, u := range final.Users {
		if developers[u.Name] {
			return refusal(u.Instruction.Span, reasonInteractive, "the user %s belongs to a development container", u.Name)
		}
	}
	if svc, m, ok := mountsSource(p); ok {
		return refusal(final.Stage.From.Span, reasonSourceMount, "%s:%d mounts %s of the host on %s, whose files a user of the image may not write", svc.File, svc.Line, m.Source, m.Path)
	}
	return nil
}

// mountsSource reports whether every service that runs the image mounts source code of
// the host over the application's directory.
func mountsSource(p *transform.Pass) (svc transform.Service, mount transform.Mount, ok bool) {
	dir := p.Facts.Final().End().Workdir
	for _, s := range p.Usage.Services {
		i := slices.IndexFunc(s.Mounts, func(m transform.Mount) bool {
			return m.Bind && !m.ReadOnly && !m.File && dir != "" && dir != "/" && m.Path == dir
		})
		if i < 0 {
			return svc, mount, false
		}
		svc, mount, ok = s, s.Mounts[i], true
	}
	return svc, mount, ok
}
