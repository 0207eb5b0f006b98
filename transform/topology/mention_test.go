package topology

import "testing"

func TestMention(t *testing.T) {
	const no, perhaps, sure = "no", "perhaps", "sure"
	for _, c := range []struct {
		line    string
		dialect dialect
		want    string
	}{
		{`DATABASE_URL=postgres://app:pw@db/app`, words, sure},
		{`url = "jdbc:postgresql://db:5432/app"`, source, sure},
		{`sql.Open("mysql", "root:pw@tcp(db:3306)/x")`, source, sure},
		{`MongoClient("db:27017")`, source, sure},
		{`fmt.Sprintf("db:%d", port)`, source, sure},
		{`  host: db`, words, sure},
		{`PGHOST=db`, words, sure},
		{`psql -h db -U app`, words, sure},
		{`psql -hdb`, words, sure},
		{`redis-cli --host=db ping`, words, sure},
		{`nc -z db 5432`, words, sure},
		{`host='db', user='app'`, source, sure},
		{`"host": "db"`, source, sure},
		{`proxy_pass http://db;`, words, sure},
		{`fastcgi_pass db:9000;`, words, sure},
		{`reverse_proxy db`, words, sure},
		{`server db resolve;`, words, sure},
		{`targets: ["db:9187"]`, words, sure},
		{`http://db./`, words, sure},

		{`name = "db"`, source, perhaps},
		{`wait db`, words, perhaps},
		{`DB_USER=db`, words, perhaps},

		{`db.connect()`, source, no},
		{`const db = open()`, source, no},
		{`https://db.example.com/`, words, no},
		{`volume db-data`, words, no},
		{`my_db`, words, no},
		{`/srv/db/files`, words, no},
		{`mydb:5432`, words, no},
	} {
		found, certain := mention(c.line, "db", c.dialect)
		got := no
		if certain {
			got = sure
		} else if found {
			got = perhaps
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.line, got, c.want)
		}
	}
}

func TestResolved(t *testing.T) {
	m := &Map{dotenv: map[string]string{"SET": "env"}}
	for value, want := range map[string]struct {
		text    string
		unknown int
	}{
		"plain":         {"plain", 0},
		"${SET}":        {"env", 0},
		"$SET/x":        {"env/x", 0},
		"${SET:-other}": {"other\nenv", 0},
		"${NONE:-db}":   {"db", 0},
		"${NONE-db}":    {"db", 0},
		"${NONE}:1":     {":1", 1},
		"${NONE:?why}":  {"", 1},
		"$$NONE":        {"$NONE", 0},
	} {
		text, unknown := m.resolved(value)
		if text != want.text || len(unknown) != want.unknown {
			t.Errorf("%s: %q, %d unknown variables; want %q, %d", value, text, len(unknown), want.text, want.unknown)
		}
	}
}
