package compose

import (
	"reflect"
	"testing"
)

// TestService reads what a service says, in the forms that compose-go makes of it and
// in those that it takes wrongly.
func TestService(t *testing.T) {
	p := load(t, map[string]string{"c": `
x-base: &base
  environment: {B: "2", A: }
services:
  a:
    <<: *base
    image: x
    command: a 'b c'
    entrypoint: ["e", "f"]
    volumes:
      - .:/app
      - ${DATA:-./data}:/data
      - ${NAME:-store}:/store
      - $X:/x
      - v:/q:ro
      - /anon
      - c:\x:/win
      - {type: bind, source: /srv, target: /mnt, read_only: true}
    ports: ["80:80", "127.0.0.1:53:53/udp", "${P:-1}:8080", "9000", "[::1]:5:6"]
    tmpfs: /run:size=1m
    networks: [n]
    read_only: yes
  b:
    build: {context: .., dockerfile: x/Dockerfile, target: t}
    environment: [A=b=c, C]
    healthcheck: {test: ["CMD", "x"]}
    ports: ["80:80", "127.0.0.1:53:53/udp"]
networks: {n: {}}
`}, "c")
	a, b := p.Service("a"), p.Service("b")
	for what, c := range map[string]struct{ got, want any }{
		"command":    {a.Command(), Command{Text: "a 'b c'"}},
		"entrypoint": {a.Entrypoint(), Command{Words: []string{"e", "f"}}},
		"health":     {b.Healthcheck(), Command{Words: []string{"CMD", "x"}}},
		"build":      {b.Build(), &Build{Context: "..", Dockerfile: "x/Dockerfile", Target: "t"}},
		"no build":   {a.Build(), (*Build)(nil)},
		"tmpfs":      {a.Tmpfs(), []Tmpfs{{"/run", "size=1m"}}},
		"networks":   {a.Keys("networks"), []string{"n"}},
		"read only":  {a.True("read_only"), true},
		"merged":     {a.Environment(), []Variable{{"A", "", false}, {"B", "2", true}}},
		"listed":     {b.Environment(), []Variable{{"A", "b=c", true}, {"C", "", false}}},
		"ports":      {b.Ports(), []Port{{"", "80", "80", "tcp", 0}, {"127.0.0.1", "53", "53", "udp", 1}}},
		"ports with a variable": {a.Ports(), []Port{{"", "80", "80", "", 0}, {"127.0.0.1", "53", "53", "udp", 1}, {"", "${P:-1}", "8080", "", 2},
			{"", "", "9000", "", 3}, {"::1", "5", "6", "", 4}}},
		"mounts": {a.Mounts(), []Mount{{"bind", ".", "/app", false}, {"bind", "${DATA:-./data}", "/data", false}, {"volume", "${NAME:-store}", "/store", false},
			{"bind", "$X", "/x", false}, {"volume", "v", "/q", true}, {"volume", "", "/anon", false}, {"bind", `c:\x`, "/win", false}, {"bind", "/srv", "/mnt", true}}},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", what, c.got, c.want)
		}
	}
}
