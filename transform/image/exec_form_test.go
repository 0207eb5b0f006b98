package image_test

import (
	"testing"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/image"
)

// TestExecFormWithCompose holds the rule against what compose gives the container:
// a command that a shell-form ENTRYPOINT ignores today would become its arguments.
func TestExecFormWithCompose(t *testing.T) {
	tests := []struct {
		name, text string
		usage      transform.Usage
		reason     string // "" when it is applied
	}{
		{"nothing known", "ENTRYPOINT python app.py", transform.Usage{}, ""},
		{"command", "ENTRYPOINT python app.py", transform.Usage{Services: []transform.Service{{Command: []string{"--debug"}}}}, "cmd-would-be-appended"},
		{"entrypoint replaces it", "ENTRYPOINT python app.py", transform.Usage{Services: []transform.Service{{Entrypoint: []string{"python", "other.py"}, Command: []string{"--debug"}}}}, ""},
		{"command replaces CMD", "CMD python app.py", transform.Usage{Services: []transform.Service{{Command: []string{"python", "other.py"}}}}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			doc, err := dockerfile.Parse(parser.NewSource("Dockerfile", []byte("FROM python:3.12\n"+test.text+"\n")))
			if err != nil {
				t.Fatal(err)
			}
			plan := transform.Harden(transform.Input{Document: doc, Usage: test.usage, Options: transform.Options{
				User: transform.DefaultUser, Enabled: func(rule string) bool { return rule == "exec-form" }}}, image.Rules())
			if len(plan.Findings) != 1 || plan.Findings[0].Reason != test.reason || plan.Changed() != (test.reason == "") {
				t.Errorf("findings %+v, changed %v, want reason %q", plan.Findings, plan.Changed(), test.reason)
			}
		})
	}
}
