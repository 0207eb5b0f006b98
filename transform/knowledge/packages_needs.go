package knowledge

import (
	"slices"
	"strings"
	"sync"

	_ "embed" // the data
)

// needsGz is the list of internal/pkgtable: a line for each Debian package that is no compiler
// and no headers, and depends on some; "*" stands for many.
//
//go:embed packages_needs.gz
var needsGz []byte

var needsTable = sync.OnceValue(func() string { return gunzip(needsGz) })

// NeedsBuildPackage reports whether a package cannot be there without a build-only one, in any
// Debian release of the table: varnish compiles its configuration with gcc, and npm depends on
// libssl-dev. apt takes such a package away together with what it needs.
func NeedsBuildPackage(manager, name, build string) bool {
	if familyManager(manager) != "apt" {
		return false // apk keeps what something needs
	}
	text, _ := line(needsTable(), bareName(name))
	list := strings.Fields(text)
	return slices.Contains(list, "*") || slices.Contains(list, bareName(build))
}
