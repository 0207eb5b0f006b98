package compose

import (
	"reflect"
	"testing"
)

func TestOutlines(t *testing.T) {
	got, err := Outlines([]byte(`
x-base: &base
  build: ./api
  volumes: [media:/srv/media]
services:
  web:
    <<: *base
    command: gunicorn -b :8000 "my app"
    user: "1000"
  worker:
    build:
      context: ..
      dockerfile: docker/Dockerfile.worker
      target: worker
    entrypoint: ["python", "w.py"]
    command:
    volumes:
      - .:/app
      - ./a.conf:/etc/a.conf:ro,z
      - ${DATA:-./data}:/data
      - /anonymous
      - c:\x:/win
      - type: bind
        source: /srv
        target: /mnt
        read_only: true
  db:
    image: postgres
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Outline{
		{Name: "web", Line: 6, Build: &Build{Context: "./api", Dockerfile: "Dockerfile"}, Command: Command{Text: `gunicorn -b :8000 "my app"`}, User: "1000",
			Mounts: []Mount{{"volume", "media", "/srv/media", false}}},
		{Name: "worker", Line: 10, Build: &Build{Context: "..", Dockerfile: "docker/Dockerfile.worker", Target: "worker"}, Entrypoint: Command{Words: []string{"python", "w.py"}},
			Mounts: []Mount{{"bind", ".", "/app", false}, {"bind", "./a.conf", "/etc/a.conf", true}, {"bind", "${DATA:-./data}", "/data", false},
				{"volume", "", "/anonymous", false}, {"bind", `c:\x`, "/win", false}, {"bind", "/srv", "/mnt", true}}},
		{Name: "db", Line: 27, Image: "postgres"},
	}
	for i := range want {
		if i < len(got) && !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("got  %+v\nwant %+v", got[i], want[i])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d services", len(got))
	}
	for _, text := range []string{"", "services: 1\n", "services:\n  a: [\n", "services:\n  a:\n    build: [1]\n", "version: '2'\n"} {
		if _, err := Outlines([]byte(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func FuzzOutlines(f *testing.F) {
	f.Add("services:\n  a:\n    build: .\n    volumes: ['a:/b:ro', 'c:\\x:/y']\n")
	f.Add("services: &a\n  a: *a\n")
	f.Fuzz(func(_ *testing.T, text string) { _, _ = Outlines([]byte(text)) })
}
