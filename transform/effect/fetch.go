package effect

import (
	"path"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
)

const curlTakes = `o H d X u A e x m b c D E F K Q r t T U w y Y z C P output header data request user user-agent referer proxy
	max-time connect-timeout cookie cookie-jar form config range upload-file write-out retry retry-delay retry-max-time
	cacert capath cert key ciphers data-binary data-raw data-urlencode output-dir proto tlsv-max speed-limit resolve limit-rate retry-connrefused-x`

var _ = register("curl", func(c *command) {
	o := parse(c.args, curlTakes)
	for _, a := range o.operands {
		f := Fetch{URL: c.text(a), Dest: Path{Name: "-"}}
		if out := o.get("o", "output"); out != "" && out != "-" {
			f.Dest = c.resolve(c.value(out), File)
			c.writeTo(f.Dest)
		} else if o.has("O", "remote-name", "remote-name-all") {
			f.Dest = c.resolve(urlBase(f.URL), File)
			c.writeTo(f.Dest)
		}
		c.Fetches = append(c.Fetches, f)
	}
})

func urlBase(url string) string {
	url, _, _ = strings.Cut(url, "?")
	return path.Base(url)
}

const wgetTakes = `O o a t T P U e i Q w X D A R B output-document output-file append-output tries timeout directory-prefix user-agent
	header post-data load-cookies save-cookies user password ca-certificate execute input-file wait waitretry method secure-protocol referer cut-dirs`

var _ = register("wget", func(c *command) {
	o := parse(c.args, wgetTakes)
	for _, a := range o.operands {
		f := Fetch{URL: c.text(a)}
		switch out := o.get("O", "output-document"); {
		case out == "-":
			f.Dest = Path{Name: "-"}
		case out != "":
			f.Dest = c.resolve(c.value(out), File)
		default:
			f.Dest = c.resolve(path.Join(c.value(o.get("P", "directory-prefix")), urlBase(f.URL)), File)
		}
		if f.Dest.Name != "-" {
			c.writeTo(f.Dest)
		}
		c.Fetches = append(c.Fetches, f)
	}
})

var _ = register("git hg svn", func(c *command) {
	o := parse(c.args, "C c b o u depth branch config origin reference jobs git-dir work-tree r username password")
	if len(o.operands) == 0 {
		c.Pure = true
		return
	}
	c.Verb = o.operands[0].Value
	switch c.Verb {
	case "clone", "checkout", "co", "export":
		if c.Verb == "checkout" && c.Tool == "git" {
			c.writeTo(c.resolve(".", Tree))
			return
		}
		if len(o.operands) < 2 {
			return
		}
		f := Fetch{URL: c.text(o.operands[1])}
		if len(o.operands) > 2 {
			f.Dest = c.path(o.operands[2], Tree)
		} else {
			f.Dest = c.resolve(strings.TrimSuffix(path.Base(f.URL), ".git"), Tree)
		}
		c.writeTo(f.Dest)
		c.Fetches = append(c.Fetches, f)
	case "config":
		if o.has("global") && c.ctx.Home != "" {
			c.Writes = append(c.Writes, Path{Name: c.ctx.Home + "/.gitconfig", Known: true})
		}
	case "rev-parse", "describe", "log", "status", "diff", "show", "ls-remote", "--version":
		c.Pure = true
	default:
		c.writeTo(c.resolve(".", Tree))
	}
})

// Programs that check or import keys.
var _ = register("gpg gpg2 gpgconf gpgv sha256sum sha512sum sha1sum md5sum shasum openssl cosign", func(c *command) {
	for i, a := range c.args {
		if (a.Value == "-o" || a.Value == "--output" || a.Value == "-out" || a.Value == "-keyout") && i+1 < len(c.args) {
			c.writeTo(c.path(c.args[i+1], File))
		}
	}
})

var _ = register("ssh-keyscan ping host dig nslookup nc", func(c *command) { c.Fetches = append(c.Fetches, fetchOf(c.args)) })

func fetchOf(args []dockerfile.Arg) Fetch {
	if len(args) == 0 {
		return Fetch{}
	}
	return Fetch{URL: args[len(args)-1].Text, Dest: Path{Name: "-"}}
}
