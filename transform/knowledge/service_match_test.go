package knowledge

import (
	"slices"
	"strings"
	"testing"
)

func TestLookupService(t *testing.T) {
	for _, c := range []struct {
		image      string
		want       string // entry, "" for none
		ids        string // of the user that it runs as
		recommend  string // user
		confidence string
	}{
		{"postgres", "postgres", "999:999", "999:999", "primary"},
		{"postgres:16-alpine", "postgres", "70:70", "70:70", "primary"},
		{"postgres:16-alpine@sha256:0123", "postgres", "70:70", "70:70", "primary"},
		{"postgres@sha256:0123", "postgres", "", "", "primary"},
		{"docker.io/library/postgres:17", "postgres", "999:999", "999:999", "primary"},
		{"docker.io/postgres:17", "postgres", "999:999", "999:999", "primary"},
		{"public.ecr.aws/docker/library/postgres:17", "postgres", "999:999", "999:999", "primary"},
		{"mirror.gcr.io/library/postgres:17-alpine3.20", "postgres", "70:70", "70:70", "primary"},
		{"gitlab.example.com/group/dependency_proxy/containers/postgres:17", "postgres", "999:999", "999:999", "primary"},
		{"postgres:${PG_VERSION:-16}", "postgres", "999:999", "999:999", "primary"},
		{"postgres:${PG_VERSION:-16-alpine}", "postgres", "70:70", "70:70", "primary"},
		{"postgres:${PG_VERSION}", "postgres", "", "", "primary"},
		{"postgres:${PG_VERSION:?which}-alpine", "postgres", "", "", "primary"},
		{"postgres:${MAJOR:-${DEFAULT:-16}}-alpine", "postgres", "70:70", "70:70", "primary"},
		{"${IMG:-postgres:16}", "postgres", "999:999", "999:999", "inferred"},
		{"${IMG-postgres}:16", "postgres", "999:999", "999:999", "inferred"},
		{"${REGISTRY:-}postgres:16", "postgres", "999:999", "999:999", "inferred"},
		{"${REGISTRY:-docker.io}/library/postgres:16", "postgres", "999:999", "999:999", "inferred"},
		{"${IMG}", "", "", "", ""},
		{"${REGISTRY}/postgres:16", "", "", "", ""},
		{"$IMG:16", "", "", "", ""},
		{"${IMG", "", "", "", ""},
		{"registry.example.com/team/postgres:16", "", "", "", ""},
		{"", "", "", "", ""},
		{"redis:7", "redis", "999:999", "999:999", "primary"},
		{"redis:8-alpine", "redis", "999:1000", "999:1000", "primary"},
		{"rabbitmq:4-management-alpine", "rabbitmq", "100:101", "100:101", "primary"},
		{"ghcr.io/dani-garcia/vaultwarden:1.32.0", "vaultwarden/server", "0:0", "", "primary"},
		{"quay.io/prometheus/prometheus:v3.1.0", "prom/prometheus", "65534:65534", "", "primary"},
		{"docker.elastic.co/elasticsearch/elasticsearch:8.17.0", "elasticsearch", "1000:0", "", "primary"},
		{"elasticsearch:7.17.9", "elasticsearch", "1000:0", "1000:0", "primary"},
		{"elasticsearch:6.8.0", "", "", "", ""},
		{"bitnami/postgresql:16", "bitnami/postgresql", "1001:0", "", "secondary"},
		{"public.ecr.aws/bitnami/redis", "public.ecr.aws/bitnami/redis", "1001:0", "", "secondary"},
		{"lscr.io/linuxserver/sonarr:latest", "lscr.io/linuxserver/sonarr", "911:911", "", "primary"},
		{"php:8.3-apache", "php", "33:33", "33:33", "primary"},
		{"php:8.3-fpm-alpine", "php", "82:82", "82:82", "primary"},
		{"php:8.3-cli", "", "", "", ""},
		{"php:${TAG}", "", "", "", ""},
		{"gitea/gitea:1.22-rootless", "gitea/gitea", "1000:1000", "", "primary"},
		{"timescale/timescaledb:2.17-pg16", "timescale/timescaledb", "70:70", "70:70", "primary"},
		{"influxdb:1.8", "", "", "", ""},
		{"influxdb:2.7", "influxdb", "1000:1000", "1000:1000", "primary"},
		{"influxdb:3-core", "influxdb", "1500:1500", "", "primary"},
		{"influxdb:latest", "influxdb", "", "", "inferred"},
		{"Postgres:16", "postgres", "999:999", "999:999", "primary"},
	} {
		s := LookupService(c.image)
		if s == nil {
			if c.want != "" {
				t.Errorf("%s is not known", c.image)
			}
			continue
		}
		if s.Image != c.want || s.RunsAs.IDs() != c.ids || s.Recommend.User != c.recommend || s.Confidence != c.confidence {
			t.Errorf("%s: %s runs as %q, start as %q, %s; want %s, %q, %q, %s", c.image,
				s.Image, s.RunsAs.IDs(), s.Recommend.User, s.Confidence, c.want, c.ids, c.recommend, c.confidence)
		}
	}
}

func TestServiceTags(t *testing.T) {
	seven, eight := LookupService("redis:7.2"), LookupService("redis:8")
	if seven.Drop.Kind != "gosu" || eight.Drop.Kind != "setpriv" || !slices.Equal(seven.Volumes, []string{"/data"}) || len(eight.Volumes) != 0 {
		t.Errorf("redis 7 drops by %s with volumes %v, 8 by %s with %v", seven.Drop.Kind, seven.Volumes, eight.Drop.Kind, eight.Volumes)
	}
	if got := names(seven.CapAdd(Conditions{})); !slices.Equal(got, []string{"DAC_OVERRIDE", "SETGID", "SETUID"}) {
		t.Errorf("redis 7 needs %v", got)
	}
	if got := names(eight.CapAdd(Conditions{})); !slices.Equal(got, []string{"SETGID", "SETUID"}) {
		t.Errorf("redis 8 needs %v", got)
	}
	old, current := LookupService("postgres:17.2"), LookupService("postgres:18")
	if !slices.Equal(old.Volumes, []string{"/var/lib/postgresql/data"}) || !slices.Equal(current.Volumes, []string{"/var/lib/postgresql"}) {
		t.Errorf("volumes of postgres: %v, %v", old.Volumes, current.Volumes)
	}
	if got := LookupService("postgres:16-alpine").Recommend.Tmpfs; !slices.Equal(got, []string{"/var/run/postgresql:uid=70,gid=70,mode=3777"}) {
		t.Errorf("tmpfs of postgres:16-alpine: %v", got)
	}
	unknown := LookupService("postgres:$TAG")
	if !unknown.TagUnknown || len(unknown.StartAs) != 0 || unknown.Recommend.Strategy != "capabilities" || len(unknown.Recommend.CapAdd) != 4 {
		t.Errorf("postgres with an unknown tag: start as %v, %+v", unknown.StartAs, unknown.Recommend)
	}
	if s := LookupService("elasticsearch:${STACK_VERSION}"); s == nil || !s.IsRoot() || s.Confidence != "inferred" || len(s.CapAdd(Conditions{})) != 4 {
		t.Errorf("elasticsearch with an unknown tag is not the one that needs more: %+v", s)
	}
	if s := LookupService("elasticsearch"); s.IsRoot() {
		t.Error("elasticsearch without a tag is not its newest")
	}
	if s := LookupService("postgres:${V:-16}"); !s.TagVariable || s.Version != "16" {
		t.Errorf("postgres:${V:-16}: variable %v, version %s", s.TagVariable, s.Version)
	}
	if s := LookupService("bitnami/redis"); !slices.ContainsFunc(s.Writable, func(w Writable) bool { return w.Path == "/bitnami/redis" }) {
		t.Errorf("bitnami/redis writes %v", s.Writable)
	}
	if s := LookupService("nginx").For("alpine"); s.Tag != "alpine" || s.Image != "nginx" {
		t.Errorf("nginx for alpine: %s:%s", s.Image, s.Tag)
	}
}

func TestCapAdd(t *testing.T) {
	pg := LookupService("postgres:17")
	for _, c := range []struct {
		conditions Conditions
		want       string
	}{
		{Conditions{}, "DAC_OVERRIDE SETGID SETUID"},
		{Conditions{Bind: true}, "CHOWN DAC_OVERRIDE SETGID SETUID"},
		{Conditions{Bind: true, Init: true}, "CHOWN DAC_OVERRIDE KILL SETGID SETUID"},
	} {
		if got := strings.Join(names(pg.CapAdd(c.conditions)), " "); got != c.want {
			t.Errorf("%+v: %s, want %s", c.conditions, got, c.want)
		}
	}
	web := LookupService("httpd")
	if got := strings.Join(names(web.CapAdd(Conditions{HostNetwork: true, PrivateSecrets: true})), " "); got != "DAC_OVERRIDE NET_BIND_SERVICE SETGID SETUID" {
		t.Errorf("httpd in the host's network: %s", got)
	}
	if got := names(LookupService("mongo").CapAdd(Conditions{})); slices.Contains(got, "SYS_NICE") {
		t.Error("what is optional is never added")
	}
}

func TestStartsAs(t *testing.T) {
	for _, c := range []struct {
		image, user string
		data        string // "" for a user that it cannot start as
	}{
		{"postgres:17", "999:999", "named-volume"},
		{"postgres:17", "1000:1000", "owned"},
		{"postgres:17-alpine", "999:999", ""},
		{"postgres:17-alpine", "70:70", "named-volume"},
		{"memcached", "11211:11211", "any"},
		{"memcached", "5", "any"},
		{"prom/prometheus", "1000", "owned"},
		{"prom/prometheus", "1000:1000", "owned"},
		{"elasticsearch:8.17.0", "1000:0", "any"},
		{"elasticsearch:8.17.0", "2000:0", "owned"},
		{"elasticsearch:8.17.0", "2000:2000", ""},
		{"gitea/gitea", "1000:1000", ""},
	} {
		a, ok := LookupService(c.image).StartsAs(c.user)
		if ok != (c.data != "") || a.Data != c.data {
			t.Errorf("%s as %s: %+v, want %q", c.image, c.user, a, c.data)
		}
	}
	for _, s := range Services() {
		if r := s.Recommend; r.Strategy == "user" {
			if _, ok := s.StartsAs(r.User); !ok {
				t.Errorf("%s is to start as %s, and start_as does not say that it can", s.Image, r.User)
			}
		}
	}
}

func TestServicePaths(t *testing.T) {
	paths := func(list []Writable) string {
		var out []string
		for _, w := range list {
			out = append(out, w.Path)
		}
		return strings.Join(out, " ")
	}
	for _, c := range []struct{ image, data, tmpfs string }{
		{"postgres:17", "/var/lib/postgresql/data", "/var/run/postgresql"},
		{"postgres:18", "/var/lib/postgresql", "/var/run/postgresql"},
		{"redis:8", "/data", ""},
		{"nginx", "", "/var/cache/nginx /run"},
		{"wordpress:fpm", "/var/www/html", "/tmp"},
		{"wordpress", "/var/www/html", "/tmp /run/apache2 /run/lock/apache2"},
	} {
		s := LookupService(c.image)
		if data, tmpfs := paths(s.Data()), paths(s.Tmpfs()); data != c.data || tmpfs != c.tmpfs {
			t.Errorf("%s: data %s, tmpfs %s; want %s and %s", c.image, data, tmpfs, c.data, c.tmpfs)
		}
	}
}

func TestKnowledge(t *testing.T) {
	added, err := ParseServices([]byte("- {image: registry.example.com/team/db, user: root, runs_as: {uid: 5, gid: 5}, sources: [ours], confidence: primary}\n- {image: docker.io/library/redis, user: redis, sources: [our own build], confidence: primary}\n"))
	if err != nil {
		t.Fatal(err)
	}
	k := NewKnowledge(added)
	if s := k.Lookup("registry.example.com/team/db:3"); s == nil || s.RunsAs.IDs() != "5:5" || s.ReadOnly.OK != "unknown" {
		t.Errorf("an addition is not found: %+v", s)
	}
	if s := k.Lookup("redis:7"); s == nil || s.DefaultUser != "redis" {
		t.Errorf("an addition does not come first: %+v", s)
	}
	if s := k.Lookup("postgres"); s == nil || s.DefaultUser != "root" {
		t.Errorf("embedded entries are hidden: %+v", s)
	}
	if s := (&Knowledge{}).Lookup("postgres"); s == nil {
		t.Error("without additions nothing is known")
	}
}
