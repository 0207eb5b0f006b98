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
// a digest. Moving are tags whose names say so, and tags that name nothing but a
// variant.
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
	moving := slices.Index(parts, "latest") // server-latest moves, too
	if slices.Contains(movingTags, parts[0]) {
		moving = 0
	}
	if moving >= 0 && !slices.ContainsFunc(parts, startsWithDigit) {
		parts[moving] = "<version>"
		return fmt.Sprintf("%s:%s", name, strings.Join(parts, "-"))
	}
	if variantOnly(r) {
		return fmt.Sprintf("%s:<version>-%s", name, r.Tag)
	}
	return ""
}

// variantTags are tags that choose a variant and no version; releaseTags are such tags of
// language and service images, but versions of a distribution's own.
var (
	variantTags = []string{"alpine", "slim", "debian", "ubuntu", "fpm", "cli", "apache", "jre", "jdk", "perl", "management"}
	releaseTags = []string{"bookworm", "bullseye", "buster", "stretch", "jessie", "trixie", "noble", "jammy"}
)

// variantOnly reports whether a tag names nothing but variants.
func variantOnly(r Ref) bool {
	releases := false
	for part := range strings.SplitSeq(r.Tag, "-") {
		switch {
		case slices.Contains(releaseTags, part):
			releases = true
		case !slices.Contains(variantTags, part):
			return false
		}
	}
	if !releases {
		return true
	}
	name := r.Repository + ":" + r.Tag
	base := LookupBase(name)
	known := base != nil && base.Confidence != "guessed" && base.Image == r.Repository && !operatingSystem(base)
	return known || LookupService(name) != nil
}

// startsWithDigit is how versions and dates differ from names: stable-20260901 stays.
func startsWithDigit(part string) bool { return part != "" && part[0] >= '0' && part[0] <= '9' }

// operatingSystem reports whether an image is a bare distribution, whose codenames
// are versions.
func operatingSystem(b *Base) bool {
	return slices.Contains([]string{"debian", "ubuntu", "buildpack-deps"}, b.Image)
}
