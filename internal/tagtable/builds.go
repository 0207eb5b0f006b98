package main

import (
	"regexp"
	"strings"
)

// build is an entry of an image's file: tags that are one image.
type build struct {
	tags    []string
	release string // "" when it is on none that we know
}

var (
	alpine = regexp.MustCompile(`alpine-?(3\.\d+)`)
	suite  = regexp.MustCompile(`\b(wheezy|jessie|stretch|buster|bullseye|bookworm|trixie|forky|sid|xenial|bionic|focal|jammy|noble|resolute)\b`)
	minor  = regexp.MustCompile(`^(\d+\.\d+)(\.|$)`)
)

// builds reads an image's file. Images for Windows, which share tags with others, are left out.
func builds(image, text string) []build {
	var out []build
	for entry := range strings.SplitSeq(text, "\n\n") {
		var b build
		place := ""
		for line := range strings.Lines(entry) {
			field, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			switch field {
			case "Tags", "SharedTags":
				for tag := range strings.SplitSeq(value, ",") {
					b.tags = append(b.tags, strings.TrimSpace(tag))
				}
			case "Directory":
				place = value
			}
		}
		names := place + " " + strings.Join(b.tags, " ")
		if len(b.tags) == 0 || strings.Contains(names, "windows") || strings.Contains(names, "nanoserver") {
			continue
		}
		b.release = release(image, names)
		out = append(out, b)
	}
	return out
}

func release(image, names string) string {
	if image == "alpine" {
		for _, name := range strings.Fields(names) {
			if m := minor.FindStringSubmatch(name); m != nil {
				return "alpine" + m[1]
			}
		}
	}
	if m := alpine.FindStringSubmatch(names); m != nil {
		return "alpine" + m[1]
	}
	return suite.FindString(names)
}

// named reports whether a tag names its release by itself.
func named(tag, release string) bool {
	if version, ok := strings.CutPrefix(release, "alpine"); ok {
		return strings.Contains(tag, version) && strings.Contains(tag, "alpine")
	}
	return suite.FindString(tag) == release
}
