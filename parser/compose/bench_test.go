package compose

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// stack is a compose file as they are usual, with a number of services.
func stack(services int) string {
	var b strings.Builder
	b.WriteString("services:\n")
	for i := range services {
		fmt.Fprintf(&b, "  app%d:\n    image: example/app:%d\n    restart: unless-stopped\n", i, i)
		if i > 0 {
			fmt.Fprintf(&b, "    depends_on:\n      - app%d\n", i-1)
		}
		b.WriteString("    environment:\n      PORT: \"8080\"\n      DATABASE_URL: ${DATABASE_URL:-postgres://db/app}\n")
		fmt.Fprintf(&b, "    ports:\n      - \"%d:8080\"\n    volumes:\n      - data:/data\n      - ./conf%d:/etc/app:ro\n\n", 8000+i, i)
	}
	return b.String() + "volumes:\n  data:\n"
}

// bareLoad is what compose-go alone takes for one version of a text.
func bareLoad(text string) error {
	details := types.ConfigDetails{WorkingDir: "/", Environment: types.Mapping{}, ConfigFiles: []types.ConfigFile{{Filename: "compose.yaml", Content: []byte(text)}}}
	_, err := loader.LoadModelWithContext(context.Background(), details, func(o *loader.Options) {
		o.SetProjectName("project", true)
		o.SkipInterpolation, o.SkipInclude, o.SkipResolveEnvironment, o.SkipResolveLabels = true, true, true, true
		o.SkipNormalization, o.SkipDefaultValues = true, true
		o.ResolvePaths = false
		o.Profiles = []string{"*"}
	})
	return err
}

// BenchmarkApply holds reading a project and hardening all of its services in one batch
// against compose-go's own part: reading the text before and the one after.
func BenchmarkApply(b *testing.B) {
	for _, n := range []int{1, 5, 20, 100} {
		text := stack(n)
		p, err := loadText(text)
		if err != nil {
			b.Fatal(err)
		}
		var changes []Change
		for _, s := range p.Services {
			changes = append(changes, hardening(s)...)
		}
		done, _, err := p.Apply(changes)
		if err != nil {
			b.Fatal(err)
		}
		after := string(done.Files[0].Source.Bytes())
		run := func(name string, f func() error) {
			b.Run(fmt.Sprintf("%s/services=%d", name, n), func(b *testing.B) {
				for b.Loop() {
					if err := f(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		run("bare", func() error { return errors.Join(bareLoad(text), bareLoad(after)) })
		run("whole", func() error {
			p, err := loadText(text)
			if err == nil {
				_, _, err = p.Apply(changes)
			}
			return err
		})
		run("parse", func() error {
			_, err := Parse(parser.NewSource("compose.yaml", []byte(text)))
			return err
		})
		run("consistency", func() error { return done.consistentAs(p) })
	}
}
