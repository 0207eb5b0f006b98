// Package image holds what can be done to a Dockerfile: one file per rule.
package image

import "github.com/bulkhead-dev/bulkhead/transform"

// Rules lists the rules in the order in which they run: packages before the
// environment, the environment before user and ownership, and last what only
// a person can do.
func Rules() []*transform.Rule {
	return []*transform.Rule{
		splitStages, runtimeBase, buildPackages,
		packageRecommends, packageCache, securityUpdates, packageDocs,
		pythonEnv, execForm, copyNotAdd, dockerIgnore,
		setuidBits, nonRootUser, ownedCopies, filePermissions,
		imageSecrets, pinnedBase, noSudo, remoteScript, healthcheck,
	}
}
