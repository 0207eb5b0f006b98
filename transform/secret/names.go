package secret

import (
	"regexp"
	"strings"
	"unicode"
)

// words splits a name at what separates its words: _, -, . and a change to capitals.
func words(name string) []string {
	var b strings.Builder
	var before rune
	for _, r := range name {
		if unicode.IsUpper(r) && unicode.IsLower(before) {
			b.WriteByte('_')
		}
		if r == '-' || r == '.' || r == ':' {
			r = '_'
		}
		b.WriteRune(unicode.ToLower(r))
		before = r
	}
	return strings.FieldsFunc(b.String(), func(r rune) bool { return r == '_' })
}

// credentials are words that end the name of a credential.
var credentials = map[string]bool{
	"password": true, "passwd": true, "passphrase": true, "pass": true, "pwd": true, "secret": true, "token": true,
	"apikey": true, "secretkey": true, "accesskey": true, "privatekey": true, "requirepass": true, "masterauth": true,
	"credential": true, "credentials": true, "pat": true, "salt": true, "pepper": true, "passcode": true, "userpass": true,
	"rootpassword": true, "storepasswd": true, "dbpassword": true, "dbpass": true,
}

// keys are words that make a name that ends with "key" one of a credential.
var keys = map[string]bool{
	"api": true, "secret": true, "access": true, "private": true, "encryption": true, "encrypt": true, "signing": true,
	"master": true, "auth": true, "jwt": true, "session": true, "app": true, "license": true, "licence": true, "hmac": true,
	"storage": true, "account": true, "cookie": true, "nonce": true, "in": true, "base": true, "service": true, "role": true, "anon": true,
}

// switches are words that make a name one about a credential, such as how long it may be.
var switches = map[string]bool{
	"file": true, "path": true, "dir": true, "url": true, "uri": true, "host": true, "port": true, "user": true, "username": true,
	"name": true, "id": true, "type": true, "enabled": true, "allow": true, "random": true, "no": true, "disable": true, "require": true,
	"public": true, "use": true, "empty": true, "without": true, "check": true, "validate": true, "header": true,
}

// credentialName reports whether a name is that of a credential.
func credentialName(name string) bool {
	w := words(name)
	for n := len(w); n > 1 && number(w[n-1]); n-- { // DB_PASSWORD_2
		w = w[:n-1]
	}
	if len(w) == 0 {
		return false
	}
	last := w[len(w)-1]
	for _, s := range w[:len(w)-1] {
		if s == "random" || s == "allow" || s == "disable" || s == "disabled" || s == "plain" || s == "require" || s == "no" || s == "enable" || s == "empty" || s == "public" {
			return false
		}
	}
	switch {
	case switches[last]:
		return false
	case len(w) == 1 && (last == "pwd" || last == "salt" || last == "pat"):
		return last == "salt"
	case credentials[last]:
		return true
	case last == "key" && len(w) > 1:
		return keys[w[len(w)-2]]
	case last == "base" && len(w) > 2 && w[len(w)-2] == "key": // SECRET_KEY_BASE
		return true
	case last == "cookie" && len(w) > 1:
		return w[len(w)-2] == "erlang"
	case last == "auth" && len(w) > 1:
		return w[0] == "neo4j"
	}
	return false
}

func number(word string) bool {
	return strings.IndexFunc(word, func(r rune) bool { return !unicode.IsDigit(r) }) < 0
}

// placeholders are texts that a person is to replace.
var placeholders = regexp.MustCompile(`(?i)^(?:` +
	`(?:please[-_ ]?)?(?:change|replace|insert|enter|fill|put|set|add)[-_ ]?(?:me|this|it|in|here|with|your|a|an|the)\b.*|change[-_ ]?me.*|replace[-_ ]?me.*|` +
	`(?:to ?do|tbd|fix ?me|dummy|placeholder|redacted|undefined|n/?a)|` +
	`your[-_ ]?.*|my[-_]?(?:secret|super)?[-_]?(?:password|token|key|secret)[-_]?here|.*[-_ ](?:here|placeholder)|` +
	`(?:an?[-_ ])?(?:example|sample)(?:[-_ ].*)?|.*[-_ ]example|` +
	`(?-i:[A-Z0-9_]*_(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY))|0[-0]*|x[-x]{2,}|\*{3,}|\*\*.*\*\*|\.{3,}|-+|_+|<.*>|\[.*\]|\{\{.*\}\}|%.*%|@.*@)$`)

// placeholder reports whether a text only says where a credential belongs.
func placeholder(value string) bool { return placeholders.MatchString(strings.TrimSpace(value)) }

// passwordInURL finds scheme://user:password@, and the password of key=value connection
// strings.
var passwordInURL = []*regexp.Regexp{
	regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]*://[^\s/:@"']*:([^\s/@"']+)@`),
	regexp.MustCompile(`(?i)(?:^|[;\s"'])(?:password|pwd)\s*=\s*([^;\s"']+)`),
	// go-sql-driver: user:password@tcp(host:port)/database
	regexp.MustCompile(`^[A-Za-z0-9_.-]+:([^\s@:/]+)@(?:tcp|unix)\(`),
}

// inURL judges the password of a connection URL or string.
func inURL(value string) Setting {
	for _, re := range passwordInURL {
		m := re.FindStringSubmatchIndex(value)
		if m == nil {
			continue
		}
		s := byName(value[m[2]:m[3]])
		if s.Kind != None {
			s.At += m[2]
			s.Why = "it stands in a connection URL"
			return s
		}
	}
	return Setting{}
}
