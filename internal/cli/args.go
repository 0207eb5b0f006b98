package cli

import (
	"strings"

	"github.com/urfave/cli/v2"
)

// optionsFirst moves a command's options in front of its paths, since the library
// stops to look for options at the first path. Behind "--" all are paths.
func optionsFirst(args []string, flags []cli.Flag) []string {
	takesValue := map[string]bool{}
	for _, f := range flags {
		if _, boolean := f.(*cli.BoolFlag); !boolean {
			for _, name := range f.Names() {
				takesValue[name] = true
			}
		}
	}
	var options, paths []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			paths = append(paths, args[i+1:]...)
			break
		}
		if arg == "-" || !strings.HasPrefix(arg, "-") {
			paths = append(paths, arg)
			continue
		}
		if arg == "--help" || arg == "-h" {
			return []string{arg} // the library takes a path for a topic
		}
		options = append(options, arg)
		if takesValue[strings.TrimLeft(arg, "-")] {
			if i++; i == len(args) {
				return options // the library says that the value is missing
			}
			options = append(options, args[i])
		}
	}
	return append(append(options, "--"), paths...)
}
