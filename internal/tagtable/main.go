// Command tagtable writes the table of official images' tags: the distribution's release
// that each of them was last built on. It reads the history of a clone of
// docker-library/official-images, where what every tag points to stands, and is run by
// hand:
//
//	go run ./internal/tagtable -o transform/knowledge/releases.gz OFFICIAL-IMAGES IMAGE...
//
// A tag that was left behind keeps what it was: python:3.12.4 stays on bookworm though
// python:3.12 moved to trixie.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/internal/zipped"
)

func main() {
	if err := run(os.Args[1:], os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "tagtable:", err)
		os.Exit(1)
	}
}

func run(args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("tagtable", flag.ContinueOnError)
	flags.SetOutput(stderr)
	out := flags.String("o", "", "the `file` to write")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *out == "" || flags.NArg() < 2 {
		return errors.New("-o FILE, a clone of official-images and images are needed")
	}
	repository := flags.Arg(0)
	state, err := git(repository, "log", "-1", "--format=docker-library/official-images %h, %cs")
	if err != nil {
		return err
	}
	var text strings.Builder
	text.WriteString("# " + state) // ends its line
	count := 0
	for _, image := range slices.Sorted(slices.Values(flags.Args()[1:])) {
		tags, err := history(repository, image)
		if err != nil {
			return err
		}
		for _, tag := range slices.Sorted(maps.Keys(tags)) {
			if tags[tag] != "" && !named(tag, tags[tag]) {
				fmt.Fprintf(&text, "%s:%s\t%s\n", image, tag, tags[tag])
				count++
			}
		}
	}
	size, err := zipped.Write(*out, text.String())
	if err != nil {
		return err
	}
	fmt.Fprintf(stderr, "%d tags, %d bytes\n", count, size)
	return nil
}

// history gives the release that each tag of an image was last built on.
func history(repository, image string) (map[string]string, error) {
	file := "library/" + image
	commits, err := git(repository, "log", "--reverse", "--format=%h", "--", file)
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	for _, commit := range strings.Fields(commits) {
		text, err := git(repository, "show", commit+":"+file)
		if err != nil {
			continue // the commit that removed the image
		}
		for _, b := range builds(image, text) {
			for _, tag := range b.tags {
				tags[tag] = b.release
			}
		}
	}
	if len(tags) == 0 {
		return nil, fmt.Errorf("%s has no tags: is it the name of an official image?", image)
	}
	return tags, nil
}

func git(repository string, args ...string) (string, error) {
	cmd := exec.Command("git", append([]string{"-C", repository}, args...)...)
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w", strings.Join(args, " "), err)
	}
	return string(out), nil
}
