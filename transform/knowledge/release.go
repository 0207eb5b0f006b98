package knowledge

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	_ "embed" // the data
)

// releasesGz is the table of internal/tagtable: a line for each tag of an official image
// that does not name its release by itself.
//
//go:embed releases.gz
var releasesGz []byte

//go:embed releases.yaml
var releasesYAML []byte

var releaseTable = sync.OnceValue(func() string { return gunzip(releasesGz) })

// releaseData is what no table of tags has.
type releaseData struct {
	Source string            `yaml:"source"`
	Debian []string          `yaml:"debian"` // codenames, oldest first
	Ubuntu []string          `yaml:"ubuntu"`
	Tags   []releaseTagEntry `yaml:"tags"`
}

type releaseTagEntry struct {
	Images  []string          `yaml:"images"`
	Tags    map[string]string `yaml:"tags"`
	Sources []string          `yaml:"sources"`
}

var releases = sync.OnceValue(func() *releaseData {
	d := &releaseData{}
	decode(releasesYAML, d)
	return d
})

var alpineTag = regexp.MustCompile(`alpine-?(3\.\d+)`)

// ReleaseOf is the release of the distribution that an image reference is built on: trixie,
// noble, alpine3.24; "" when it is not known. Variables count with their defaults. Tags
// that move are what they were when the table was made; with a digest, which may be older,
// a tag counts only if it says its release by itself.
func ReleaseOf(image string) string {
	w, ok := readWritten(image, nil)
	if !ok {
		return ""
	}
	return w.release()
}

func (w written) release() string {
	r := w.ref
	tag := strings.ToLower(r.Tag)
	if m := alpineTag.FindStringSubmatch(r.Repository + ":" + tag); m != nil {
		return "alpine" + m[1]
	}
	for part := range strings.FieldsFuncSeq(tag, func(c rune) bool { return c == '-' || c == '_' || c == '.' }) {
		if releases().codename(part) {
			return part
		}
	}
	if i := strings.LastIndex(r.Repository, "-debian"); i >= 0 { // gcr.io/distroless/static-debian12
		tag, r.Repository = r.Repository[i+len("-debian"):], "debian"
	}
	if tag == "" {
		if r.Digest != "" {
			return ""
		}
		tag = "latest"
	}
	if r.Digest != "" && !(startsWithDigit(tag) && slices.Contains([]string{"debian", "ubuntu", "alpine"}, r.Repository)) {
		return ""
	}
	for _, e := range releases().Tags {
		if slices.Contains(e.Images, r.Repository) {
			if release, ok := e.Tags[tag]; ok {
				return release
			}
		}
	}
	for version := tag; version != ""; version = shorter(version) {
		if release, ok := line(releaseTable(), r.Repository+":"+version); ok {
			return release
		}
	}
	return ""
}

// shorter takes the last number from the version in front of a tag, "" when what is left
// may be another line of versions: a patch that the table does not have is built as its
// minor version is, and a minor version as its major one where these are no mere
// generations.
func shorter(tag string) string {
	version, rest, cut := strings.Cut(tag, "-")
	i := strings.LastIndexByte(version, '.')
	if i < 0 || strings.Trim(version, "0123456789.") != "" {
		return ""
	}
	if version = version[:i]; !strings.Contains(version, ".") && len(version) < 2 {
		return ""
	}
	if cut {
		return version + "-" + rest
	}
	return version
}

func (d *releaseData) codename(s string) bool {
	return slices.Contains(d.Debian, s) || slices.Contains(d.Ubuntu, s)
}
