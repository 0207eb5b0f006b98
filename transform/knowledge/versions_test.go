package knowledge

import "testing"

func TestVersioned(t *testing.T) {
	for ref, want := range map[string]string{
		"postgres":                             "postgres:<version>",
		"localhost:5000/a/b":                   "localhost:5000/a/b:<version>",
		"postgres:latest":                      "postgres:<version>",
		"jenkins/jenkins:lts-jdk17":            "jenkins/jenkins:<version>-jdk17",
		"redis:alpine":                         "redis:<version>-alpine",
		"rabbitmq:management-alpine":           "rabbitmq:<version>-management-alpine",
		"python:slim-bookworm":                 "python:<version>-slim-bookworm",
		"postgres:16":                          "",
		"postgres:16-alpine":                   "",
		"postgres@sha256:abc":                  "",
		"postgres:latest@sha256:abc":           "",
		"debian:bookworm":                      "",
		"debian:testing-20260901-slim":         "",
		"example/app:nightly-2026-09-01":       "",
		"example/app:nightly":                  "example/app:<version>",
		"somebody/tool:alpine":                 "somebody/tool:<version>-alpine",
		"somebody/tool:bookworm":               "",
		"somebody/tool:server-latest":          "somebody/tool:server-<version>",
		"somebody/tool:web-server":             "",
		"ghcr.io/open-webui/open-webui:main":   "ghcr.io/open-webui/open-webui:<version>",
		"registry.example.org:5000/app:v1.2.3": "",
	} {
		if got := Versioned(ref); got != want {
			t.Errorf("%s: %q, want %q", ref, got, want)
		}
	}
}
