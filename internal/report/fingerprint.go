package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/transform"
)

// fingerprints tell findings apart by what they are about, so that tools know one again
// in a later run: the rule, the file, the service and the beginning of the line, but neither
// its number nor what became of it. Of a line only the part counts that says which
// one it is: not the version of an image, nor a value, which also could be a secret. Findings
// that are the same in all of that are numbered.
func fingerprints(path string, src *parser.Source, findings []transform.Finding) []string {
	out := make([]string, len(findings))
	seen := map[string]int{}
	for i, f := range findings {
		key := strings.Join([]string{f.Rule, path, f.Service, anchor(src, f.Span, f.Service != "")}, "\x00")
		seen[key]++
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", key, seen[key]))
		out[i] = hex.EncodeToString(sum[:16])
	}
	return out
}

var (
	// fromLine is FROM up to the name of the image, without tag and digest.
	fromLine = regexp.MustCompile(`(?i)^FROM (?:--\S+ )*([^\s:@]+(?::\d+/[^\s:@]+)?)`)
	// keyLine is an instruction that sets names to values, up to the first name.
	keyLine = regexp.MustCompile(`(?i)^(ENV|ARG|LABEL) [^\s=]+`)
	// yamlKey is a key of a mapping, yamlItem an item that sets a name to a value.
	yamlKey  = regexp.MustCompile(`^(?:- )?["']?[\w./-]+["']?:(?: |$)`)
	yamlItem = regexp.MustCompile(`^- ["']?\w+=`)
)

// anchor is what tells which line of a file a finding is about.
func anchor(src *parser.Source, at parser.Span, yaml bool) string {
	if src.Len() == 0 {
		return ""
	}
	line := src.Text(src.Line(src.LineAt(min(at.Start, src.Len()-1))))
	line = strings.Join(strings.Fields(line), " ")
	kinds := []*regexp.Regexp{fromLine, keyLine}
	if yaml {
		kinds = []*regexp.Regexp{yamlKey, yamlItem}
	}
	for _, k := range kinds {
		if cut := k.FindString(line); cut != "" {
			return cut
		}
	}
	return line
}
