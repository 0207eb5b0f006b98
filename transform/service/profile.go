package service

import (
	"slices"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// profile is what is known of what the service starts: of the image that it runs or, where the
// project builds one that starts what its base starts, of that base. It is nil when nothing is.
func profile(p *transform.ServicePass) *knowledge.Service {
	if p.Known != nil {
		return p.Known
	}
	if p.Image == nil || p.Image.Base == "" || !p.Image.Inherited && !p.Image.KeepsEntrypoint {
		return nil
	}
	return p.Options.Known(p.Image.Base)
}

// swarm reports whether the file is written for docker stack deploy, which takes no
// tmpfs, no addresses of ports and schedules by reservations. A service with several
// copies is taken for one, although compose starts them too.
func swarm(p *transform.ServicePass) bool {
	return slices.ContainsFunc(p.Views(), func(s *compose.Service) bool {
		return s.Has("deploy", "replicas") || s.Project().Swarm()
	})
}
