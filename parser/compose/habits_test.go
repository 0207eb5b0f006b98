package compose

import "testing"

// TestDashes: a new list is indented as those beside it are, and as the file's where there
// are none.
func TestDashes(t *testing.T) {
	const text = "services:\n  a:\n    ports:\n    - 1:1\n  b:\n    ports:\n        - 1:1\n    expose:\n        - 2\n  c:\n    image: x\n"
	for service, want := range map[string]string{
		"a": "    cap_drop:\n    - ALL\n",
		"b": "    cap_drop:\n        - ALL\n",
		"c": "    cap_drop:\n        - ALL\n",
	} {
		p := load(t, map[string]string{"c": text}, "c")
		after, _, err := p.Apply([]Change{{Service: service, Path: []string{"cap_drop"}, Items: Items("ALL")}})
		if err != nil {
			t.Fatal(err)
		}
		d := after.Files[0]
		line := d.Source.LineAt(after.Service(service).Span("cap_drop").Start)
		if got := d.line(line) + d.line(line+1); got != want {
			t.Errorf("%s: got %q, want %q", service, got, want)
		}
	}
}
