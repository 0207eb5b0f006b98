package effect

import (
	"path"
	"strings"
)

var curlOptions = takes(`o H d X u A e x m b c D E F K Q r t T U w y Y z C P output header data request user user-agent referer proxy
	max-time connect-timeout cookie cookie-jar form config range upload-file write-out retry retry-delay retry-max-time
	cacert capath cert key ciphers data-binary data-raw data-urlencode output-dir proto tlsv-max tls-max speed-limit speed-time resolve
	limit-rate proxy-user cert-type key-type dump-header interface url max-redirs max-filesize proto-default proto-redir noproxy unix-socket
	continue-at time-cond stderr trace json aws-sigv4 form-string connect-to doh-url local-port netrc-file`)

var _ = register("curl curlie", func(c *command) {
	o := c.options(curlOptions)
	urls := append(o.operands, o.all("url")...)
	outs := o.all("o", "output")
	dir, _ := o.word("output-dir")
	for i, w := range urls {
		f := Fetch{URL: w.text, Dest: c.printed()}
		switch {
		case i < len(outs) && outs[i].text != "-":
			if strings.HasPrefix(outs[i].text, "/") {
				f.Dest = c.path(outs[i], File)
			} else {
				f.Dest = c.below(dir, outs[i].text, File)
				f.Dest.Known = f.Dest.Known && outs[i].known
			}
			c.writeTo(f.Dest)
		case i >= len(outs) && o.has("O", "remote-name", "remote-name-all"):
			f.Dest = c.below(dir, urlBase(f.URL), File)
			f.Dest.Known = f.Dest.Known && w.known && !o.has("J", "remote-header-name")
			c.writeTo(f.Dest)
		}
		c.Fetches = append(c.Fetches, f)
	}
	if w, ok := o.word("c", "cookie-jar"); ok {
		c.write(File, w)
	}
	if w, ok := o.word("D", "dump-header"); ok {
		c.write(File, w)
	}
})

// printed is where standard output goes: "-" but for a redirection.
func (c *command) printed() Path {
	if c.stdout != nil {
		return *c.stdout
	}
	return Path{Name: "-"}
}

// urlBase is the name under which an address is saved.
func urlBase(url string) string {
	url, _, _ = strings.Cut(url, "?")
	url, _, _ = strings.Cut(url, "#")
	if rest, ok := cutScheme(url); ok && !strings.Contains(rest, "/") {
		return "index.html"
	}
	return path.Base(url)
}

func cutScheme(url string) (string, bool) {
	_, rest, ok := strings.Cut(url, "://")
	return rest, ok
}

var wgetOptions = takes(`O o a t T P U e i Q w X D A R B l I output-document output-file append-output tries timeout directory-prefix user-agent
	header post-data load-cookies save-cookies user password ca-certificate execute input-file wait waitretry method secure-protocol referer cut-dirs
	body-data http-user http-password progress dns-timeout connect-timeout read-timeout limit-rate level accept reject include-directories domains base post-file default-page retry-on-http-error`)

var _ = register("wget wget2 aria2c axel", func(c *command) {
	o := c.options(wgetOptions)
	if c.Tool == "aria2c" || c.Tool == "axel" {
		o = c.options(takesAria)
	}
	dir, _ := o.word("P", "directory-prefix", "d", "dir")
	out, given := o.word("O", "output-document")
	if !given && c.Tool != "wget" {
		out, given = o.word("o", "out", "output")
	}
	for _, w := range o.operands {
		f := Fetch{URL: w.text}
		switch {
		case given && out.text == "-":
			f.Dest = c.printed()
		case given && c.Tool == "aria2c":
			f.Dest = c.below(dir, out.text, File)
		case given:
			f.Dest = c.path(out, File)
		case o.has("spider"):
			c.Fetches = append(c.Fetches, Fetch{URL: w.text, Dest: Path{Name: "-"}})
			continue
		case o.has("r", "m", "recursive", "mirror"):
			f.Dest = c.below(dir, ".", Tree)
		default:
			f.Dest = c.below(dir, urlBase(f.URL), File)
			f.Dest.Known = f.Dest.Known && w.known && !o.has("content-disposition")
		}
		if c.stdout == nil && f.Dest.Name != "-" || !given || out.text != "-" {
			c.writeTo(f.Dest)
		}
		c.Fetches = append(c.Fetches, f)
	}
	if len(o.operands) == 0 && o.has("i", "input-file") {
		w, _ := o.word("i", "input-file")
		c.read(File, w)
		f := Fetch{URL: "?", Dest: c.below(dir, ".", Tree)}
		c.writeTo(f.Dest)
		c.Fetches = append(c.Fetches, f)
	}
	if w, ok := o.word("o", "output-file", "a", "append-output"); ok && c.Tool == "wget" {
		c.write(File, w)
	}
})

var takesAria = takes("d o x s k j n dir out max-connection-per-server split min-split-size header output")

var gitOptions = takes("C c b B o u branch depth config origin reference jobs git-dir work-tree j template separate-git-dir shallow-since server-option filter m message author t")

var gitPure = names("rev-parse describe log status diff show ls-remote ls-files rev-list tag-list cat-file show-ref name-rev version help blame grep merge-base symbolic-ref check-ignore")

var _ = register("git", func(c *command) {
	o := c.options(gitOptions)
	if dir, ok := o.word("C", "work-tree"); ok {
		p := c.path(dir, Dir)
		if c.ctx.Dir = p.Name; !p.Known {
			c.ctx.Dir = ""
		}
	}
	c.Verb = o.operand(0)
	switch {
	case c.Verb == "" || gitPure[c.Verb]:
		c.Pure = true
	case c.Verb == "clone":
		c.cloned(&o, 1)
	case c.Verb == "config":
		c.gitConfig(&o)
	case c.Verb == "init":
		if len(o.operands) > 1 {
			c.write(Tree, o.operands[1])
		} else {
			c.writeTo(c.resolve(".", Tree))
		}
	case c.Verb == "archive":
		if w, ok := o.word("o", "output"); ok {
			c.write(File, w)
		}
		c.Pure = !o.has("o", "output")
	default:
		if c.Verb == "fetch" || c.Verb == "pull" || c.Verb == "submodule" || c.Verb == "lfs" {
			f := Fetch{URL: "origin", Dest: c.resolve(".", Tree)}
			if len(o.operands) > 1 && strings.Contains(o.operands[1].text, "/") {
				f.URL = o.operands[1].text
			}
			c.Fetches = append(c.Fetches, f)
		}
		c.writeTo(c.resolve(".", Tree))
	}
})

// cloned is a repository that is copied to a directory, the last part of its
// address when none is given.
func (c *command) cloned(o *options, at int) {
	if len(o.operands) <= at {
		return
	}
	f := Fetch{URL: o.operands[at].text}
	if len(o.operands) > at+1 {
		f.Dest = c.path(o.operands[at+1], Tree)
	} else {
		name := strings.TrimSuffix(path.Base(strings.TrimSuffix(f.URL, "/")), ".git")
		if i := strings.LastIndexByte(name, ':'); i >= 0 {
			name = name[i+1:]
		}
		f.Dest = c.resolve(name, Tree)
		f.Dest.Known = f.Dest.Known && o.operands[at].known
	}
	c.writeTo(f.Dest)
	c.Fetches = append(c.Fetches, f)
}

func (c *command) gitConfig(o *options) {
	switch {
	case o.has("system"):
		c.writeTo(Path{Name: "/etc/gitconfig", Known: true})
	case o.has("global"):
		if c.ctx.Home != "" {
			c.writeTo(c.inHome(".gitconfig", File))
		}
	case o.has("l", "list", "get", "get-all"):
		c.Pure = true
	default:
		c.writeTo(c.resolve(".git/config", File))
	}
}

var _ = register("hg svn bzr cvs fossil", func(c *command) {
	o := c.options(takesSvn)
	switch c.Verb = o.operand(0); c.Verb {
	case "clone", "checkout", "co", "export", "branch":
		c.cloned(&o, 1)
	case "info", "log", "status", "version", "":
		c.Pure = true
	default:
		c.writeTo(c.resolve(".", Tree))
	}
})

var takesSvn = takes("r b u d revision username password depth config-dir rev branch updaterev")

// Programs that check or import keys.
var _ = register("gpg gpgconf gpgv sha256sum sha512sum sha1sum sha224sum sha384sum md5sum b2sum shasum openssl cosign minisign signify ssh-keygen apksigner", func(c *command) {
	if strings.HasSuffix(c.Tool, "sum") || c.Tool == "gpgv" {
		c.read(File, c.options(noValues).operands...)
		c.Pure = true
		return
	}
	for i, w := range c.args {
		if i+1 == len(c.args) {
			break
		}
		switch next := c.args[i+1]; w.text {
		case "-o", "--output", "-out", "-keyout", "-f":
			if w.text != "-f" || c.Tool == "ssh-keygen" {
				c.write(File, next)
			}
		case "-in", "--verify":
			c.read(File, next)
		case "--recv-keys", "--recv", "--recv-key":
			c.Fetches = append(c.Fetches, Fetch{URL: "key " + next.text, Dest: Path{Name: "-"}})
		}
	}
	if c.Tool == "ssh-keygen" && (len(c.Writes) == 0 || optionsOf(c, noValues).has("A")) {
		c.NeedsRoot = true
	}
})

var _ = register("ssh-keyscan ping host dig nslookup nc ncat telnet ssh sftp ftp lftp aws gsutil gcloud az s3cmd mc rclone", func(c *command) {
	if len(c.args) == 0 {
		c.Pure = true
		return
	}
	switch c.Tool {
	case "ssh", "sftp", "ftp", "lftp", "aws", "gsutil", "gcloud", "az", "s3cmd", "mc", "rclone":
		c.Opaque = "what " + c.Tool + " does is not known"
		if c.args[0].text == "--version" || c.args[0].text == "version" {
			c.Opaque = ""
		}
		return
	}
	c.Fetches = append(c.Fetches, Fetch{URL: c.args[len(c.args)-1].text, Dest: c.printed()})
})
