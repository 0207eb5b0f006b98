package image

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

var healthcheck = &transform.Rule{
	ID:     "healthcheck",
	Title:  "A service says whether it is healthy",
	Safety: transform.Manual,
	Doc: `Without a HEALTHCHECK Docker calls a service healthy as long as its process exists, also when it hangs; compose's
` + "`depends_on: condition: service_healthy`" + ` and Swarm's rolling updates have nothing to wait for.

What "healthy" means only the application knows, so nothing is changed. The finding gives a line to start from: for the port
that the image exposes, with a tool that the image has (curl, BusyBox's wget, Python, Node, PHP, Ruby, or the client of the database), to be
pointed at a path that says whether the application can do its work. The compose file and Kubernetes can bring probes of their own;
Kubernetes ignores HEALTHCHECK. An image that is watched in another way can say so with ` + "`HEALTHCHECK NONE`" + `.

Images count as services when they EXPOSE a port or start a program known as a server. Development images that start a shell and batch jobs are left alone.
On distroless and scratch images a check must be a program of the image itself, for there is no shell.

References: Docker documentation, "Dockerfile reference: HEALTHCHECK".`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "4.6", Title: "Ensure that HEALTHCHECK instructions have been added to container images"},
	},
	Check: checkHealthcheck,
}

func checkHealthcheck(p *transform.Pass) []transform.Finding {
	final := p.Facts.Final()
	if in := dockerfile.ImageConfig(final.Stage).Healthcheck; in != nil {
		if len(in.Args) > 0 && strings.EqualFold(in.Args[0].Value, "NONE") {
			f := transform.Done(in.Span, "the health check is switched off on purpose")
			f.About = []string{"none"} // which no framework is content with
			return []transform.Finding{f}
		}
		return []transform.Finding{transform.Done(in.Span, "the image has a health check")}
	}
	if final.Stage.Windows() {
		return nil
	}
	s := serviceOf(p)
	if !s.service {
		return nil
	}
	at, where := final.Stage.From.Span, ""
	cmd := startCommandOf(final)
	for _, in := range []*dockerfile.Instruction{cmd.cmd, cmd.entrypoint} {
		if in != nil && in.Stage == final.Stage {
			at, where = in.Span, fmt.Sprintf(" in front of line %d", lineOf(p, in))
		}
	}
	return []transform.Finding{transform.Manually(at, "add a health check%s, such as %s, or leave it to the probes of compose or Kubernetes", where, healthLine(p, s))}
}

// service is what a health check of the image has to do with.
type service struct {
	service bool
	port    int    // 0 when none is known
	udp     bool   // only UDP is exposed
	program string // base name of what starts, "" when it is not known
}

// serverPrograms listen when they are started: on this port unless they are told
// otherwise, 0 where they have to be told (their documentation).
var serverPrograms = map[string]int{
	"gunicorn": 8000, "uvicorn": 8000, "hypercorn": 8000, "daphne": 8000, "waitress-serve": 8080, "uwsgi": 0, "streamlit": 8501,
	"nginx": 80, "httpd": 80, "httpd-foreground": 80, "apache2": 80, "apache2ctl": 80, "apachectl": 80, "apache2-foreground": 80, "lighttpd": 80,
	"caddy": 80, "haproxy": 0, "traefik": 80, "squid": 3128, "php-fpm": 9000, "puma": 9292, "unicorn": 8080, "thin": 3000, "catalina.sh": 8080,
	"next": 3000, "http-server": 8080, "registry": 5000,
	"redis-server": 6379, "mysqld": 3306, "mariadbd": 3306, "postgres": 5432, "mongod": 27017, "memcached": 11211, "rabbitmq-server": 5672,
	"named": 53, "sshd": 22, "slapd": 389, "vsftpd": 21,
}

func serviceOf(p *transform.Pass) service {
	s := service{}
	s.port, s.udp = exposedPort(p)
	exposes := s.port != 0 || s.udp
	programs := programsOf(p)
	for _, prog := range programs {
		if s.program == "" && (prog.in != nil || len(programs) == 1) {
			s.program = prog.name
		}
		if usual, ok := serverPrograms[prog.name]; ok {
			s.service, s.program = true, prog.name
			if s.port == 0 && !s.udp {
				s.port = boundPort(prog.argv, usual)
			}
		}
	}
	waits := len(programs) > 0 && shells[programs[len(programs)-1].name] && len(programs[len(programs)-1].argv) == 1
	if exposes && !waits && len(programs) > 0 {
		s.service = true
	}
	return s
}

// bindPort finds the port in words such as 0.0.0.0:8000 or --port=8000.
var bindPort = lazily(`^(?:-b|--(?:port|bind|listen|http)=)?(?:[\w.*\[\]]*:)?(\d{2,5})$`)

// boundPort is the port that a server's command line names, or its usual one.
func boundPort(argv []string, usual int) int {
	for _, word := range argv[1:] {
		if m := bindPort.FindStringSubmatch(word); m != nil {
			if n, err := strconv.Atoi(m[1]); err == nil && n < 65536 {
				return n
			}
		}
	}
	return usual
}

// exposedPort is the first TCP port that the image exposes, one for HTTP if there is any.
func exposedPort(p *transform.Pass) (port int, udp bool) {
	for _, sf := range shipping(p.Facts.Final()) {
		for _, step := range sf.Steps {
			if !step.Instruction.Is("EXPOSE") {
				continue
			}
			for _, w := range step.Instruction.Args {
				text, _ := step.Expand(w.Value)
				number, proto, _ := strings.Cut(text, "/")
				number, _, _ = strings.Cut(number, "-")
				n, err := strconv.Atoi(number)
				switch {
				case err != nil:
				case strings.EqualFold(proto, "udp"):
					udp = true
				case port == 0, slices.Contains(otherProtocols, port) && !slices.Contains(otherProtocols, n):
					port = n
				}
			}
		}
	}
	return port, udp && port == 0
}

// clientChecks are checks by a service's own client (the services' documentation).
var clientChecks = map[int]struct{ programs, line string }{
	5432:  {"postgres docker-entrypoint.sh", "HEALTHCHECK CMD pg_isready -q || exit 1"},
	3306:  {"mysqld mariadbd mysqld_safe docker-entrypoint.sh", "HEALTHCHECK CMD mysqladmin ping --silent || exit 1"},
	6379:  {"redis-server docker-entrypoint.sh", `HEALTHCHECK CMD ["redis-cli", "ping"]`},
	27017: {"mongod docker-entrypoint.sh", `HEALTHCHECK CMD ["mongosh", "--quiet", "--eval", "db.runCommand('ping')"]`},
	5672:  {"rabbitmq-server docker-entrypoint.sh", `HEALTHCHECK CMD ["rabbitmq-diagnostics", "-q", "ping"]`},
}

// otherProtocols are well-known ports that do not speak HTTP (IANA service names).
var otherProtocols = []int{21, 22, 23, 25, 53, 110, 111, 143, 389, 443, 445, 465, 514, 587, 636, 873, 993, 995, 1080, 1194, 1433, 1521, 1883, 2049, 2181, 3260, 3306, 3389, 4222, 5432, 5672, 5900, 6379, 6667, 8883, 9042, 9050, 9092, 11211, 27017}

// healthLine writes a check for the port with a tool that the image has.
func healthLine(p *transform.Pass, s service) string {
	final := p.Facts.Final()
	if c, ok := clientChecks[s.port]; ok && slices.Contains(strings.Fields(c.programs), s.program) {
		return c.line
	}
	if !hasShell(final) {
		program := "/app"
		if cmd := startCommandOf(final); cmd.entrypoint != nil && len(cmd.entrypoint.Args) > 0 {
			program = cmd.entrypoint.Args[0].Value
		} else if cmd.cmd != nil && len(cmd.cmd.Args) > 0 {
			program = cmd.cmd.Args[0].Value
		}
		return fmt.Sprintf("HEALTHCHECK CMD [%q, \"<option that asks the running service>\"] (the image has no shell, so the program must check itself)", program)
	}
	if s.udp {
		return "HEALTHCHECK CMD <command that asks the service and fails when it does not answer>"
	}
	if s.program == "php-fpm" { // FastCGI
		return tcpLine(p, strconv.Itoa(s.port))
	}
	port := strconv.Itoa(s.port)
	if s.port == 0 {
		port = "<port>"
	}
	if slices.Contains(otherProtocols, s.port) {
		return tcpLine(p, port)
	}
	return httpLine(p, port)
}

func httpLine(p *transform.Pass, port string) string {
	final := p.Facts.Final()
	url := strings.Replace("http://127.0.0.1:"+port+"/", ":80/", "/", 1)
	switch b := final.Base; {
	case brings(final, "curl"):
		return "HEALTHCHECK CMD curl -fsS -o /dev/null " + url + " || exit 1"
	case brings(final, "wget") || busybox(b):
		return "HEALTHCHECK CMD wget -q -O /dev/null " + url + " || exit 1"
	case pythonOf(p).three || b != nil && b.Language == "python":
		return fmt.Sprintf(`HEALTHCHECK CMD [%q, "-c", "import urllib.request; urllib.request.urlopen('%s', timeout=3)"]`, pythonCommand(b), url)
	case b != nil && b.Image == "node":
		return fmt.Sprintf(`HEALTHCHECK CMD ["node", "-e", "require('http').get('%s', r => process.exit(r.statusCode < 400 ? 0 : 1)).on('error', () => process.exit(1))"]`, url)
	case b != nil && b.Language == "ruby":
		return fmt.Sprintf(`HEALTHCHECK CMD ["ruby", "-rnet/http", "-e", "exit Net::HTTP.get_response(URI('%s')).code.to_i < 400"]`, url)
	}
	return "HEALTHCHECK CMD curl -fsS -o /dev/null " + url + " || exit 1 (the image is not known to have curl: install it, or let the program check itself)"
}

func tcpLine(p *transform.Pass, port string) string {
	final := p.Facts.Final()
	switch b := final.Base; {
	case busybox(b) || brings(final, "netcat-openbsd") || brings(final, "netcat"):
		return "HEALTHCHECK CMD nc -z 127.0.0.1 " + port + " || exit 1"
	case pythonOf(p).three || b != nil && b.Language == "python":
		return fmt.Sprintf(`HEALTHCHECK CMD [%q, "-c", "import socket; socket.create_connection(('127.0.0.1', %s), 3)"]`, pythonCommand(b), port)
	case b != nil && (b.Family == "debian" || b.Family == "rhel" || b.Family == "suse" || b.Family == "arch"):
		return fmt.Sprintf(`HEALTHCHECK CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/%s"]`, port)
	}
	return "HEALTHCHECK CMD nc -z 127.0.0.1 " + port + " || exit 1 (the image is not known to have nc: install it, or let the program check itself)"
}

// brings reports whether a package is in the image.
func brings(sf *transform.StageFacts, name string) bool {
	return slices.ContainsFunc(sf.Packages, func(i transform.Installed) bool { return i.Name == name }) || sf.Base != nil && sf.Base.Has(name)
}

// busybox reports whether BusyBox's tools are there.
func busybox(b *knowledge.Base) bool {
	return b != nil && (b.Family == "alpine" || b.Family == "busybox")
}

func pythonCommand(b *knowledge.Base) string {
	if b != nil && b.Language == "python" {
		return "python"
	}
	return "python3"
}
