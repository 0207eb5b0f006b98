package secret

import (
	_ "embed" // the rules
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strings"
	"sync"
)

//go:embed gitleaks.json
var gitleaksJSON []byte

// rule is one of gitleaks' rules. Its expressions are compiled when a text holds one of
// its keywords.
type rule struct {
	ID       string   `json:"id"`
	Regex    string   `json:"regex"`
	Entropy  float64  `json:"entropy"` // bits a character that the credential must have
	Group    int      `json:"group"`   // of the expression that is the credential; 0 is the first that matched
	Keywords []string `json:"keywords"`
	Allow    []string `json:"allow"` // credentials that are none

	compiled func() (find *regexp.Regexp, allow []*regexp.Regexp)
}

var rules = sync.OnceValue(func() []*rule {
	var data struct{ Rules []*rule }
	if err := json.Unmarshal(gitleaksJSON, &data); err != nil {
		panic("embedded data: " + err.Error()) // a broken build, not an input
	}
	for _, r := range data.Rules {
		r.compiled = sync.OnceValues(func() (*regexp.Regexp, []*regexp.Regexp) {
			var allow []*regexp.Regexp
			for _, a := range r.Allow {
				allow = append(allow, regexp.MustCompile(a))
			}
			return regexp.MustCompile(r.Regex), allow
		})
	}
	return data.Rules
})

// maxText bounds what is looked at of one setting.
const maxText = 16 << 10

// Detect looks for a credential whose form one of gitleaks' rules knows. It gives the id of
// the rule and the credential, "" when there is none.
func Detect(text string) (id, found string) {
	if len(text) > maxText {
		text = text[:maxText]
	}
	lower := strings.ToLower(text)
	for _, r := range rules() {
		if len(r.Keywords) > 0 && !slices.ContainsFunc(r.Keywords, func(k string) bool { return strings.Contains(lower, k) }) {
			continue
		}
		if found = r.find(text); found != "" {
			return r.ID, found
		}
	}
	return "", ""
}

func (r *rule) find(text string) string {
	re, allow := r.compiled()
	for _, m := range re.FindAllStringSubmatch(text, -1) {
		found := m[0]
		if r.Group > 0 && r.Group < len(m) {
			found = m[r.Group]
		} else {
			for _, g := range m[1:] {
				if g != "" {
					found = g
					break
				}
			}
		}
		if entropy(found) >= r.Entropy && !slices.ContainsFunc(allow, func(a *regexp.Regexp) bool { return a.MatchString(found) }) {
			return found
		}
	}
	return ""
}

// entropy is Shannon's, in bits a character.
func entropy(text string) float64 {
	counts := map[rune]int{}
	n := 0
	for _, r := range text {
		counts[r]++
		n++
	}
	var sum float64
	for _, c := range counts {
		p := float64(c) / float64(n)
		sum -= p * math.Log2(p)
	}
	return sum
}
