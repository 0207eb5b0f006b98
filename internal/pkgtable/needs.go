package main

import (
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// anyBuild stands for more build-only packages than are listed.
const anyBuild = "*"

// maxBuild is how many are listed.
const maxBuild = 12

// needsBuild maps packages that are no compilers and no headers to the build-only ones that they
// depend on, directly or through others: taking one of these away takes the package away.
func needsBuild(packages map[string]*pkg, release string) map[string][]string {
	build, code := map[string]bool{}, map[string]bool{}
	users := map[string][]string{}
	for name, p := range packages {
		purpose := knowledge.LookupPackage("apt", release, name).Purpose
		code[name] = p.section == "libdevel" || p.section == "debug" || purpose == knowledge.PurposeCompiler || purpose == knowledge.PurposeHeaders
		build[name] = (code[name] || purpose.BuildOnly()) && !strings.HasSuffix(name, "-base") // gcc-12-base is of libgcc
		for _, d := range p.depends {
			users[d.name] = append(users[d.name], name)
		}
	}
	out := map[string][]string{}
	for name := range packages {
		if !build[name] {
			continue
		}
		for _, user := range reached(users, name) {
			if !code[user] {
				out[user] = append(out[user], name)
			}
		}
	}
	return out
}

// reached lists what can be reached from a name, without itself.
func reached(edges map[string][]string, from string) []string {
	seen := map[string]bool{from: true}
	list := []string{from}
	for i := 0; i < len(list); i++ {
		for _, next := range edges[list[i]] {
			if !seen[next] {
				seen[next] = true
				list = append(list, next)
			}
		}
	}
	return list[1:]
}

// renderNeeds writes a line for each package, sorted: its name, a tab, and what it depends on.
func renderNeeds(table map[string][]string) string {
	var lines []string
	for name, list := range table {
		slices.Sort(list)
		list = slices.Compact(list)
		if len(list) > maxBuild {
			list = []string{anyBuild}
		}
		lines = append(lines, name+"\t"+strings.Join(list, " ")+"\n")
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}
