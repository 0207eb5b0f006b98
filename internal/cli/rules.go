package cli

import (
	"bufio"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/urfave/cli/v2"
)

func rulesCommand() *cli.Command {
	return &cli.Command{
		Name: "rules", Usage: "list the rules",
		Description: "Lists every rule with the strongest promise that its fixes make: safe, guarded,\nassumed, or manual for what only a person can do.",
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return fmt.Errorf("rules takes no arguments; bulkhead explain %s tells about one", c.Args().First())
			}
			w := tabwriter.NewWriter(c.App.Writer, 0, 0, 2, ' ', 0)
			for _, r := range allRules() {
				fmt.Fprintf(w, "%s\t%s\t%s\n", r.ID, r.Safety, r.Title)
			}
			return w.Flush()
		},
	}
}

func explainCommand() *cli.Command {
	return &cli.Command{
		Name: "explain", Usage: "tell what a rule does, or what is known of an image", ArgsUsage: "RULE|IMAGE",
		Action: func(c *cli.Context) error {
			rules := allRules()
			if c.NArg() != 1 {
				return fmt.Errorf("explain takes the name of one rule or image; `bulkhead rules` lists the rules")
			}
			id := c.Args().First()
			w := bufio.NewWriter(c.App.Writer)
			for _, r := range rules {
				if r.ID == id {
					explain(w, r)
					return w.Flush()
				}
			}
			if found, err := explainImage(w, id); err != nil || found {
				return errors.Join(err, w.Flush())
			}
			return unknownName(id, ruleIDs(rules))
		},
	}
}

// explain writes a rule's page.
func explain(w *bufio.Writer, r *transform.Rule) {
	fmt.Fprintf(w, "%s (%s): %s\n", r.ID, r.Safety, r.Title)
	if doc := strings.TrimSpace(r.Doc); doc != "" {
		fmt.Fprintf(w, "\n%s\n", doc)
	}
	if len(r.Reasons) > 0 {
		w.WriteString("\nIt refuses:\n")
		for _, reason := range r.Reasons {
			fmt.Fprintf(w, "  %s: %s\n", reason.Code, reason.Text)
		}
	}
	if len(r.Controls) > 0 {
		w.WriteString("\nIt serves:\n")
		for _, control := range r.Controls {
			fmt.Fprintf(w, "  %s %s: %s\n", control.Framework, control.ID, control.Title)
		}
	}
	fmt.Fprintf(w, "\nTo silence it for one instruction, or above the first one for a file:\n  # bulkhead: ignore=%s the reason\n", r.ID)
}
