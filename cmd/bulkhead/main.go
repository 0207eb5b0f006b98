// Command bulkhead rewrites Dockerfiles hardened.
package main

import (
	"os"

	"github.com/bulkhead-dev/bulkhead/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args, os.Stdin, os.Stdout, os.Stderr))
}
