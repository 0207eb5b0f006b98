package knowledge

import (
	"fmt"
	"slices"
	"strings"
)

// movingTags are tags that a new version takes over, whatever the image.
var movingTags = []string{"latest", "stable", "oldstable", "testing", "unstable", "edge", "rolling", "devel", "lts", "current", "mainline", "nightly",
	"rawhide", "master", "main", "dev", "develop", "snapshot", "canary", "beta", "preview"}

// Versioned gives an image reference with a place for its version, "" when it has one or
// a digest. Moving are tags whose names say so, and tags that name nothing but a variant
// of an image that is known.
func Versioned(ref string) string {
	r := ParseRef(ref)
	if r.Digest != "" {
		return ""
	}
	name := strings.TrimSuffix(ref, ":"+r.Tag)
	if r.Tag == "" {
		return name + ":<version>"
	}
	parts := strings.Split(r.Tag, "-")
	if slices.Contains(movingTags, parts[0]) && !slices.ContainsFunc(parts, startsWithDigit) {
		return fmt.Sprintf("%s:%s", name, strings.Join(append([]string{"<version>"}, parts[1:]...), "-"))
	}
	if variantOnly(r) {
		return fmt.Sprintf("%s:<version>-%s", name, r.Tag)
	}
	return ""
}

// variantTags are tags of language and service images that choose a variant and no
// version.
var variantTags = []string{"alpine", "slim", "bookworm", "bullseye", "buster", "stretch", "jessie", "trixie", "noble", "jammy",
	"debian", "ubuntu", "fpm", "cli", "apache", "jre", "jdk", "perl", "management"}

// variantOnly reports whether a tag of a known language or service image names nothing but variants.
func variantOnly(r Ref) bool {
	name := r.Repository + ":" + r.Tag
	base := LookupBase(name)
	known := base != nil && base.Confidence != "guessed" && base.Image == r.Repository && !operatingSystem(base)
	if !known && LookupService(name) == nil {
		return false
	}
	for part := range strings.SplitSeq(r.Tag, "-") {
		if !slices.Contains(variantTags, part) {
			return false
		}
	}
	return true
}

// startsWithDigit is how versions and dates differ from names: stable-20260901 stays.
func startsWithDigit(part string) bool { return part != "" && part[0] >= '0' && part[0] <= '9' }

// operatingSystem reports whether an image is a bare distribution, whose codenames
// are versions.
func operatingSystem(b *Base) bool {
	return slices.Contains([]string{"debian", "ubuntu", "buildpack-deps"}, b.Image)
}
