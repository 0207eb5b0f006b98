package service

import (
	"slices"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform"
)

// pin says what there is to do about the digest of an image that has a version: image is how
// the service has it, ref what it is. It reports false when nobody asked for digests.
func (r *review) pin(image, ref string) bool {
	if r.p.Options.Digest == nil || r.p.Windows() != "" {
		return false
	}
	if r.s != r.p.Service && image == r.p.Service.Image() {
		return true // said of the service's own composition
	}
	digest, err := r.p.Options.Digest(ref)
	pinned := ref + "@" + digest
	switch {
	case err != nil:
		r.yours("image", "", nil, "pin the digest: %v", err)
	case image != ref:
		r.yours("image", "", nil, "pin the digest: %s stands for %s, today %s; write that where the variable gets its value", image, ref, pinned)
	case r.s != r.p.Service || !writesImage(r.s):
		r.yours("image", "", nil, "pin the digest where the service gets its image: write image: %s instead of image: %s", pinned, image)
	default:
		at, _ := r.place("image", "")
		f := r.p.Propose(at.Span, transform.Safe, ref+" is pinned to the digest that its tag has today", compose.Change{Path: []string{"image"}, Word: pinned})
		f.File = at.File
		r.out = append(r.out, f)
	}
	return true
}

// writesImage reports whether the image of a service stands in its own mapping, or in that
// of a service that it takes it over from, which is pinned with it.
func writesImage(s *compose.Service) bool {
	at := compose.Child(s.Node, "image")
	if at != nil {
		return at.Anchor == "" && at.Value == s.Image()
	}
	return slices.ContainsFunc(s.Project().Services, func(o *compose.Service) bool {
		return slices.Contains(s.Project().Sharers(o, "image"), s) && writesImage(o) && o.Image() == s.Image()
	})
}
