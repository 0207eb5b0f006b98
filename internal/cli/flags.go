package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/internal/config"
	"github.com/bulkhead-dev/bulkhead/internal/registry"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/image"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
	"github.com/bulkhead-dev/bulkhead/transform/service"
	"github.com/urfave/cli/v2"
)

// hardenFlags are the options that diff, fix and check share.
func hardenFlags() []cli.Flag {
	return []cli.Flag{
		levelFlag(),
		&cli.StringSliceFlag{Name: "only", Usage: "run only `RULE`; repeat it or separate by commas"},
		&cli.StringSliceFlag{Name: "skip", Usage: "do not run `RULE`; repeat it or separate by commas"},
		ownershipFlag(), uidFlag(), gidFlag(),
		baseFlag(), networksFlag(),
		&cli.StringSliceFlag{Name: "file", Aliases: []string{"f"}, Usage: "read compose `FILE`s as one project, as docker compose -f does; repeat it"},
		secretsFlag(),
		&cli.BoolFlag{Name: "pin", Usage: "write digests beside the tags of images; asks registries, or the local Docker Engine", DisableDefaultText: true},
		noCommentsFlag(),
		&cli.IntFlag{Name: "jobs", Value: runtime.GOMAXPROCS(0), DefaultText: "one per core", Usage: "work on `N` files at once"},
		colorFlag(),
		&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "no report, only errors", DisableDefaultText: true},
		&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "report what is already there, too, and what was skipped", DisableDefaultText: true},
	}
}

// The options that .bulkhead.yaml has as well, and bulkhead config shows.
func levelFlag() cli.Flag {
	return &cli.StringFlag{Name: "level", Value: "standard", Usage: "how far to go: `LEVEL` is safe, standard or strict"}
}

func ownershipFlag() cli.Flag {
	return &cli.StringFlag{Name: "ownership", Value: "workdir", Usage: "what the application owns: `WHAT` is workdir, or state alone"}
}

func baseFlag() cli.Flag {
	return &cli.StringFlag{Name: "base", Value: "slim", Usage: "what a runtime stage is built on: `BASE` is keep, slim, alpine, ubuntu or distroless"}
}

func networksFlag() cli.Flag {
	return &cli.StringFlag{Name: "networks", Value: "tiers", Usage: "networks for data stores: `HOW` is tiers, one for each set of clients, or two, one for all beside the frontend"}
}

func secretsFlag() cli.Flag {
	return &cli.StringFlag{Name: "secrets", Value: "file", Usage: "where credentials go: `WHERE` is file, or env for what can be read from no file"}
}

func uidFlag() cli.Flag {
	return &cli.IntFlag{Name: "uid", Value: transform.DefaultUser.UID, Usage: "`UID` of the user that is made"}
}

func gidFlag() cli.Flag {
	return &cli.IntFlag{Name: "gid", Value: transform.DefaultUser.GID, Usage: "`GID` of the user that is made"}
}

func noCommentsFlag() cli.Flag {
	return &cli.BoolFlag{Name: "no-comments", Usage: "write no comments that say why a service gets a setting", DisableDefaultText: true}
}

func colorFlag() cli.Flag {
	return &cli.StringFlag{Name: "color", Value: "auto", Usage: "`WHEN` is auto, always or never"}
}

// options are the choices of one run.
type options struct {
	transform   transform.Options
	given       func(option string) bool // whether the command line has it
	rules       []*transform.Rule        // all there are
	paths       []string
	jobs        int
	showSecrets bool     // in diffs
	override    bool     // write beside compose projects, not into them
	project     []string // compose files that make up one project
	quiet       bool
	verbose     bool
	backup      bool
	outputs     []output
	// frameworks are those that --controls asks about.
	frameworks []string
	color      func(w io.Writer) bool
}

func readOptions(c *cli.Context) (options, error) {
	o := options{
		given: c.IsSet, rules: allRules(), override: c.Bool("override"), showSecrets: c.Bool("show-secrets"), project: c.StringSlice("file"), paths: c.Args().Slice(), jobs: c.Int("jobs"),
		quiet: c.Bool("quiet"), verbose: c.Bool("verbose"), backup: c.Bool("backup"),
	}
	o.paths = append(o.paths, o.project...)
	if len(o.paths) == 0 {
		o.paths = []string{"."}
	}
	if err := o.settings(c); err != nil {
		return o, err
	}
	if o.jobs < 1 {
		return o, fmt.Errorf("--jobs %d: use at least 1", o.jobs)
	}
	for _, name := range c.StringSlice("controls") {
		if !slices.Contains(frameworkNames(), name) {
			return o, fmt.Errorf("unknown framework %q: use %s", name, strings.Join(frameworkNames(), ", "))
		}
		o.frameworks = append(o.frameworks, name)
	}
	if c.Bool("pin") {
		o.transform.Digest = registry.New(c.Context).Digest
	}
	var err error
	o.transform.Enabled, err = enabled(o.rules, c.StringSlice("only"), c.StringSlice("skip"))
	return o, err
}

// settings reads the options that .bulkhead.yaml has as well, and the colour.
func (o *options) settings(c *cli.Context) error {
	o.transform.NoComments = c.Bool("no-comments")
	var err error
	t := &o.transform
	if t.Level, err = transform.ParseLevel(c.String("level")); err != nil {
		return err
	}
	if t.Ownership, err = config.ParseOwnership(c.String("ownership")); err != nil {
		return err
	}
	if t.Base, err = transform.ParseBase(c.String("base")); err != nil {
		return err
	}
	if t.Networks, err = transform.ParseNetworks(c.String("networks")); err != nil {
		return err
	}
	if t.SecretsToEnv, err = config.ParseSecrets(c.String("secrets")); err != nil {
		return err
	}
	t.User = transform.DefaultUser
	t.User.UID, t.User.GID = c.Int("uid"), c.Int("gid")
	if !validID(t.User.UID) || !validID(t.User.GID) {
		return errors.New("--uid and --gid take a number from 1 to 2147483647: root (0) is what the user is to get away from")
	}
	o.color, err = colorMode(c.String("color"))
	return err
}

// allRules are those of Dockerfiles, then those of compose services.
func allRules() []*transform.Rule { return slices.Concat(image.Rules(), service.Rules()) }

func validID(id int) bool { return id >= 1 && id <= 1<<31-1 }

// enabled is the choice of --only and --skip.
func enabled(rules []*transform.Rule, only, skip []string) (func(string) bool, error) {
	ids := ruleIDs(rules)
	for _, list := range [][]string{only, skip} {
		for i := range list {
			list[i] = strings.TrimSpace(list[i])
			if !slices.Contains(ids, list[i]) {
				return nil, fmt.Errorf("there is no rule %q; %s", list[i], config.Suggest(list[i], ids))
			}
		}
	}
	if len(only)+len(skip) == 0 {
		return nil, nil
	}
	return func(rule string) bool {
		return (len(only) == 0 || slices.Contains(only, rule)) && !slices.Contains(skip, rule)
	}, nil
}

func ruleIDs(rules []*transform.Rule) []string {
	ids := make([]string, len(rules))
	for i, r := range rules {
		ids[i] = r.ID
	}
	return ids
}

// colors are the words of --color.
var colors = []string{"auto", "always", "never"}

// colorMode reads --color; auto is a terminal without NO_COLOR.
func colorMode(name string) (func(io.Writer) bool, error) {
	switch name {
	case "always":
		return func(io.Writer) bool { return true }, nil
	case "never":
		return func(io.Writer) bool { return false }, nil
	case "auto":
		return func(w io.Writer) bool {
			return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isTerminal(w)
		}, nil
	}
	return nil, fmt.Errorf("unknown color %q: use auto, always or never", name)
}

// controlsFlag asks which controls of security frameworks are met.
func controlsFlag() cli.Flag {
	return &cli.StringSliceFlag{Name: "controls", Usage: "print each control of `FRAMEWORK` as met, fixed, refused or yours: " + strings.Join(frameworkNames(), ", ")}
}

func frameworkNames() []string {
	var out []string
	for _, f := range knowledge.Frameworks() {
		out = append(out, f.Short)
	}
	return out
}

func overrideFlag() cli.Flag {
	return &cli.BoolFlag{Name: "override", Usage: "leave compose files as they are: harden them from a file beside them", DisableDefaultText: true}
}

func showSecretsFlag() cli.Flag {
	return &cli.BoolFlag{Name: "show-secrets", Usage: "do not mask credentials, so that git apply takes the diff", DisableDefaultText: true}
}
