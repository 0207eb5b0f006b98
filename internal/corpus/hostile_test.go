package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-dev/bulkhead/transform"
)

// long repeats a word over as many continuation lines as it takes: BuildKit
// reads no line of 64 KiB.
func long(word string, n int) string {
	var b strings.Builder
	width := 0
	for range n {
		b.WriteString(word)
		if width += len(word); width > 20_000 {
			b.WriteString("\\\n")
			width = 0
		}
	}
	return b.String()
}

// TestHostile: input that is made to be slow or deep costs bounded time, whatever
// comes out.
func TestHostile(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	const limit = 20 * time.Second // the slowest takes a tenth of that on one idle core
	numbered := func(format string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i, i-1)
		}
		return b.String()
	}
	for name, text := range map[string]string{
		"nested variables":     "ENV A=" + long("${a:-", 20_000) + long("}", 20_000) + "\nRUN echo $A\n",
		"nested subshells":     "RUN " + long("( ", 100_000) + "\n",
		"nested substitutions": "RUN echo " + long("$(", 100_000) + "\n",
		"nested arrays":        "CMD " + long("[", 100_000) + long("]", 100_000) + "\n",
		"chain of installs":    "RUN apt-get update " + long("&& apt-get install -y a ", 1500) + "\n",
		"list of installs":     "RUN apt-get update " + long("; apt-get install -y a ", 1500) + "\n",
		"many packages":        "RUN apt-get update && apt-get install -y " + long("package ", 20_000) + "\n",
		"many installs":        strings.Repeat("RUN apt-get update && apt-get install -y a\n", 200),
		"many variables":       "ENV" + numbered(" A%d=%d\\\n", 5000) + " B=c\nRUN a\n",
		"many env":             numbered("ENV A%d=%d\n", 3000) + "RUN a\n",
		"chain of stages":      "FROM a AS s-1\n" + numbered("FROM s%[2]d AS s%[1]d\nRUN b\n", 300),
		"many continuations":   "RUN apt-get install -y a" + strings.Repeat(" \\\n", 200_000) + " b\n",
		"many comments":        "RUN apt-get install -y a \\\n" + strings.Repeat("# c\n", 100_000) + " b\n",
		"many copies":          strings.Repeat("COPY a /b\n", 3000) + "CMD a\n",
		"long heredoc":         "RUN <<EOF\n" + strings.Repeat("apt-get install -y a\n", 5000) + "EOF\n",
	} {
		t.Run(name, func(t *testing.T) {
			done := make(chan *verdict, 1)
			start := time.Now()
			go func() {
				done <- file{name: "Dockerfile", text: []byte("FROM debian:12\n" + text)}.try(transform.LevelStrict)
			}()
			select {
			case v := <-done:
				for _, f := range v.failures {
					t.Errorf("%s: %.300s", f.Kind, f.Detail)
				}
				t.Logf("%v", time.Since(start).Round(time.Millisecond))
			case <-time.After(limit):
				t.Fatalf("not done after %v", limit)
			}
		})
	}
}
