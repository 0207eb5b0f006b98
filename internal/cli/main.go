// Package cli is the command: it reads the command line, sends files through the
// pipeline and gives what comes out to the diff, the file or the exit code.
package cli

import (
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/bulkhead-dev/bulkhead/internal/config"
	"github.com/bulkhead-dev/bulkhead/internal/pipeline"
	"github.com/urfave/cli/v2"
)

// Exit codes.
const (
	exitOK      = 0
	exitChanges = 1 // check: something would change
	exitError   = 2
)

// exitCode ends the run with a code and without another message.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// Main runs the command and returns its exit code. The first argument is the
// name of the program.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	pipeline.TuneMemory()
	app := newApp(stdin, stdout, stderr)
	if len(args) > 1 && args[1] == completeCommand {
		for _, word := range complete(app, args[2:]) {
			fmt.Fprintln(stdout, word)
		}
		return exitOK
	}
	if len(args) > 1 {
		if cmd := app.Command(args[1]); cmd != nil && len(cmd.Flags) > 0 {
			args = append([]string{args[0], args[1]}, optionsFirst(args[2:], cmd.Flags)...)
		}
	}
	err := app.Run(args)
	var code exitCode
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &code):
		return int(code)
	}
	fmt.Fprintf(stderr, "bulkhead: %s\n", strings.TrimSpace(err.Error()))
	return exitError
}

func newApp(stdin io.Reader, stdout, stderr io.Writer) *cli.App {
	app := &cli.App{
		Name:                  "bulkhead",
		HelpName:              "bulkhead",
		Usage:                 "rewrites Dockerfiles and compose files hardened, and nothing else in them",
		UsageText:             "bulkhead COMMAND [OPTION…] [PATH…]",
		HideHelpCommand:       true,
		HideVersion:           true,
		Reader:                stdin,
		Writer:                stdout,
		ErrWriter:             stderr,
		ExitErrHandler:        func(*cli.Context, error) {},
		CustomAppHelpTemplate: appHelp,
		Flags:                 []cli.Flag{&cli.BoolFlag{Name: "version", Usage: "print the version", DisableDefaultText: true}},
		OnUsageError:          usageError,
	}
	app.Commands = []*cli.Command{
		hardenCommand("diff", "print what would change as a unified diff", diffHelp, showDiff, showSecretsFlag(), overrideFlag()),
		hardenCommand("fix", "write the changes into the files", fixHelp, writeFiles, overrideFlag(),
			&cli.BoolFlag{Name: "backup", Usage: "keep each changed file's original as FILE.orig", DisableDefaultText: true}),
		hardenCommand("check", "fail when something would change", checkHelp, onlyCheck, controlsFlag()),
		rulesCommand(),
		explainCommand(),
		configCommand(),
		initCommand(),
		completionCommand(),
		manCommand(),
	}
	for _, c := range app.Commands {
		c.HideHelpCommand = true
		c.OnUsageError = usageError
		if c.CustomHelpTemplate == "" {
			c.CustomHelpTemplate = plainHelp
		}
	}
	app.Action = func(c *cli.Context) error {
		if c.Bool("version") {
			fmt.Fprintln(stdout, "bulkhead", version())
			return nil
		}
		if name := c.Args().First(); name != "" && name != "help" {
			return unknownCommand(name, app.Commands)
		}
		if cmd := app.Command(c.Args().Get(1)); cmd != nil {
			return app.Run([]string{"bulkhead", cmd.Name, "--help"})
		}
		return cli.ShowAppHelp(c)
	}
	return app
}

func unknownCommand(name string, commands []*cli.Command) error {
	var names []string
	for _, c := range commands {
		names = append(names, c.Name)
	}
	if n := config.Nearest(name, names); n != "" {
		return fmt.Errorf("there is no command %q; did you mean %s?", name, n)
	}
	return fmt.Errorf("there is no command %q: use %s", name, strings.Join(names, ", "))
}

// usageError says what is wrong with the command line in one line.
func usageError(c *cli.Context, err error, _ bool) error {
	msg := err.Error()
	if option, ok := strings.CutPrefix(msg, "flag provided but not defined: -"); ok {
		var names []string
		for _, f := range c.Command.Flags {
			names = append(names, f.Names()[0])
		}
		option = strings.TrimLeft(option, "-")
		msg = fmt.Sprintf("there is no option --%s", option)
		if n := config.Nearest(option, names); n != "" {
			msg += fmt.Sprintf("; did you mean --%s?", n)
		}
	} else if option, ok := strings.CutPrefix(msg, "flag needs an argument: -"); ok {
		msg = fmt.Sprintf("--%s needs a value", strings.TrimLeft(option, "-"))
	}
	name := "bulkhead"
	if c.Command.Name != "" && c.Command.Name != name {
		name += " " + c.Command.Name
	}
	return fmt.Errorf("%s (see %s --help)", msg, name)
}

// version is what the build knows of itself.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
