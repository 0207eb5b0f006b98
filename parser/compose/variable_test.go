package compose

import (
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/parser"
)

// TestChangeVariable: the variable is changed where it stands, and the model becomes what
// the change says, in the file and as an override file.
func TestChangeVariable(t *testing.T) {
	rename := Change{Service: "a", Path: []string{"environment"}, Variable: "P", Rename: "P_FILE", Word: "/run/secrets/p"}
	tests := []struct{ name, env, want string }{
		{"mapping", "      A: 1\n      P: x # why\n", "      A: 1\n      P_FILE: /run/secrets/p # why\n"},
		{"quotes", "      P: \"x y\"\n", "      P_FILE: \"/run/secrets/p\"\n"},
		{"list", "      - A=1\n      - 'P=x'\n      - PP=y\n", "      - A=1\n      - 'P_FILE=/run/secrets/p'\n      - PP=y\n"},
		{"a value that is no text", "      P: 12\n", "      P_FILE: /run/secrets/p\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := "services:\n  a:\n    image: x\n    environment:\n" + tt.env
			p := loaded(t, text)
			top := Change{Service: "a", Top: "secrets", Pairs: []Pair{{Key: "p", Value: []Pair{{Key: "file", Value: "./p"}}}}}
			changes := []Change{rename, {Service: "a", Path: []string{"secrets"}, Items: Items("p")}, top}
			want, err := p.Model.Expect(changes)
			if err != nil {
				t.Fatal(err)
			}
			after, _, err := p.Apply(changes)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(after.Files[0].Source.Bytes()); !strings.HasPrefix(got, strings.Replace(text, tt.env, tt.want, 1)) || !strings.HasSuffix(got, "secrets:\n  p:\n    file: ./p\n") {
				t.Errorf("result:\n%s", got)
			}
			if d := Differences(want, after.Model); len(d) > 0 {
				t.Errorf("differs at %v", d)
			}
			beside, err := p.Override(changes, after, "b.yaml")
			if err != nil {
				t.Fatal(err)
			}
			merged := loaded(t, text, string(beside))
			if d := Differences(after.Model, merged.Model); len(d) > 0 {
				t.Errorf("the override file differs at %v:\n%s", d, beside)
			}
		})
	}
}

func TestChangeVariableRefuses(t *testing.T) {
	rename := Change{Service: "a", Path: []string{"environment"}, Variable: "P", Rename: "P_FILE", Word: "/run/secrets/p"}
	for name, text := range map[string]string{
		"another variable": "services:\n  a:\n    image: x\n    environment: {Q: x}\n",
		"no environment":   "services:\n  a:\n    image: x\n",
		"a fragment":       "x-e: &e {P: x}\nservices:\n  a:\n    image: x\n    environment: *e\n",
		"no value":         "services:\n  a:\n    image: x\n    environment:\n      P:\n",
	} {
		if _, _, err := loaded(t, text).Apply([]Change{rename}); err == nil {
			t.Errorf("%s: no refusal", name)
		}
	}
}

func TestScalars(t *testing.T) {
	doc, err := Parse(parser.NewSource("x", []byte("a: 1 # c\nb: [x, \"y z\"]\nc:\n  d: |\n    e\n    f\n")))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range doc.Scalars() {
		got = append(got, strings.Join(s.Path, ".")+" "+s.Before+" "+strings.TrimSpace(doc.Source.Text(s.Span)))
	}
	want := []string{"a  1", "b.0  x", "b.1 x \"y z\"", "c.d  |\n    e\n    f"}
	if strings.Join(got, "\x00") != strings.Join(want, "\x00") {
		t.Errorf("got %q, want %q", got, want)
	}
}

func loaded(t *testing.T, texts ...string) *Project {
	t.Helper()
	var docs []*Document
	for i, text := range texts {
		d, err := Parse(parser.NewSource(string(rune('a'+i))+".yaml", []byte(text)))
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, d)
	}
	p, err := Load(docs, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
