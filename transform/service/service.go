// Package service holds what can be done to a compose service: one file per rule.
package service

import "github.com/bulkhead-dev/bulkhead/transform"

// Rules lists the rules in the order in which they run and write their keys: privileges
// first, then the file system and limits, and last what only a person can do.
func Rules() []*transform.Rule {
	return []*transform.Rule{
		noNewPrivileges, dropCapabilities, serviceUser,
		readOnlyRootfs, resourceLimits, networkSegments, fileSecrets, loopbackPorts,
		privileged, dockerSocket, hostNamespaces, sensitiveMounts, unconfinedProfiles, pinnedImage,
	}
}
