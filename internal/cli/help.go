package cli

const exitCodes = `
EXIT CODES:
   0   fine
   1   check only: something would change
   2   an error: wrong usage, a PATH that cannot be read, a file named on the command
       line that cannot be parsed, no file that could be, a failed write, a mistake in
       .bulkhead.yaml
`

const appHelp = `Bulkhead hardens Dockerfiles and compose files: it reads them, changes what evidence says it may, and
leaves every other byte alone.

USAGE:
   {{.UsageText}}

COMMANDS:
{{range .VisibleCommands}}   {{printf "%-12s" .Name}}{{.Usage}}
{{end}}
EXAMPLES:
   bulkhead diff                     what would change below this directory
   bulkhead diff | git apply         as bulkhead fix does, but for masked credentials
   bulkhead check --level safe       for continuous integration
   bulkhead explain non-root-user    what a rule does, and what it refuses

Options follow the command: bulkhead diff --help
` + exitCodes

const plainHelp = `USAGE:
   {{.HelpName}}{{if .ArgsUsage}} {{.ArgsUsage}}{{end}}
{{if .Description}}
{{.Description}}
{{end}}` + otherExitCodes

const optionsHelp = `USAGE:
   {{.HelpName}}{{if .ArgsUsage}} {{.ArgsUsage}}{{end}}

{{.Description}}

OPTIONS:
{{range .VisibleFlags}}   {{.}}
{{end}}` + otherExitCodes

const otherExitCodes = `
EXIT CODES:
   0   fine
   2   an error: wrong usage, a PATH that cannot be read, a mistake in .bulkhead.yaml
`

const hardenHelp = `USAGE:
   {{.HelpName}} [OPTION…] [PATH…]

{{.Description}}

A PATH is a Dockerfile, a compose file, a directory to look into (default: this one), or - for
standard input.

OPTIONS:
{{range .VisibleFlags}}   {{.}}
{{end}}
SILENCE:
   # bulkhead: ignore=RULE[,RULE] the reason
   above an instruction or a service, or above the first one for the whole file
` + exitCodes

const diffHelp = `Prints what would change as a unified diff on standard output, for git apply or
patch -p1, and the report on standard error.

   bulkhead diff
   bulkhead diff services/api/Dockerfile --level strict
   bulkhead diff --only package-cache,package-docs . | git apply
   bulkhead diff - < Dockerfile`

const fixHelp = `Writes the changes into the files, each file whole or not at all, and prints the
report on standard error. With -, prints the hardened text on standard output.

   bulkhead fix
   bulkhead fix --backup --skip non-root-user services
   bulkhead fix - < Dockerfile > Dockerfile.hardened`

const checkHelp = `Changes nothing, prints the report on standard error, and fails with exit code 1
when something would change.

   bulkhead check
   bulkhead check --level safe --quiet services/*/Dockerfile`
