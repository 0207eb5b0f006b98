package knowledge

import (
	_ "embed" // the data
	"sync"
)

//go:embed setuid.yaml
var setuidYAML []byte

// SetuidHelper is programs that work by their setuid or setgid bit.
type SetuidHelper struct {
	Programs []string `yaml:"programs"` // names of the files
	// Packages are those whose software starts the programs by itself.
	Packages []string `yaml:"packages"`
	// User: only another user than root needs the bit.
	User   bool   `yaml:"user"`
	Source string `yaml:"source"`
}

var setuidHelpers = sync.OnceValue(func() []SetuidHelper {
	var data struct {
		Helpers []SetuidHelper `yaml:"helpers"`
	}
	decode(setuidYAML, &data)
	return data.Helpers
})

// SetuidHelpers lists the programs that work by such a bit.
func SetuidHelpers() []SetuidHelper { return setuidHelpers() }
