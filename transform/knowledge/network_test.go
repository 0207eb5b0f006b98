package knowledge

import (
	"slices"
	"strings"
	"testing"
)

// TestNetworkData holds the data against its schema: every image stands once, and is a
// data store by the knowledge of services or by a source of its own.
func TestNetworkData(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range network().Stores {
		if len(s.Images) == 0 || len(s.Programs) == 0 {
			t.Errorf("a data store has no images or no programs: %+v", s)
		}
		for _, image := range s.Images {
			known := LookupService(image)
			switch {
			case seen[image]:
				t.Errorf("%s stands twice", image)
			case image != strings.ToLower(image) || ParseRef(image).Repository != image:
				t.Errorf("%s is no repository as it is looked up", image)
			case s.Source == "" && (known == nil || !known.DataStore):
				t.Errorf("%s: nothing says that it is a data store", image)
			case s.Source != "" && known != nil && known.DataStore && known.Kind != "family" && known.Only.Versions == "":
				t.Errorf("%s is a data store by services.yaml already", image)
			}
			seen[image] = true
			if !DataStore(image + ":1") {
				t.Errorf("%s is no data store", image)
			}
		}
	}
	for _, s := range services().byName {
		for _, e := range s {
			own := func(name string) bool { return seen[name] }
			if e.DataStore && e.Kind == "database" && !own(e.Image) && !slices.ContainsFunc(e.Aliases, own) && len(e.Ports) == 0 {
				t.Errorf("%s: neither a port nor a program is known", e.Image)
			}
		}
	}
	for _, q := range network().Quiet {
		for _, image := range q.Images {
			if q.Source == "" || !DataStore(image) || !QuietStore(image) {
				t.Errorf("quiet %s: no source, or no data store", image)
			}
		}
	}
	for _, c := range network().Configured {
		if c.Source == "" || c.Config == "" {
			t.Errorf("configured %v: no source or no directory", c.Images)
		}
	}
}

func TestDataStore(t *testing.T) {
	for image, want := range map[string]bool{
		"postgres:17": true, "mcr.microsoft.com/mssql/server:2022-latest": true, "bitnami/postgresql:17": true, "bitnami/nginx:1": false,
		"redis/redis-stack": true, "nginx": false, "example/db": false, "${IMAGE}": false, "ghcr.io/immich-app/postgres:14-vectorchord0.4.3@sha256:" + strings.Repeat("a", 64): true,
	} {
		if got := DataStore(image); got != want {
			t.Errorf("%s: %v", image, got)
		}
	}
	for name, want := range map[string]bool{"KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": false, "POSTGRES_REPLICATION_HOST": true, "WALG_S3_PREFIX": true, "OPENAI_APIKEY": true, "POSTGRES_DB": false, "MARIADB_MASTER_HOST": true, "MONGODB_INITIAL_PRIMARY_HOST": true} {
		if got := FetchingVariable(name); (got != "") != want {
			t.Errorf("%s tells %q", name, got)
		}
	}
	for _, test := range []struct {
		image, word string
		want        bool
	}{
		{"redpandadata/redpanda", "redpanda", true}, {"surrealdb/surrealdb", "start", true}, {"mcr.microsoft.com/azure-sql-edge:1", "sqlservr", true}, {"redis", "sqlservr", false},
	} {
		if got := RunsStore(test.image, test.word); got != test.want {
			t.Errorf("%s runs %s: %v", test.image, test.word, got)
		}
	}
}
