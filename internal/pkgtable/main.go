// Command pkgtable writes the table of Debian's header packages: for each of them, the
// packages of the libraries that a program linked with it needs when it runs. It is run
// by hand when a release is added or changes:
//
//	go run ./internal/pkgtable -o transform/knowledge/packages_debian.gz -full transform/knowledge/packages_full.gz -needs transform/knowledge/packages_needs.gz bullseye bookworm trixie
//
// The second file says what full images of docker-library have beyond their slim siblings, the third
// which packages depend on one that is for building.
//
// The package indexes are those of the machine's own mirror, fetched and verified by
// apt-get into a directory of their own; nothing of the machine's apt changes.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/internal/zipped"
)

func main() {
	if err := run(os.Args[1:], os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "pkgtable:", err)
		os.Exit(1)
	}
}

func run(args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("pkgtable", flag.ContinueOnError)
	flags.SetOutput(stderr)
	out := flags.String("o", "", "the `file` to write")
	fullOut := flags.String("full", "", "the `file` to write for full images")
	needsOut := flags.String("needs", "", "the `file` to write for packages that depend on build-only ones")
	keyring := flags.String("keyring", "/usr/share/keyrings/debian-archive-keyring.gpg", "the `file` of the archive's keys")
	if err := flags.Parse(args); err != nil {
		return err
	}
	releases := flags.Args()
	if *out == "" || len(releases) == 0 {
		return errors.New("-o FILE and releases are needed")
	}
	indexes, err := fetch(releases, *keyring)
	if err != nil {
		return err
	}
	table := map[string][]string{}
	needs := map[string][]string{}
	var full []string
	for i, release := range releases {
		packages, err := parseIndex(bytes.NewReader(indexes[i]))
		if err != nil {
			return fmt.Errorf("%s: %w", release, err)
		}
		full = append(full, fullImages(packages, release)...)
		for name, list := range needsBuild(packages, release) {
			needs[name] = append(needs[name], list...)
		}
		for name, libraries := range carried(packages) {
			if table[name] == nil {
				table[name] = make([]string, len(releases))
			}
			if table[name][i] = strings.Join(libraries, " "); len(libraries) == 0 {
				table[name][i] = none
			}
		}
	}
	slices.Sort(full)
	for file, text := range map[string]string{*out: render(releases, table), *fullOut: strings.Join(full, ""), *needsOut: renderNeeds(needs)} {
		if file == "" {
			continue
		}
		if _, err := zipped.Write(file, text); err != nil {
			return err
		}
	}
	return nil
}

// none stands for the libraries of a header package that carries none.
const none = "-"

// render writes a line for each package, sorted: its name, then its libraries in each
// release of the first line, all behind tabs. A package that carries the same in a release as
// in the one before has = there; one that a release does not have has nothing.
func render(releases []string, table map[string][]string) string {
	var names []string
	for name := range table {
		names = append(names, name)
	}
	slices.Sort(names)
	var text strings.Builder
	fmt.Fprintf(&text, "\t%s\n", strings.Join(releases, "\t"))
	for _, name := range names {
		text.WriteString(name)
		previous := ""
		for _, libraries := range table[name] {
			if libraries != "" && libraries == previous {
				text.WriteString("\t=")
			} else {
				text.WriteString("\t" + libraries)
			}
			previous = libraries
		}
		text.WriteByte('\n')
	}
	return text.String()
}
