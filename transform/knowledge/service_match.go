package knowledge

import (
	"path"
	"slices"
	"strings"
)

// Knowledge is what is known of service images: what a project adds, then what is
// embedded. The zero value has the embedded entries alone.
type Knowledge struct {
	added  []*Service
	byName map[string][]*Service
}

// NewKnowledge puts additions in front of what is embedded: for the tags that an
// addition speaks of, it stands in place of the embedded entry.
func NewKnowledge(added []*Service) *Knowledge {
	k := &Knowledge{added: added, byName: map[string][]*Service{}}
	for _, s := range added {
		for _, name := range append([]string{s.Image}, s.Aliases...) {
			k.byName[name] = append(k.byName[name], s)
		}
	}
	return k
}

// Lookup is LookupService with the additions.
func (k *Knowledge) Lookup(image string) *Service {
	if s := k.lookup(image); s != nil || k == services() {
		return s
	}
	return LookupService(image)
}

// Added lists the additions, in their order.
func (k *Knowledge) Added() []*Service { return slices.Clone(k.added) }

// LookupService says what is known of a service's image for its tag, nil when nothing
// is. Variables with a default, ${VAR:-postgres}, stand for their default; one in the
// repository lowers Confidence to inferred, because the image may be another one. An
// image whose repository is a variable without default is not known.
func LookupService(image string) *Service { return services().lookup(image) }

func (k *Knowledge) lookup(image string) *Service {
	if k == nil || len(k.byName) == 0 {
		return nil
	}
	ref, ok := expandRef(image)
	if !ok {
		return nil
	}
	list := k.entries(strings.ToLower(ref.Repository))
	unknown := ref.tagUnknown || ref.Tag == "" && ref.Digest != ""
	for _, s := range list {
		t := s.newTag(ref.Tag, unknown)
		applies := s.Only.match(t)
		if applies == no || applies == maybe && s.Only.selects() {
			continue
		}
		out := s.resolve(t)
		out.Tag, out.Version = ref.Tag, leadingVersion(ref.Tag)
		out.TagUnknown, out.TagVariable = unknown, ref.tagVariable
		out.application(ref.Repository)
		if ref.repositoryVariable || applies == maybe {
			out.Confidence = "inferred"
		}
		return out
	}
	return nil
}

// entries finds those of a repository, then those of everything beside it.
func (k *Knowledge) entries(repository string) []*Service {
	if list, ok := k.byName[repository]; ok {
		return list
	}
	return k.byName[path.Dir(repository)+"/*"]
}

// application puts the name of the application into the paths of an entry that speaks of
// many images.
func (s *Service) application(repository string) {
	for i, w := range s.Writable {
		s.Writable[i].Path = strings.ReplaceAll(w.Path, "{app}", path.Base(repository))
	}
	if strings.HasSuffix(s.Image, "/*") {
		s.Image = strings.ToLower(repository)
	}
}

// For gives what an entry says for another tag; "" is that of latest.
func (s *Service) For(name string) *Service {
	whole := s
	if s.whole != nil {
		whole = s.whole
	}
	out := whole.resolve(whole.newTag(name, false))
	out.Tag, out.Version = name, leadingVersion(name)
	return out
}

// resolve takes the tag into account. What might hold for a tag that is not known is
// taken in where more is safer (capabilities, paths), and left out elsewhere.
func (s *Service) resolve(t tag) *Service {
	out := *s
	out.whole = s
	if s.RunsAs != nil {
		copied := *s.RunsAs
		out.RunsAs = &copied
	}
	fixedUser := true
	for _, v := range s.Variants {
		switch v.Tags.match(t) {
		case yes:
			out.overlay(v)
		case maybe:
			if v.RunsAs != nil && v.RunsAs.IDs() != s.RunsAs.IDs() || v.DefaultUser != "" || v.Recommend != nil {
				out.RunsAs, fixedUser = nil, false
			}
			if v.Volumes != nil {
				out.Volumes = nil
			}
			out.Ports = union(out.Ports, v.Ports)
		}
	}
	out.Capabilities = slices.DeleteFunc(slices.Clone(s.Capabilities), func(c Capability) bool { return c.Tags.match(t) == no })
	out.StartAs = slices.DeleteFunc(slices.Clone(s.StartAs), func(a StartAs) bool {
		return a.Tags.match(t) != yes || !fixedUser && !strings.HasPrefix(a.User, "any")
	})
	out.Writable = slices.DeleteFunc(slices.Clone(s.Writable), func(w Writable) bool { return w.Tags.match(t) == no })
	out.own()
	if !fixedUser && out.Recommend.Strategy == "user" {
		out.Recommend = Recommend{Strategy: "capabilities", CapAdd: out.Recommend.FallbackCapAdd, ReadOnly: out.Recommend.ReadOnly, Why: "the user depends on the tag, which is not known"}
		if len(out.Recommend.CapAdd) == 0 && len(out.Capabilities) > 0 {
			out.Recommend.CapAdd = names(out.CapAdd(Conditions{Bind: true}))
		}
	}
	for _, w := range out.Tmpfs() {
		out.Recommend.Tmpfs = append(out.Recommend.Tmpfs, w.Tmpfs())
	}
	return &out
}

// overlay puts what a variant says in place of what the entry says.
func (s *Service) overlay(v Variant) {
	if v.DefaultUser != "" {
		s.DefaultUser = v.DefaultUser
	}
	if v.RunsAs != nil {
		copied := *v.RunsAs
		s.RunsAs = &copied
	}
	if v.Drop != nil {
		s.Drop = *v.Drop
	}
	if v.Volumes != nil {
		s.Volumes = v.Volumes
	}
	if v.Ports != nil {
		s.Ports = v.Ports
	}
	if v.StopSignal != "" {
		s.StopSignal = v.StopSignal
	}
	if v.Recommend != nil {
		s.Recommend = *v.Recommend
	}
	if v.Confidence != "" {
		s.Confidence = v.Confidence
	}
	if v.Note != "" {
		s.Notes = append(slices.Clone(s.Notes), v.Note)
	}
}

// own fills in numbers where the data names a role.
func (s *Service) own() {
	for i := range s.Writable {
		if w := &s.Writable[i]; s.RunsAs != nil && (w.Own == "runs-as" || w.Own == "starter" && s.Recommend.Strategy == "user") {
			w.UID, w.GID = s.RunsAs.UID, s.RunsAs.GID
		}
	}
	if s.Recommend.User == "runs-as" {
		s.Recommend.User = s.RunsAs.IDs()
	}
}

// union is both lists, each value once.
func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, v := range b {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// ServiceTags says which tags of an image something is known of, for messages about
// others.
func ServiceTags(image string) []Tags {
	ref, ok := expandRef(image)
	if !ok {
		return nil
	}
	var out []Tags
	for _, s := range services().entries(strings.ToLower(ref.Repository)) {
		out = append(out, s.Only)
	}
	return out
}
