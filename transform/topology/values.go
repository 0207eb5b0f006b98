package topology

import (
	"regexp"
	"strings"
)

// variable is a variable in a value of compose: ${NAME}, ${NAME:-default}, $NAME.
var variable = regexp.MustCompile(`\$\$|\$\{([A-Za-z_]\w*)((:?[-?+])([^{}]*))?\}|\$([A-Za-z_]\w*)`)

// resolved puts values of variables in their places: those of .env and the defaults, both,
// a line each, for either may count. unknown are the variables that have neither.
func (m *Map) resolved(value string) (text string, unknown []string) {
	if !strings.Contains(value, "$") {
		return value, nil
	}
	expand := func(useEnv bool) string {
		return variable.ReplaceAllStringFunc(value, func(word string) string {
			if word == "$$" {
				return "$"
			}
			g := variable.FindStringSubmatch(word)
			name := g[1] + g[5]
			set, ok := m.dotenv[name]
			if useEnv && ok {
				return set
			}
			if strings.HasSuffix(g[3], "-") {
				return g[4]
			}
			if !useEnv && !ok {
				unknown = append(unknown, name)
			}
			return set
		})
	}
	byDefault, byEnv := expand(false), expand(true)
	if byDefault == byEnv {
		return byDefault, unknown
	}
	return byDefault + "\n" + byEnv, unknown
}

// hostVariable reports whether a variable's name says that its value names a host.
func hostVariable(name string) bool { return hostName.MatchString(name) }

var hostName = regexp.MustCompile(`(?i)(host|server|addr|url|uri|dsn|endpoint|broker|upstream|backend|peer|node|target|conn|cluster|seed|bootstrap|link|listen|origin|service|proxy|redis|mongo|sql|postgres|pg|db|cache|queue|amqp|rabbit|kafka|elastic|memcache)`)

// plainVariable reports whether a variable's name says that its value names no host: a
// database, a user, a driver, a number.
func plainVariable(name string) bool { return plainName.MatchString(name) }

var plainName = regexp.MustCompile(`(?i)((^|_)(db|database|db_?name|dbname|name|user|username|pass|passwd|password|pwd|secret|key|token|schema|engine|driver|connection|type|dialect|client|port|role|tz|mode|level|debug|timeout|size|store|prefix|vhost|version|tag)(_file)?$)`)
