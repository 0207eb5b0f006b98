package compose

import "testing"

// TestIncludeLocal: only a path that is the same everywhere is a file of this machine.
func TestIncludeLocal(t *testing.T) {
	for name, want := range map[string]string{
		"infra/db.yml": "infra/db.yml", "./db.yml": "db.yml", "../x/db.yml": "../x/db.yml",
		"": "", "${WHICH}.yml": "", "oci://example.com/app:1": "", "git@example.com:team/app.git": "", "/etc/x.yml": "", "github.com/team/app": "",
	} {
		if got, ok := (Include{Name: name}).Local(); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v; want %q", name, got, ok, want)
		}
	}
}
