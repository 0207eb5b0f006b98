package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/internal/config"
	"github.com/bulkhead-dev/bulkhead/internal/fsx"
	"github.com/bulkhead-dev/bulkhead/internal/workspace"
	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
	"github.com/urfave/cli/v2"
)

func initCommand() *cli.Command {
	return &cli.Command{
		Name: "init", Usage: "write a commented .bulkhead.yaml for this project", ArgsUsage: "[DIRECTORY]",
		Description: "Writes .bulkhead.yaml into DIRECTORY (default: this one), with what holds anyway and with\nexamples for the files, services and images that are there. One that exists is left alone.",
		Action: func(c *cli.Context) error {
			dir := "."
			switch c.NArg() {
			case 0:
			case 1:
				dir = c.Args().First()
			default:
				return errors.New("init takes one directory")
			}
			return initSettings(c, dir)
		},
	}
}

func initSettings(c *cli.Context, dir string) error {
	root, err := fsx.Open(dir)
	if err != nil {
		return fmt.Errorf("%s: %w", dir, pathReason(err))
	}
	defer root.Close()
	name := displayed(filepath.Join(dir, config.FileName))
	project, err := look(c.Context, dir)
	if err != nil {
		return err
	}
	above := settingsAbove(dir)
	switch _, err := root.CreateFile(config.FileName, config.Template(project), 0o644, 0o755); {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s is there already, and stays as it is; bulkhead config shows what holds", name)
	case err != nil:
		return fmt.Errorf("%s: %w", name, err)
	}
	fmt.Fprintf(c.App.Writer, "wrote %s\n", name)
	if above != "" {
		fmt.Fprintf(c.App.ErrWriter, "%s does not hold here any more: the nearest file does alone\n", above)
	}
	return nil
}

// settingsAbove is the file that held for a directory so far, "" when none did.
func settingsAbove(dir string) string {
	top, name := workspace.File{Root: dir, Rel: "."}.Place()
	root, err := fsx.Open(top)
	if err != nil {
		return ""
	}
	defer root.Close()
	s, err := config.Find(root.FS(), name, filepath.ToSlash(dir), nil)
	if err != nil {
		return ""
	}
	return s.Name
}

// look finds what a first .bulkhead.yaml of a directory can speak of.
func look(ctx context.Context, dir string) (config.Project, error) {
	var p config.Project
	found, err := workspace.Discover(ctx, []string{dir})
	if err != nil {
		return p, err
	}
	for _, f := range found.Files {
		if in := path.Dir(f.Rel); in != "." && p.Dir == "" {
			p.Dir = in
		}
		if f.Kind != workspace.Compose {
			p.Dockerfiles++
			continue
		}
		p.ComposeFiles++
		lookAtServices(&p, f)
	}
	return p, nil
}

// lookAtServices adds the services of a compose file. One that cannot be read has none: the
// other commands say why.
func lookAtServices(p *config.Project, f workspace.File) {
	root, err := fsx.Open(f.Root)
	if err != nil {
		return
	}
	defer root.Close()
	text, err := root.ReadFile(f.Rel, fsx.MaxFile)
	if err != nil {
		return
	}
	doc, err := compose.Parse(parser.NewSource(f.Display, text))
	if err != nil {
		return
	}
	for _, s := range doc.Services() {
		if !slices.Contains(p.Services, s.Name) {
			p.Services = append(p.Services, s.Name)
		}
		node := compose.Child(compose.Child(compose.Child(doc.Root, "services"), s.Name), "image")
		if node == nil || s.Build != nil || node.Value == "" || strings.Contains(node.Value, "$") {
			continue
		}
		if knowledge.LookupService(node.Value) == nil && !slices.Contains(p.Unknown, node.Value) {
			p.Unknown = append(p.Unknown, node.Value)
		}
	}
}
