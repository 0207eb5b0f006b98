package knowledge

import (
	"slices"
	"strings"
	"sync"

	_ "embed" // the data
)

// fullGz is the list of internal/pkgtable: a line for each image and release, with all
// packages that the full image has and its slim sibling does not.
//
//go:embed packages_full.gz
var fullGz []byte

var fullTable = sync.OnceValue(func() string { return gunzip(fullGz) })

// fullImage says what the Dockerfiles of full variants install, beyond what their slim
// siblings do.
type fullImage struct {
	Images  []string `yaml:"images"`
	Headers []string `yaml:"headers"`
	Others  []string `yaml:"others"`
	Sources []string `yaml:"sources"`
}

// FullInstalls lists the images that have a full variant with what their Dockerfiles
// install in it: what internal/pkgtable resolves.
func FullInstalls() map[string][]string {
	out := map[string][]string{}
	for _, f := range runtimes().Full {
		for _, image := range f.Images {
			out[image] = slices.Concat(out[image], f.Headers, f.Others)
		}
	}
	return out
}

// full reports whether an image is a full variant, with its repository.
func full(image string) (repository string, ok bool) {
	w, _ := readWritten(image, nil)
	r := w.ref
	return r.Repository, !containsAny(r.Tag, "slim", "alpine", "-curl", "-scm") && !slices.Contains([]string{"curl", "scm"}, r.Tag)
}

// FullPackages gives all packages that the full variant of a docker-library image has in a
// Debian release and its slim sibling does not: those that its Dockerfile names and those that came
// with them, such as python3 (with Mercurial), libgomp1 and fonts. It is empty for
// other variants, and when the release is not one of the table's.
func FullPackages(image, release string) []string {
	repository, ok := full(image)
	if !ok {
		return nil
	}
	text, _ := line(fullTable(), repository+" "+release)
	var has []string
	for _, f := range runtimes().SlimHas {
		if slices.Contains(f.Images, repository) {
			has = append(append(has, f.Others...), f.libraries(release)...)
		}
	}
	return slices.DeleteFunc(strings.Fields(text), func(name string) bool { return slices.Contains(has, name) })
}

// libraries are those of the header packages.
func (f *fullImage) libraries(release string) []string {
	var out []string
	for _, header := range f.Headers {
		out = append(out, LookupPackage("apt", release, header).Libraries...)
	}
	return out
}

// FullLibraries gives those of FullPackages that are the libraries of the image's header
// packages: what wheels and native modules are linked with when they are built in it.
func FullLibraries(image, release string) []string {
	repository, _ := full(image)
	packages := FullPackages(image, release)
	var out []string
	for _, f := range runtimes().Full {
		if slices.Contains(f.Images, repository) {
			out = append(out, f.libraries(release)...)
		}
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(name string) bool { return !slices.Contains(packages, name) })
}
