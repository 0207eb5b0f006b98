package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/bulkhead-dev/bulkhead/internal/config"
	"github.com/bulkhead-dev/bulkhead/internal/fsx"
	"github.com/bulkhead-dev/bulkhead/internal/workspace"
	"github.com/urfave/cli/v2"
)

const configHelp = `Prints what holds for PATH, a file or a directory (default: this one), and where each value
comes from: an option given here, a line of .bulkhead.yaml, the environment, or the default.
An option counts before the file, and in the file the last of paths that matches counts before
what it says of all. For a directory, it also counts the files that each entry of paths finds.

   bulkhead config
   bulkhead config services/api/Dockerfile --level strict`

func configCommand() *cli.Command {
	return &cli.Command{
		Name: "config", Usage: "show the settings that hold, and where each comes from", ArgsUsage: "[OPTION…] [PATH]",
		Description: configHelp, CustomHelpTemplate: optionsHelp,
		Flags: []cli.Flag{levelFlag(), ownershipFlag(), baseFlag(), networksFlag(), secretsFlag(), uidFlag(), gidFlag(), noCommentsFlag(), colorFlag()},
		Action: func(c *cli.Context) error {
			o := options{given: c.IsSet, rules: allRules()}
			if err := o.settings(c); err != nil {
				return err
			}
			switch c.NArg() {
			case 0:
				return showConfig(c, o, ".")
			case 1:
				return showConfig(c, o, c.Args().First())
			}
			return errors.New("config takes one path")
		},
	}
}

// showConfig writes the settings that hold for a path.
func showConfig(c *cli.Context, o options, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("%s: %w", path, pathReason(err))
	}
	f := workspace.File{Root: filepath.Dir(path), Rel: filepath.Base(path), Display: path}
	shown := filepath.ToSlash(filepath.Dir(path))
	if info.IsDir() {
		f.Root, f.Rel, shown = path, ".", filepath.ToSlash(path)
	}
	top, name := f.Place()
	dir := name
	if !info.IsDir() {
		dir = filepath.ToSlash(filepath.Dir(name))
	}
	root, err := fsx.Open(top)
	if err != nil {
		return err
	}
	defer root.Close()
	s, err := config.Find(root.FS(), dir, shown, ruleIDs(o.rules))
	if err != nil {
		return err
	}
	list := s.Effective(name, o.transform, o.given, ruleIDs(o.rules))
	if err := printSettings(c.App.Writer, s, append(list, colorSetting(c))); err != nil || !info.IsDir() || s.Name == "" {
		return err
	}
	found, err := workspace.Discover(c.Context, []string{path})
	if err != nil {
		return err
	}
	var names []string
	for _, f := range found.Files {
		_, name := f.Place()
		names = append(names, name)
	}
	return printPaths(c.App.Writer, s.Paths(names), displayed(path))
}

// colorSetting is the one setting that the environment has a say in.
func colorSetting(c *cli.Context) config.Setting {
	s := config.Setting{Name: "color", Value: c.String("color"), From: "default"}
	switch {
	case c.IsSet("color"):
		s.From = "--color"
	case os.Getenv("NO_COLOR") != "":
		s.Value, s.From = "never", "the environment: NO_COLOR"
	case os.Getenv("TERM") == "dumb":
		s.Value, s.From = "never", "the environment: TERM"
	}
	return s
}

func printSettings(out io.Writer, s *config.Settings, list []config.Setting) error {
	file := s.Name
	if file == "" {
		file = "none here or above; bulkhead init writes one"
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(out, "%s: %s\n\n", config.FileName, file)
	for _, x := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\n", x.Name, x.Value, x.From)
	}
	return w.Flush()
}

// printPaths tells which entries of paths find something.
func printPaths(out io.Writer, uses []config.PathUse, below string) error {
	if len(uses) == 0 {
		return nil
	}
	fmt.Fprintf(out, "\npaths, and the files below %s that they find:\n", below)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, u := range uses {
		files := fmt.Sprint(u.Files)
		if u.Files == 0 {
			files = "none"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", strings.Join(u.Globs, ", "), files, u.From)
	}
	return w.Flush()
}
