package image

import (
	"io/fs"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
)

// yarnChoice finds the version of Yarn that a RUN fetches.
var yarnChoice = lazily(`\b(?:corepack (?:prepare|install|use)[^&|;\n]* yarn@|yarn set version )v?(\S+)`)

// yarnBerry reports whether the project uses Yarn 2 or newer, as far as the file and
// the build context tell: its package.json, what such versions write, and what the file
// fetches. The yarn of node's images, and the one that corepack takes when nothing else is said, is
// version 1; where there is corepack and no lock file to look at, it may be another.
func yarnBerry(p *transform.Pass) bool {
	classic := false
	if files := p.Files; files != nil {
		if version, ok := strings.CutPrefix(packageManifest(p).PackageManager, "yarn@"); ok {
			return !oneDot(version)
		}
		if _, err := fs.Stat(files, ".yarnrc.yml"); err == nil {
			return true
		}
		lock, _ := projectText(p, "yarn.lock")
		if strings.Contains(lock, "\n__metadata:") {
			return true
		}
		classic = strings.Contains(lock, "# yarn lockfile v1")
	}
	for _, in := range p.Doc.Instructions() {
		if !in.Is("RUN") {
			continue
		}
		text := in.ArgsText()
		if m := yarnChoice.FindStringSubmatch(text); m != nil {
			return !oneDot(m[1]) && m[1] != "classic"
		}
		if strings.Contains(text, "corepack") && !classic {
			return true
		}
	}
	return false
}

// oneDot reports whether a version is 1, or one of its releases.
func oneDot(version string) bool { return version == "1" || strings.HasPrefix(version, "1.") }
