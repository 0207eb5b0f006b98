package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/internal/report"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/urfave/cli/v2"
)

// formats are the names that --format takes.
var formats = []string{"text", "diff", "json", "sarif", "github", "gitlab", "markdown", "html"}

// output is one rendering of the report that was asked for.
type output struct {
	format string // "" is what the command prints by itself
	file   string // "" is standard output
}

// controlsFormat is what --controls prints.
const controlsFormat = "controls"

// outputList gathers --format and --output in the order in which they were given: a file
// belongs to the format in front of it.
type outputList struct {
	all  []output
	open bool // the last format has no file yet
}

// outputFlags are the two options that fill the list.
func outputFlags(list *outputList) []cli.Flag {
	return []cli.Flag{
		&cli.GenericFlag{Name: "format", Value: outputFlag{list, false}, DefaultText: "what the command prints",
			Usage: "print `FORMAT` instead: " + strings.Join(formats[:len(formats)-1], ", ") + " or " + formats[len(formats)-1] + "; repeat it"},
		&cli.GenericFlag{Name: "output", Value: outputFlag{list, true}, DefaultText: "standard output",
			Usage: "write the format in front of it to `FILE`, or FORMAT:FILE; repeat it; -o for short"},
		&cli.GenericFlag{Name: "o", Value: outputFlag{list, true}, Hidden: true}, // an alias could not be repeated together with the other
	}
}

// outputFlag is one of the two options.
type outputFlag struct {
	list *outputList
	file bool
}

// String is the value before the option was given.
func (f outputFlag) String() string { return "" }

// Set takes the value of the option.
func (f outputFlag) Set(value string) error {
	switch {
	case value == "":
		return errors.New("it is empty")
	case f.file:
		f.list.file(value)
		return nil
	}
	if !slices.Contains(formats, value) {
		return fmt.Errorf("unknown format %q: use %s", value, strings.Join(formats, ", "))
	}
	f.list.all, f.list.open = append(f.list.all, output{format: value}), true
	return nil
}

// file gives the last format its file.
func (l *outputList) file(value string) {
	format, name, ok := strings.Cut(value, ":")
	if !ok || !slices.Contains(formats, format) {
		format, name = "", value
	}
	if name == "-" {
		name = ""
	}
	if format == "" && l.open {
		l.all[len(l.all)-1].file = name
	} else {
		l.all = append(l.all, output{format, name})
	}
	l.open = false
}

// checkOutputs refuses outputs that get in each other's way, and says what those without
// a format are.
func (r *run) checkOutputs(fromStdin bool) error {
	seen := map[string]bool{}
	for i, o := range r.outputs {
		if seen[o.file] && o.file == "" {
			return errors.New("only one format goes to standard output: give the others a file with --output")
		} else if seen[o.file] {
			return fmt.Errorf("two outputs go to %s", o.file)
		}
		seen[o.file] = true
		switch {
		case r.showSecrets && o.format != "" && o.format != "diff":
			return fmt.Errorf("--show-secrets goes with a diff: the format %s never has them", o.format)
		case r.command == "fix" && !fromStdin && o.format == "":
			return errors.New("fix writes files in place: --output goes with a --format, or with - (standard input)")
		case r.command == "fix" && fromStdin && o.format != "" && o.file == "":
			return errors.New("fix - prints the hardened text: give the report a file with --output")
		case o.format == "" && r.command == "diff":
			r.outputs[i].format = "diff"
		case o.format == "" && r.command == "check":
			r.outputs[i].format = "text"
		}
	}
	return nil
}

// ownOutput is the file that the text of `fix -` goes to.
func (r *run) ownOutput() (file string, ok bool) {
	for _, o := range r.outputs {
		if o.format == "" {
			return o.file, o.file != ""
		}
	}
	return "", false
}

// drop says which findings the formats have no use for.
func (r *run) drop() func(transform.Outcome) bool {
	for _, o := range r.outputs {
		if o.format != "" && o.format != "text" && o.format != "diff" {
			return nil
		}
	}
	return func(o transform.Outcome) bool {
		return r.quiet && len(r.outputs) == 0 || o == transform.Already && !r.verbose
	}
}

// needsChanges reports whether a format shows the texts.
func (r *run) needsChanges() bool {
	return slices.ContainsFunc(r.outputs, func(o output) bool { return o.format != "" && o.format != "text" })
}

// format is a rendering by its name, for a place that has colours or not.
func (r *run) format(name string, color bool) report.Format {
	switch name {
	case "diff":
		return report.Diff{Color: color}
	case "json":
		return report.JSON{}
	case "sarif":
		return report.SARIF{}
	case "github":
		return report.GitHub{}
	case "gitlab":
		return report.GitLab{}
	case "markdown":
		return report.Markdown{}
	case "html":
		return report.HTML{}
	case controlsFormat:
		return report.Controls{Color: color}
	}
	return report.Text{Verbose: r.verbose, Color: color}
}

// text is the report for people, fitted to where it goes.
func (r *run) text(w io.Writer) report.Text {
	return report.Text{Verbose: r.verbose, Color: r.color(w), Links: r.color(w) && linksWork(w), Width: terminalWidth(w)}
}

// writeOutputs writes the files, then standard output, then what is left for standard
// error: the report as text, or errors alone where another format was printed.
func (r *run) writeOutputs() error {
	printed := ""
	for _, o := range r.outputs {
		if o.file == "" {
			printed = o.format
			continue
		}
		if o.format == "" {
			continue
		}
		var buffer bytes.Buffer
		err := report.Render(&buffer, r.report.Report(), r.format(o.format, r.color(&buffer)))
		if err == nil {
			err = writeOutput(o.file, buffer.Bytes())
		}
		if err != nil {
			r.fail(err)
		}
	}
	rep := r.report.Report()
	if printed != "" {
		format := r.format(printed, r.color(r.out))
		if printed == "text" {
			format = r.text(r.out)
		}
		if err := report.Render(r.out, rep, format); err != nil {
			return err
		}
	}
	// A diff is no report; every other format is one.
	onlyErrors := r.quiet || printed != "" && printed != "diff"
	if onlyErrors && rep.Summary.Errors == 0 {
		return nil
	}
	text := r.text(r.err)
	text.ErrorsOnly = onlyErrors
	return report.Render(r.err, rep, text)
}

// repositoryPrefix leads from the top of the git repository to the working directory,
// since tools that read a report know files by their path there.
func repositoryPrefix() string {
	wd, err := os.Getwd()
	if err != nil {
		return ""
	}
	for top := wd; ; top = filepath.Dir(top) {
		if _, err := os.Lstat(filepath.Join(top, ".git")); err == nil {
			rel, err := filepath.Rel(top, wd)
			if err != nil || rel == "." {
				return ""
			}
			return filepath.ToSlash(rel) + "/"
		}
		if top == filepath.Dir(top) {
			return ""
		}
	}
}
