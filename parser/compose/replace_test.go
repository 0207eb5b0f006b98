package compose

import (
	"errors"
	"testing"

	"gopkg.in/yaml.v3"
)

// edited is a text after changes of its document.
func edited(t *testing.T, text string, change func(e *Editor, root *yaml.Node) error) (string, error) {
	t.Helper()
	doc := document(t, text)
	e := doc.Edit()
	if err := change(e, doc.Root); err != nil {
		return "", err
	}
	after, _, err := e.Apply()
	if err != nil {
		return "", err
	}
	return string(after.Source.Bytes()), nil
}

type editCase struct {
	before, after string
	err           error // of a refusal
}

func runEdits(t *testing.T, cases map[string]editCase, change func(e *Editor, root *yaml.Node) error) {
	t.Helper()
	for name, c := range cases {
		got, err := edited(t, c.before, change)
		if !errors.Is(err, c.err) || c.err == nil && err != nil {
			t.Errorf("%s: %v, want %v", name, err, c.err)
		}
		if got != c.after {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, c.after)
		}
	}
}

func TestAddTopLevelKeys(t *testing.T) {
	const backend = "networks:\n  backend:\n    internal: true\n"
	runEdits(t, map[string]editCase{
		"new, nothing to go by":    {before: "services:\n  a:\n    image: x\n", after: "services:\n  a:\n    image: x\n\n" + backend},
		"new, blank lines":         {before: "services:\n  a:\n    image: x\n\nvolumes:\n  v:\n", after: "services:\n  a:\n    image: x\n\nvolumes:\n  v:\n\n" + backend},
		"new, no blank lines":      {before: "services:\n  a:\n    image: x\nvolumes:\n  v:\n", after: "services:\n  a:\n    image: x\nvolumes:\n  v:\n" + backend},
		"new, services without":    {before: "services:\n  a:\n    image: x\n  b:\n    image: y\n", after: "services:\n  a:\n    image: x\n  b:\n    image: y\n" + backend},
		"new, no final newline":    {before: "services:\n  a:\n    image: x", after: "services:\n  a:\n    image: x\n\nnetworks:\n  backend:\n    internal: true"},
		"new, commented-out keys":  {before: "services:\n  a:\n    image: x\n    # ports: []\n\n  #b:\n  #  image: y\n#  c:\n#    image: z\n\n# volumes:\n#   db:\n", after: "services:\n  a:\n    image: x\n    # ports: []\n\n  #b:\n  #  image: y\n#  c:\n#    image: z\n\n" + backend + "\n# volumes:\n#   db:\n"},
		"new, literal at the end":  {before: "name: n\n# all\nservices:\n  a:\n    command: |\n      x", after: "name: n\n" + backend + "# all\nservices:\n  a:\n    command: |\n      x"},
		"new, end of the document": {before: "---\nservices:\n  a:\n    image: x\n...\n", after: "---\nservices:\n  a:\n    image: x\n\n" + backend + "...\n"},
		"new, brackets":            {before: "{services: {a: {image: x}}}\n", after: "{services: {a: {image: x}}, networks: {backend: {internal: true}}}\n"},
		"there":                    {before: "networks:\n  front:\n  # back:\n\nservices: {}\n", after: "networks:\n  front:\n  # back:\n  backend:\n    internal: true\n\nservices: {}\n"},
		"there, in brackets":       {before: "networks: {front: }\nservices: {}\n", after: "networks: {front: , backend: {internal: true} }\nservices: {}\n"},
		"there, empty":             {before: "networks: {}\n", after: "networks: {backend: {internal: true}}\n"},
		"there, without a value":   {before: "networks: # all\n  # none\nservices: {}\n", after: "networks: # all\n  backend:\n    internal: true\n  # none\nservices: {}\n"},
		"there, null":              {before: "networks: ~\n", err: ErrPlace},
		"there, an alias":          {before: "x-n: &n {a: }\nnetworks: *n\n", err: ErrShared},
		"there, taken back":        {before: "networks: !reset\n", err: ErrPlace},
	}, func(e *Editor, _ *yaml.Node) error {
		return e.AddTopLevel("networks", Pair{Key: "backend", Value: []Pair{{Key: "internal", Value: "true"}}})
	})
}

// TestAddTopLevelTwice: further keys of a section that is not there yet come into the same one.
func TestAddTopLevelTwice(t *testing.T) {
	runEdits(t, map[string]editCase{
		"secrets": {before: "services:\n  a:\n    image: x\n", after: "services:\n  a:\n    image: x\n\nsecrets:\n  s:\n    file: s.txt\n  t:\n    file: t.txt\n"},
	}, func(e *Editor, _ *yaml.Node) error {
		return errors.Join(e.AddTopLevel("secrets", Pair{Key: "s", Value: []Pair{{Key: "file", Value: "s.txt"}}}),
			e.AddTopLevel("secrets", Pair{Key: "t", Value: []Pair{{Key: "file", Value: "t.txt"}}}))
	})
}

func TestRemoveKey(t *testing.T) {
	runEdits(t, map[string]editCase{
		"first":                  {before: "a: 1\nb: 2\n", after: "b: 2\n"},
		"behind a mark":          {before: "\ufeffa: 1\nb: 2\n", err: ErrPlace},
		"last":                   {before: "b: 2\na: 1\n", after: "b: 2\n"},
		"last, without newline":  {before: "b: 2\na: 1", after: "b: 2\n"},
		"mapping":                {before: "b: 2\na:\n  c: d\n  e:\n    - f\ng: h\n", after: "b: 2\ng: h\n"},
		"list below":             {before: "a:\n- c\n- d\nb: 2\n", after: "b: 2\n"},
		"literal":                {before: "a: |\n  # no comment\n\n  x\nb: 2\n", after: "b: 2\n"},
		"quoted sign":            {before: "a: '#1'\nb: 2\n", after: "b: 2\n"},
		"nothing":                {before: "a:\nb: 2\n", after: "b: 2\n"},
		"comments around":        {before: "# above\na: 1\n# below\nb: 2\n", after: "# above\n# below\nb: 2\n"},
		"comment behind":         {before: "a: 1 # why\nb: 2\n", err: ErrComment},
		"comment inside":         {before: "a:\n  # why\n  c: d\nb: 2\n", err: ErrComment},
		"brackets":               {before: "{a: 1, b: 2}\n", after: "{b: 2}\n"},
		"brackets, last":         {before: "{b: 2, a: [1, 2]}\n", after: "{b: 2}\n"},
		"brackets, no value":     {before: "{b: 2, a: }\n", err: ErrPlace},
		"brackets over lines":    {before: "{b: 2,\n a: 1}\n", err: ErrFlow},
		"the only one":           {before: "a: 1\n", err: ErrPlace},
		"not there":              {before: "b: 1\nc: 2\n", err: ErrPlace},
		"an anchor that is used": {before: "a: &a 1\nb: *a\n", err: ErrMeaning},
		"crlf":                   {before: "a: 1\r\nb: 2\r\n", after: "b: 2\r\n"},
	}, func(e *Editor, root *yaml.Node) error { return e.RemoveKey(root, "a") })
	runEdits(t, map[string]editCase{
		"first of an item": {before: "l:\n  - a: 1\n    b: 2\n", err: ErrPlace},
	}, func(e *Editor, root *yaml.Node) error { return e.RemoveKey(Child(root, "l").Content[0], "a") })
}

func TestReplaceScalar(t *testing.T) {
	for name, c := range map[string]struct{ before, text, after string }{
		"plain":               {"a: x # y\n", "z", "a: z # y\n"},
		"in need of quotes":   {"a: x\n", "y: z", "a: \"y: z\"\n"},
		"the file's quotes":   {"a: x\nb: 'y'\n", "y: 'z'", "a: 'y: ''z'''\nb: 'y'\n"},
		"double quotes stay":  {"a: \"x\"\n", `y"\`, "a: \"y\\\"\\\\\"\n"},
		"single quotes stay":  {"a: 'x'\n", "it's", "a: 'it''s'\n"},
		"a number stays text": {"a: '1'\n", "2", "a: '2'\n"},
		"a number":            {"a: 1\n", "2", "a: 2\n"},
		"text like a number":  {"a: 1\n", `"2"`, "a: \"2\"\n"},
		"line breaks":         {"a: 'x'\n", "y\nz\x1b", "a: \"y\\nz\\U0000001B\"\n"},
		"over lines":          {"a: x\n  y\nb: c\n", "z", "a: z\nb: c\n"},
		"an anchor stays":     {"a: &q x\nb: *q\n", "z", "a: &q z\nb: *q\n"},
		"empty quotes":        {"a: ''\n", "z", "a: 'z'\n"},
	} {
		got, err := edited(t, c.before, func(e *Editor, root *yaml.Node) error { return e.ReplaceScalar(Child(root, "a"), c.text) })
		if err != nil || got != c.after {
			t.Errorf("%s: %q, %v, want %q", name, got, err, c.after)
		}
	}
	for _, before := range []string{"a: |\n  x\n", "a: >-\n  x\n", "a: !!str x\n", "a:\n", "a: [x]\n"} {
		if _, err := edited(t, before, func(e *Editor, root *yaml.Node) error { return e.ReplaceScalar(Child(root, "a"), "z") }); !errors.Is(err, ErrPlace) {
			t.Errorf("%q: %v", before, err)
		}
	}
	got, err := edited(t, "a:\n  PASSWORD: x\n", func(e *Editor, root *yaml.Node) error {
		env := Child(root, "a").Content
		return errors.Join(e.ReplaceScalar(env[0], "PASSWORD_FILE"), e.ReplaceScalar(env[1], "/run/secrets/p"))
	})
	if want := "a:\n  PASSWORD_FILE: /run/secrets/p\n"; got != want || err != nil {
		t.Errorf("a key: %q, %v", got, err)
	}
}

// TestWrittenTexts: quotes only where they are needed, the file's own; comments on one line.
func TestWrittenTexts(t *testing.T) {
	texts := Items("/tmp:rw,size=64m", "${X:-{}}", "a: b", "a:", "-", "-x", "a #b", "a#b", "[a]", "it's", "", " a", "*a", "&a", "a\tb", "\u2028", "---", `"64"`, "64", "@a", "ä", `\`)
	const block = "a: '1'\nb:\n  - /tmp:rw,size=64m\n  - ${X:-{}}\n  - 'a: b'\n  - 'a:'\n  - '-'\n  - -x\n  - 'a #b'\n  - a#b\n  - '[a]'\n  - it's\n  - ''\n  - ' a'\n  - '*a'\n  - '&a'\n" +
		"  - \"a\\tb\"\n  - \"\\U00002028\"\n  - '---'\n  - '64'\n  - 64\n  - '@a'\n  - ä\n  - \\\n"
	const flow = "a: '1'\nb: ['/tmp:rw,size=64m', '${X:-{}}', 'a: b', 'a:', '-', -x, 'a #b', 'a#b', '[a]', 'it''s', '', ' a', '*a', '&a', \"a\\tb\", \"\\U00002028\", '---', '64', 64, '@a', ä, \\]\n"
	got, err := edited(t, "a: '1'\n", func(e *Editor, root *yaml.Node) error { return e.AddKeys(root, Pair{Key: "b", Value: texts}) })
	if err != nil || got != block {
		t.Errorf("%v\n%s", err, got)
	}
	got, err = edited(t, "a: '1'\nb: []\n", func(e *Editor, root *yaml.Node) error { return e.AppendItems(Child(root, "b"), texts...) })
	if err != nil || got != flow {
		t.Errorf("%v\n%s", err, got)
	}
	got, err = edited(t, "a: 1\n", func(e *Editor, root *yaml.Node) error {
		return e.AddKeys(root, Pair{"b", Items(), "none\nat all"}, Pair{"c", []Item{{"d", "e\r\n\tf\u2028g "}}, "of c"}, Pair{"h", []Pair{{"i", "j", " "}}, "of\u0085h"})
	})
	if want := "a: 1\nb: []  # none at all\nc:  # of c\n  - d  # e f g\nh:  # of h\n  i: j\n"; err != nil || got != want {
		t.Errorf("comments: %v\n%s", err, got)
	}
}
