package cli

import (
	"embed"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/internal/config"
	"github.com/urfave/cli/v2"
)

//go:embed completion
var completionScripts embed.FS

// shells are those that there is a script for, with the end of its name.
var shells = []struct{ name, ext string }{{"bash", "bash"}, {"zsh", "zsh"}, {"fish", "fish"}, {"powershell", "ps1"}}

func shellNames() []string {
	var out []string
	for _, s := range shells {
		out = append(out, s.name)
	}
	return out
}

const completionHelp = `Prints a script that makes the shell complete commands, options, and the rules, levels and
formats that they take. In its start file:

   bash         source <(bulkhead completion bash)
   zsh          source <(bulkhead completion zsh)
   fish         bulkhead completion fish | source
   powershell   bulkhead completion powershell | Out-String | Invoke-Expression`

func completionCommand() *cli.Command {
	return &cli.Command{
		Name: "completion", Usage: "print a script that completes in your shell", ArgsUsage: strings.Join(shellNames(), "|"), Description: completionHelp,
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return errors.New("completion takes one shell: " + strings.Join(shellNames(), ", "))
			}
			for _, s := range shells {
				if s.name == c.Args().First() {
					text, err := completionScripts.ReadFile("completion/bulkhead." + s.ext)
					if err != nil {
						return err
					}
					_, err = c.App.Writer.Write(text)
					return err
				}
			}
			return fmt.Errorf("there is no completion for %q: use %s", c.Args().First(), strings.Join(shellNames(), ", "))
		},
	}
}

// completeCommand is what the scripts call, with the words behind the program's name. It
// stands before the command line is parsed, for the line is not finished yet.
const completeCommand = "__complete"

// complete lists what the last of the words may become. Nothing means a file.
func complete(app *cli.App, words []string) []string {
	if len(words) == 0 {
		return nil
	}
	current := strings.TrimSpace(words[len(words)-1])
	before := words[:len(words)-1]
	if len(before) == 0 {
		names := []string{"--help", "--version"}
		for _, c := range app.VisibleCommands() {
			names = append(names, c.Name)
		}
		return starting(current, names)
	}
	cmd := app.Command(before[0])
	if cmd == nil || slices.Contains(before, "--") {
		return nil
	}
	last := before[len(before)-1]
	if len(before) > 2 && last == "=" { // bash takes --level=safe apart
		last = before[len(before)-2]
	}
	if current == "=" {
		last, current = before[len(before)-1], ""
	}
	if f := flagOf(cmd, last); f != nil && takesValue(f) {
		return startingList(current, values(f), listed(f))
	}
	if option, value, ok := strings.Cut(current, "="); ok && strings.HasPrefix(option, "-") {
		f := flagOf(cmd, option)
		if f == nil {
			return nil
		}
		var out []string
		for _, v := range startingList(value, values(f), listed(f)) {
			out = append(out, option+"="+v)
		}
		return out
	}
	if strings.HasPrefix(current, "-") {
		return starting(current, optionNames(cmd))
	}
	switch cmd.Name {
	case "explain":
		return starting(current, ruleIDs(allRules()))
	case "completion":
		return starting(current, shellNames())
	}
	return nil
}

func starting(prefix string, words []string) []string {
	var out []string
	for _, w := range words {
		if strings.HasPrefix(w, prefix) && (prefix != "" || !strings.HasPrefix(w, "-")) {
			out = append(out, w)
		}
	}
	return out
}

// startingList completes the last word of a list with commas.
func startingList(current string, words []string, list bool) []string {
	i := strings.LastIndexByte(current, ',') + 1
	if !list || i == 0 {
		return starting(current, words)
	}
	var out []string
	for _, w := range starting(current[i:], words) {
		out = append(out, current[:i]+w)
	}
	return out
}

func optionNames(cmd *cli.Command) []string {
	out := []string{"--help"}
	for _, f := range cmd.VisibleFlags() {
		if name := "--" + f.Names()[0]; !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// flagOf is the option that a word names, nil when it is none.
func flagOf(cmd *cli.Command, word string) cli.Flag {
	if !strings.HasPrefix(word, "-") {
		return nil
	}
	for _, f := range cmd.Flags {
		if slices.Contains(f.Names(), strings.TrimLeft(word, "-")) {
			return f
		}
	}
	return nil
}

func takesValue(f cli.Flag) bool {
	_, boolean := f.(*cli.BoolFlag)
	return !boolean
}

// listed reports whether an option takes several values with commas between them.
func listed(f cli.Flag) bool {
	_, list := f.(*cli.StringSliceFlag)
	return list
}

// values are what an option may be; nil when it is a file, a number or anything.
func values(f cli.Flag) []string {
	switch f.Names()[0] {
	case "level":
		return config.Levels()
	case "ownership":
		return config.Ownerships()
	case "base":
		return config.Bases()
	case "networks":
		return config.Networks()
	case "secrets":
		return config.Secrets()
	case "only", "skip":
		return ruleIDs(allRules())
	case "color":
		return colors
	case "format":
		return formats
	case "controls":
		return frameworkNames()
	}
	return nil
}
