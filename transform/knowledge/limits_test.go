package knowledge

import (
	"slices"
	"strings"
	"testing"
)

// TestLimitClasses holds the data against its schema: what it names exists, figures are
// readable, and a limit is at least four times what was measured.
func TestLimitClasses(t *testing.T) {
	languages := map[string]bool{}
	for _, b := range bases() {
		languages[b.Language] = true
	}
	seen := map[string]string{}
	for _, c := range limits().Classes {
		memory, ok := Bytes(c.Memory)
		if c.Name == "" || c.Source == "" || !ok || memory < 64<<20 || c.PIDs < 512 {
			t.Errorf("class %q: it has no name, no source or no sensible figures: %+v", c.Name, c)
		}
		for _, k := range c.Kinds {
			if !slices.Contains(serviceKinds, k) {
				t.Errorf("class %s: there is no kind %s", c.Name, k)
			}
		}
		for _, l := range c.Languages {
			if !languages[l] {
				t.Errorf("class %s: no base is of language %s", c.Name, l)
			}
		}
		for _, of := range slices.Concat(c.Kinds, c.Languages) {
			if other := seen[of]; other != "" {
				t.Errorf("%s is of classes %s and %s", of, other, c.Name)
			}
			seen[of] = c.Name
		}
		if c.High == nil {
			continue
		}
		high, ok := Bytes(c.High.Memory)
		if !ok || memory < 4*high || c.PIDs < 4*c.High.PIDs || c.High.PIDs == 0 || c.High.Of == "" {
			t.Errorf("class %s: its limits are not four times what was measured: %+v", c.Name, c.High)
		}
	}
	for _, x := range limits().Tmpfs {
		if _, ok := Bytes(x.Size); !ok || x.Source == "" || len(x.Paths) == 0 {
			t.Errorf("tmpfs %v: it has no size, no source or no paths", x.Paths)
		}
		for _, k := range x.Kinds {
			if !slices.Contains(serviceKinds, k) {
				t.Errorf("tmpfs %v: there is no kind %s", x.Paths, k)
			}
		}
	}
}

func TestLimitClassOf(t *testing.T) {
	for _, test := range []struct{ image, kind, language, want string }{
		{"postgres:17", "database", "", "relational database"},
		{"mongo:8", "database", "", "database"},
		{"tomcat:11", "web-server", "", "java"},
		{"selenium/standalone-chrome:4", "", "", "browser"},
		{"ghcr.io/browserless/chromium", "app", "", "browser"},
		{"", "", "java", "java"},
		{"python:3.13", "base", "python", "python"},
		{"example/web", "", "", ""},
	} {
		name := ""
		if c := LimitClassOf(test.image, test.kind, test.language); c != nil {
			name = c.Name
		}
		if name != test.want {
			t.Errorf("%+v is of class %q", test, name)
		}
	}
}

func TestTmpfsSize(t *testing.T) {
	for _, test := range []struct{ path, kind, want string }{
		{"/tmp", "database", "512m"},
		{"/tmp", "proxy", "128m"},
		{"/var/run/postgresql", "database", "16m"},
		{"/var/cache/nginx", "web-server", "256m"},
		{"/var/log/rabbitmq", "queue", "64m"},
	} {
		if got := TmpfsSize(test.path, test.kind); got != test.want {
			t.Errorf("%s of a %s: %s, want %s", test.path, test.kind, got, test.want)
		}
	}
}

func TestHeap(t *testing.T) {
	for _, test := range []struct {
		command string
		env     map[string]string
		want    int64
	}{
		{"java -Xms1g -Xmx2g -jar app.jar", nil, 2 << 30},
		{"", map[string]string{"ES_JAVA_OPTS": "-Xms512m -Xmx512m", "KAFKA_HEAP_OPTS": "-Xmx1G"}, 1 << 30},
		{"", map[string]string{"MEMORY": "4G"}, 4 << 30},
		{"", map[string]string{"MEMORY": "4096"}, 4 << 30},
		{"node --max-old-space-size=2048 server.js", nil, 2 << 30},
		{"mysqld --innodb-buffer-pool-size=4G", nil, 4 << 30},
		{"postgres -c shared_buffers=2GB -c max_connections=200", nil, 2 << 30},
		{"redis-server --maxmemory 512mb", nil, 512 << 20},
		{"memcached -m 1024", nil, 1 << 30},
		{"mongod --wiredTigerCacheSizeGB 1.5", nil, 3 << 29},
		{"java -Xmx${HEAP} -jar app.jar", map[string]string{"MEMORY": "${MEMORY}"}, 0},
		{"serve --max-age 300", map[string]string{"PORT": "8080"}, 0},
	} {
		if got := Heap(test.command, test.env); got != test.want {
			t.Errorf("%s %v: %d, want %d", test.command, test.env, got, test.want)
		}
	}
	for _, h := range limits().Heaps {
		if h.Source == "" || (h.Pattern == "") == (len(h.Env) == 0) {
			t.Errorf("a heap needs a source and either a pattern or variables: %+v", h)
		}
	}
}

func TestBytes(t *testing.T) {
	for text, want := range map[string]int64{"512": 512, "64k": 64 << 10, "64kb": 64 << 10, "1.5g": 3 << 29, "2G": 2 << 30, "300M": 300 << 20, "1b": 1, "4 GB": 4 << 30, "512Mi": 512 << 20, "2GiB": 2 << 30} {
		if got, ok := Bytes(text); !ok || got != want {
			t.Errorf("%s: %d, %t", text, got, ok)
		}
	}
	for _, text := range []string{"", "m", "${MEM}", "50%", "-1", "1x", strings.Repeat("9", 40)} {
		if got, ok := Bytes(text); ok {
			t.Errorf("%q: %d", text, got)
		}
	}
}
