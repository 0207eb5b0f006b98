package enginetest

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/bulkhead-dev/bulkhead/internal/engine"
)

// observed is what the suite looks at before and after.
type observed struct {
	uids         []int
	capabilities engine.Capabilities
	size         int64
	services     []guard
}

// row is an application's line of the table. Each application writes its own.
type row struct {
	name                   string
	works, again, upgrades bool
	before, after          observed
	refused                string // why its user stays, or ""
	report                 string // of `bulkhead fix`
	split                  string // what became of split-stages
	segments, secrets      string // what became of network-segments and file-secrets
	probes                 int    // connections that were tried over its networks
	failure                string
}

type table []*row

func newTable(apps []string) table {
	var t table
	for _, name := range apps {
		t = append(t, &row{name: filepath.Base(name)})
	}
	return t
}

func (t table) row(name string) *row {
	for _, r := range t {
		if r.name == filepath.Base(name) {
			return r
		}
	}
	return nil
}

// String is the table in Markdown.
func (t table) String() string {
	var b strings.Builder
	b.WriteString("| application | works | works again | upgrades | uid | capabilities | split | image |\n|---|---|---|---|---|---|---|---|\n")
	for _, r := range t {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s → %s | %d → %d | %s | %s → %s |\n", r.name, r.mark(r.works), r.mark(r.again), r.mark(r.upgrades),
			ids(r.before.uids), r.user(), len(r.before.capabilities.Names()), len(r.after.capabilities.Names()), r.split, megabytes(r.before.size), megabytes(r.after.size))
	}
	return b.String()
}

func (r *row) mark(ok bool) string {
	if ok {
		return "yes"
	}
	return "**no**: " + r.failure
}

func (r *row) user() string {
	if r.refused != "" {
		_, code, _ := strings.Cut(r.refused, "[")
		return ids(r.after.uids) + " (refused: " + strings.TrimSuffix(code, "]") + ")"
	}
	return ids(r.after.uids)
}

func ids(uids []int) string {
	var out []string
	for _, n := range uids {
		out = append(out, strconv.Itoa(n))
	}
	return strings.Join(out, ", ")
}

func megabytes(n int64) string { return strconv.FormatInt(n/1_000_000, 10) + " MB" }

// networks is the table of what became of the networks and the credentials.
func (t table) networks() string {
	var b strings.Builder
	b.WriteString("| application | data stores on networks of their own | probes | credentials | upgrades |\n|---|---|---|---|---|\n")
	for _, r := range t {
		fmt.Fprintf(&b, "| %s | %s | %d | %s | %s |\n", r.name, r.segments, r.probes, r.secrets, r.mark(r.upgrades))
	}
	return b.String()
}
