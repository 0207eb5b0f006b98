package secret

import (
	"slices"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/parser"
)

func TestJudge(t *testing.T) {
	// Tokens are put together here, so that nobody's scanner takes this file for a leak.
	github := "ghp_" + "x7Kq2mWz9RtY4vBn6LcJ8sHd3fGp1aQe5uTo"
	tests := []struct {
		name, value string
		kind        Kind
		secret      string
	}{
		{"POSTGRES_PASSWORD", "k7Rw-v2qX9", Literal, "k7Rw-v2qX9"},
		{"MYSQL_ROOT_PASSWORD", "root", Literal, "root"},
		{"DB_PASSWORD_2", "k7Rw", Literal, "k7Rw"},
		{"dbPassword", "k7Rw", Literal, "k7Rw"},
		{"spring.datasource.password", "k7Rw", Literal, "k7Rw"},
		{"GF_SECURITY_ADMIN_PASSWORD", "k7Rw", Literal, "k7Rw"},
		{"GITEA__database__PASSWD", "k7Rw", Literal, "k7Rw"},
		{"SECRET_KEY_BASE", "k7Rw", Literal, "k7Rw"},
		{"DJANGO_SECRET_KEY", "k7$$Rw", Literal, "k7$$Rw"},
		{"RABBITMQ_ERLANG_COOKIE", "k7Rw", Literal, "k7Rw"},
		{"NEO4J_AUTH", "neo4j/k7Rw", Literal, "neo4j/k7Rw"},
		{"DATABASE_URL", "postgres://shop:k7Rw-v2@db/shop", Literal, "k7Rw-v2"},
		{"REDIS_URL", "redis://:k7Rw-v2@cache:6379/0", Literal, "k7Rw-v2"},
		{"ConnectionStrings__Default", "Server=db;User Id=sa;Password=k7Rw-v2;Encrypt=no", Literal, "k7Rw-v2"},
		{"DSN", "shop:k7Rw-v2@tcp(db:3306)/shop", Literal, "k7Rw-v2"},
		{"ANYTHING", github, Literal, github},

		{"POSTGRES_PASSWORD", "changeme", Placeholder, ""},
		{"POSTGRES_PASSWORD", "change-me-please", Placeholder, ""},
		{"POSTGRES_PASSWORD", "example", Placeholder, ""},
		{"API_KEY", "<your key>", Placeholder, ""},
		{"API_KEY", "your_api_key", Placeholder, ""},
		{"API_KEY", "xxxxxxxx", Placeholder, ""},
		{"DATABASE_URL", "postgres://shop:changeme@db/shop", Placeholder, ""},
		{"POSTGRES_PASSWORD", "**None**", Placeholder, ""},
		{"POSTGRES_PASSWORD", "MY_DB_PASSWORD", Placeholder, ""},
		{"API_KEY", "00000000-0000-0000-0000-000000000000", Placeholder, ""},
		{"API_KEY", "$(hostname)", None, ""},

		{"POSTGRES_PASSWORD", "${POSTGRES_PASSWORD}", Variable, ""},
		{"POSTGRES_PASSWORD", "$POSTGRES_PASSWORD", Variable, ""},
		{"POSTGRES_PASSWORD", "${POSTGRES_PASSWORD:?set it}", Variable, ""},
		{"POSTGRES_PASSWORD", "${POSTGRES_PASSWORD:-changeme}", Variable, ""},
		{"POSTGRES_PASSWORD", "${POSTGRES_PASSWORD:-k7Rw}", Default, "k7Rw"},
		{"DATABASE_URL", "postgres://shop:${DB_PASSWORD}@db/shop", Variable, ""},

		{"POSTGRES_PASSWORD_FILE", "/run/secrets/x", None, ""},
		{"POSTGRES_PASSWORD", "", None, ""},
		{"MYSQL_ALLOW_EMPTY_PASSWORD", "yes", None, ""},
		{"MYSQL_RANDOM_ROOT_PASSWORD", "k7Rw", None, ""},
		{"TOKEN_TTL", "3600", None, ""},
		{"PASSWORD_MIN_LENGTH", "12", None, ""},
		{"PWD", "/srv", None, ""},
		{"PUBLIC_KEY", "k7Rw", None, ""},
		{"POSTGRES_USER", "shop", None, ""},
		{"COMPOSE_PROJECT_NAME", "shop", None, ""},
		{"URL", "https://example.org/a:b@c", None, ""},
		{"IMAGE", "registry.example.org:5000/shop@sha256:0123456789abcdef", None, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name+"="+tt.value, func(t *testing.T) {
			if got := Judge(tt.name, tt.value); got.Kind != tt.kind || got.Secret != tt.secret || (got.Kind != None) != (got.Why != "") {
				t.Errorf("got %+v, want kind %d and %q", got, tt.kind, tt.secret)
			}
		})
	}
}

// TestRules: every expression of gitleaks compiles, and has a keyword or is not asked often.
func TestRules(t *testing.T) {
	if len(rules()) < 200 {
		t.Fatalf("%d rules", len(rules()))
	}
	for _, r := range rules() {
		re, _ := r.compiled()
		if re == nil || r.ID == "" || r.Group > re.NumSubexp() {
			t.Errorf("rule %+v", r)
		}
		for _, k := range r.Keywords {
			if k != strings.ToLower(k) {
				t.Errorf("%s: keyword %s is compared with lower case", r.ID, k)
			}
		}
	}
}

func TestHide(t *testing.T) {
	tests := []struct {
		text   string
		values []string
		want   string
	}{
		{"it runs with k7Rw-v2qX9 twice: k7Rw-v2qX9", []string{"k7Rw-v2qX9"}, "it runs with ******** twice: ********"},
		{`cannot read POSTGRES_PASSWORD: "k7Rw v2"`, nil, `cannot read POSTGRES_PASSWORD: "********"`},
		{"redis-server --requirepass k7Rw-v2 --port 1", nil, "redis-server --requirepass ******** --port 1"},
		{`["mysqladmin", "--password", "k7Rw-v2"]`, nil, `["mysqladmin", "--password", "********"]`},
		{"postgres://shop:k7Rw-v2@db/shop", nil, "postgres://shop:********@db/shop"},
		{"drops CAP_CHOWN: db needs it", nil, "drops CAP_CHOWN: db needs it"},
		{"POSTGRES_PASSWORD comes from a variable", nil, "POSTGRES_PASSWORD comes from a variable"},
		{"--password changeme", nil, "--password changeme"},
		{`mysqladmin ping --password="$$(cat /run/secrets/p)"`, nil, `mysqladmin ping --password="$$(cat /run/secrets/p)"`},
		{"mysqladmin ping --password=$MYSQL_ROOT_PASSWORD", nil, "mysqladmin ping --password=$MYSQL_ROOT_PASSWORD"},
		{"postgres://shop:${DB_PASSWORD:?set it in .env}@db/shop, ${DB_PASSWORD:?never-empty}", nil, "postgres://shop:${DB_PASSWORD:?set it in .env}@db/shop, ${DB_PASSWORD:?never-empty}"},
		{"x --key a ${DB_PASSWORD:-k7Rw-v2}", nil, "x --key a ${DB_PASSWORD:-********}"},
		{"mysqladmin ping -u root -proot", nil, "mysqladmin ping -u root -p********"},
		{"mysql -uroot -p$MYSQL_ROOT_PASSWORD -e x; pg_isready -p5432", nil, "mysql -uroot -p$MYSQL_ROOT_PASSWORD -e x; pg_isready -p5432"},
		{"adduser --disabled-password --gecos '' app", nil, "adduser --disabled-password --gecos '' app"},
		{"plain-credentials:latest git-token:2.1", nil, "plain-credentials:latest git-token:2.1"},
		{`{"password":"k7Rw-v2","n":1}`, nil, `{"password":"********","n":1}`},
		{"published on 15432, 5432", []string{"5432"}, "published on 15432, ********"},
		{"grafana runs grafana", []string{"grafana"}, "grafana runs grafana"}, // a word as any
		{"write RUN --mount=type=secret,id=<name>,env=TOKEN, build with --secret id=<name>,env=TOKEN", nil, "write RUN --mount=type=secret,id=<name>,env=TOKEN, build with --secret id=<name>,env=TOKEN"},
		{"a", []string{"a"}, "a"}, // too short to be told from other words
	}
	for _, tt := range tests {
		if got := Hide(tt.text, tt.values...); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.text, got, tt.want)
		}
	}
}

// TestIn: what is masked is what stands at the places, in either kind of file and in one
// that is neither.
func TestIn(t *testing.T) {
	tests := []struct {
		name, text string
		compose    bool
		want       string
	}{
		{"environment", "services:\n  a:\n    environment:\n      A_TOKEN: 'k7Rw v2' # why\n      B: k7Rw\n", true, "services:\n  a:\n    environment:\n      A_TOKEN: '********' # why\n      B: k7Rw\n"},
		{"list", "services:\n  a:\n    environment: [\"A_TOKEN=k7Rw v2\", B=1]\n", true, "services:\n  a:\n    environment: [\"A_TOKEN=********\", B=1]\n"},
		{"block", "services:\n  a:\n    environment:\n      A_TOKEN: |\n        k7Rw\n        v2\n      B: 1\n", true, "services:\n  a:\n    environment:\n      A_TOKEN: ********\n      B: 1\n"},
		{"command", "services:\n  a:\n    command: [\"--password\", k7Rw-v2]\n", true, "services:\n  a:\n    command: [\"--password\", ********]\n"},
		{"no compose file", "services:\n\tA_TOKEN: k7Rw-v2\n", true, "services:\n\tA_TOKEN: ********\n"},
		{"dockerfile", "FROM a\nENV A_TOKEN=\"k7Rw v2\" \\\n    B=1\nRUN x --token k7Rw-v3\n", false, "FROM a\nENV A_TOKEN=\"********\" \\\n    B=1\nRUN x --token ********\n"},
		{"elsewhere too", "FROM a\nENV A_TOKEN=k7Rw-v2\nRUN x k7Rw-v2 # k7Rw-v2\n", false, "FROM a\nENV A_TOKEN=********\nRUN x ******** # ********\n"},
		{"a word as any in a URL", "services:\n  a:\n    environment:\n      URL: postgres://postgres:postgres@postgres/postgres\n", true, "services:\n  a:\n    environment:\n      URL: postgres://postgres:********@postgres/postgres\n"},
		{"a word as any in a list", "services:\n  a:\n    environment: [WORDPRESS_DB_PASSWORD=wordpress, WORDPRESS_DB_NAME=wordpress]\n    image: wordpress\n", true, "services:\n  a:\n    environment: [WORDPRESS_DB_PASSWORD=********, WORDPRESS_DB_NAME=wordpress]\n    image: wordpress\n"},
		{"a word as any in a command", "FROM a\nRUN zabbix-setup --password zabbix --home /srv/zabbix && chown zabbix /srv/zabbix\n", false, "FROM a\nRUN zabbix-setup --password ******** --home /srv/zabbix && chown zabbix /srv/zabbix\n"},
		{"a user of the system", "FROM a\nENV URL=postgres://www-data:www-data@db/x\nRUN chown www-data /x\n", false, "FROM a\nENV URL=postgres://www-data:********@db/x\nRUN chown www-data /x\n"},
		{"digits", "services:\n  a:\n    environment: {A_PASSWORD: \"5432\"}\n    ports: [\"15432:80\"]\n", true, "services:\n  a:\n    environment: {A_PASSWORD: \"********\"}\n    ports: [\"15432:80\"]\n"},
		{"clients of MySQL", "services:\n  a:\n    environment: {A_PASSWORD: k7Rw}\n    healthcheck: {test: mysqladmin ping -uroot -pk7Rw}\n", true, "services:\n  a:\n    environment: {A_PASSWORD: ********}\n    healthcheck: {test: mysqladmin ping -uroot -p********}\n"},
		{"printf", "FROM a\nRUN printf 'AS_PASSWORD=k7Rw-v2\\n' > x\n", false, "FROM a\nRUN printf 'AS_PASSWORD=********\\n' > x\n"},
		{"the name is in the value", "FROM a\nENV A_PASSWORD=PASSWORDx1\n", false, "FROM a\nENV A_PASSWORD=********\n"},
		{"legacy ENV", "FROM a\nENV A_TOKEN k7Rw v2\n", false, "FROM a\nENV A_TOKEN ********\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src := parser.NewSource("x", []byte(tt.text))
			spans, values := In(src, tt.compose)
			if got := string(Masked(src.Bytes(), spans)); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			if len(values) == 0 || slices.Contains(values, "") {
				t.Errorf("values %q", values)
			}
		})
	}
}
