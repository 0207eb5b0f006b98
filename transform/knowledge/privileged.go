package knowledge

import (
	_ "embed" // the data
	"path"
	"slices"
	"strings"
	"sync"
)

//go:embed privileged.yaml
var privilegedYAML []byte

// Privileges is what an image needs in place of privileged: true.
type Privileges struct {
	Images []string `yaml:"images"`
	Tag    string   `yaml:"tag"`  // the entry is for tags that contain it
	What   string   `yaml:"what"` // what it needs them for
	// Nothing: it runs without any. SELinux: a host with SELinux may need label:disable.
	Nothing bool `yaml:"nothing"`
	SELinux bool `yaml:"selinux"`

	CapAdd      []string `yaml:"cap_add"` // without CAP_
	Devices     []string `yaml:"devices"`
	SecurityOpt []string `yaml:"security_opt"`
	Sysctls     []string `yaml:"sysctls"`

	When    string `yaml:"when"`    // they are needed only then
	Instead string `yaml:"instead"` // what to do where no few lines replace it
	Note    string `yaml:"note"`
	Source  string `yaml:"source"`
}

// Device is what a file below /dev needs beside its line in devices.
type Device struct {
	Path        string   `yaml:"path"`
	Prefix      bool     `yaml:"prefix"` // Path is the beginning of a name
	What        string   `yaml:"what"`
	CapAdd      []string `yaml:"cap_add"`
	SecurityOpt []string `yaml:"security_opt"`
	CgroupRules []string `yaml:"cgroup"`  // device_cgroup_rules, for devices that come and go
	Instead     string   `yaml:"instead"` // lines that stand for it
	Source      string   `yaml:"source"`
}

// Power is what a capability of cap_add gives.
type Power struct {
	Cap     string `yaml:"cap"`
	Gives   string `yaml:"gives"`
	Root    bool   `yaml:"root"` // it is as good as root on the host
	Instead string `yaml:"instead"`
	Source  string `yaml:"source"`
}

type privilegedData struct {
	Images       []Privileges `yaml:"images"`
	Devices      []Device     `yaml:"devices"`
	Capabilities []Power      `yaml:"capabilities"`
}

var privileged = sync.OnceValue(func() *privilegedData {
	d := &privilegedData{}
	decode(privilegedYAML, d)
	return d
})

// PrivilegesOf says what an image needs in place of privileged: true. Variables in its
// name stand for their defaults.
func PrivilegesOf(image string) (Privileges, bool) {
	ref, ok := expandRef(image)
	if !ok {
		return Privileges{}, false
	}
	for _, p := range privileged().Images {
		if slices.Contains(p.Images, repository(image)) && strings.Contains(ref.Tag, p.Tag) {
			return p, true
		}
	}
	return Privileges{}, false
}

// DeviceAt says what a file below /dev needs.
func DeviceAt(name string) (Device, bool) {
	for _, d := range privileged().Devices {
		if name == d.Path || strings.HasPrefix(name, d.Path+"/") || d.Prefix && strings.HasPrefix(name, d.Path) {
			return d, true
		}
	}
	return Device{}, false
}

// PowerOf says what a capability gives, in any spelling of its name; ok is false for one
// that is harmless, or that Docker gives every container.
func PowerOf(name string) (p Power, ok bool) {
	name = CapName(name)
	for _, p := range privileged().Capabilities {
		if p.Cap == name {
			return p, true
		}
	}
	return Power{}, false
}

// CapName writes the name of a capability as the data has it: upper case, without CAP_.
func CapName(name string) string {
	return strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(name)), "CAP_")
}

// ImageName is what people call an image: the last part of its repository.
func ImageName(image string) string {
	if ref, ok := expandRef(image); ok {
		return path.Base(ref.Repository)
	}
	return image
}

// ExpandDefaults puts the defaults of variables in their place; ok is false when one has none.
func ExpandDefaults(s string) (text string, ok bool) {
	text, _ = expand(s)
	return text, !strings.Contains(text, unset)
}
