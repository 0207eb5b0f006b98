package topology

import (
	"regexp"
	"strings"
)

// dialect is how a text means what it says.
type dialect int

const (
	words  dialect = iota // configuration, shell, environment: a bare word may be a host
	source                // a program: only what stands in quotes, or in an address, may be one
)

// mention finds a name in a line of text. certain says that the line uses it as a host:
// in an address, with a port, behind a key or an option for hosts.
func mention(line, name string, d dialect) (found, certain bool) {
	for at := 0; ; {
		i := strings.Index(line[at:], name)
		if i < 0 {
			return found, false
		}
		start := at + i
		end := start + len(name)
		at = end
		if !apart(line, start, end) {
			continue
		}
		before, after := line[:start], line[end:]
		switch {
		case inAddress(before, after), withPort(after) && !strings.HasSuffix(before, "/"), behindKey(before):
			return true, true
		case quotedWhole(before, after), d == words && !strings.HasSuffix(before, "/") && !strings.HasPrefix(after, "/"):
			found = true
		}
	}
}

// apart reports whether a name is a word of its own: db is not in db-data, db.example.com,
// db.connect() or my_db.
func apart(line string, start, end int) bool {
	part := func(c byte) bool {
		return c == '_' || c == '-' || c == '.' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
	}
	if start > 0 && part(line[start-1]) && !strings.HasSuffix(line[:start], "-h") {
		return false
	}
	if end == len(line) || !part(line[end]) {
		return true
	}
	return line[end] == '.' && (end+1 == len(line) || !part(line[end+1]))
}

// inAddress reports whether what stands in front makes it the host of an address:
// scheme://db, user@db, tcp(db:3306).
func inAddress(before, after string) bool {
	switch {
	case strings.HasSuffix(before, "://"):
		return true
	case strings.HasSuffix(before, "@"):
		return credentials.MatchString(before) && !strings.HasPrefix(after, "\"")
	case strings.HasSuffix(before, "("):
		return strings.HasSuffix(before, "tcp(") || strings.HasSuffix(before, "upstream(")
	}
	return strings.HasSuffix(before, "//") && !strings.Contains(strings.TrimSpace(before), " ")
}

// credentials is what stands in front of the host in USER:PASSWORD@HOST and USER@HOST.
var credentials = regexp.MustCompile(`(://|[\w}%!$]:?)[^\s@]*@$`)

var port = regexp.MustCompile(`^(:(\d{2,5}\b|\$|%[sdv]|\{)| \d{2,5}\b)`)

// withPort reports whether a port follows.
func withPort(after string) bool { return port.MatchString(after) }

// hostKey is a key or an option for a host, up to its value.
var hostKey = regexp.MustCompile(`(?i)(\b|_|-|[a-z])(host(s|name)?|server|servers|addr(ess)?|endpoint|upstream|broker(s)?|peer(s)?|proxy_pass|reverse_proxy|fastcgi_pass|uwsgi_pass|grpc_pass|contact_?points?)["'\]]*\s*[\[:=]?=?>?\s*[\["'(]*\s*$|(^|\s)(-h|--host(name)?|-H)[= ]?["']?$`)

func behindKey(before string) bool { return hostKey.MatchString(before) }

// quotedWhole reports whether the name alone stands in quotes.
func quotedWhole(before, after string) bool {
	if before == "" || after == "" {
		return false
	}
	q := before[len(before)-1]
	return (q == '"' || q == '\'' || q == '`') && after[0] == q
}

// comment reports whether a line says nothing to the program.
func comment(line string) bool {
	line = strings.TrimSpace(line)
	for _, sign := range []string{"#", "//", ";", "--", "* ", "/*", "<!--"} {
		if strings.HasPrefix(line, sign) {
			return true
		}
	}
	return false
}
