package main

import (
	"strings"
	"testing"
)

// original has one of everything that a rewrite can lose.
const original = `# syntax=docker/dockerfile:1
ARG BASE=debian:12
FROM golang:1.24 AS build
ENV CGO_ENABLED=0
RUN go build -o /app
FROM ${BASE}
# why curl
ENV A=b C="d e"
LABEL l=m
WORKDIR /srv
RUN apt-get update && apt-get install -y curl # for the probe
RUN if true; then \
  # inside
  echo a; fi
RUN ["sh", "-c", "a; b"]
COPY --from=build /app /srv/app
ADD x /y
EXPOSE 80 443
VOLUME /data
STOPSIGNAL SIGINT
SHELL ["/bin/bash", "-c"]
HEALTHCHECK --interval=5s CMD ["curl", "localhost"]
ONBUILD COPY . /srv
ONBUILD CMD ["kept", "one"]
USER root
ENTRYPOINT ["/srv/app", "--name", "a b"]
CMD serve --port 80
`

func TestJudgeFindsBrokenResults(t *testing.T) {
	all := []string{"non-root-user", "exec-form", "python-env", "package-cache"}
	tests := []struct {
		name, old, new string
		applied        []string
		want           Kind
	}{
		{"does not parse", "EXPOSE 80 443", "EXPSE 80 443", all, Unparsable},
		{"cut in two", "&& apt-get install -y curl # for the probe", "\n&& apt-get install -y curl # for the probe", all, Unparsable},
		{"no stage", original, "# syntax=docker/dockerfile:1\n", all, Unparsable},
		{"shell broken", "apt-get install -y curl", "apt-get install -y curl && ( rm", all, BrokenShell},
		{"comment lost", "# why curl\n", "", all, CommentLost},
		{"comment in a continuation lost", "  # inside\n", "", all, CommentLost},
		{"directive lost", "# syntax=docker/dockerfile:1\n", "", all, CommentLost},
		{"comment of the shell lost", " # for the probe", "", all, CommentLost},
		{"comment changed", "# why curl", "# why curl && rm -rf /var/lib/apt/lists/*", all, CommentLost},
		{"RUN argv altered", `"a; b"`, `"a;b"`, all, ArgvAltered},
		{"entrypoint argv altered", `"a b"]`, `"a","b"]`, all, ArgvAltered},
		{"ONBUILD argv altered", `"kept", "one"`, `"kept"`, all, ArgvAltered},
		{"health check argv altered", `["curl", "localhost"]`, `["curl"]`, all, ArgvAltered},
		{"new exec form says something else", "CMD serve --port 80", `CMD ["serve", "--port"]`, all, ArgvAltered},
		{"new exec form without its rule", "CMD serve --port 80", `CMD ["serve", "--port", "80"]`, nil, ArgvAltered},
		{"CMD lost", "CMD serve --port 80\n", "", nil, ConfigLost},
		{"shell-form CMD changed", "CMD serve --port 80", "CMD serve --port 81", nil, ConfigLost},
		{"ENTRYPOINT replaced by shell form", `ENTRYPOINT ["/srv/app", "--name", "a b"]`, "ENTRYPOINT /srv/app --name 'a b'", nil, ConfigLost},
		{"ENV lost", ` C="d e"`, "", all, ConfigLost},
		{"ENV changed", "A=b", "A=c", all, ConfigLost},
		{"ENV new", "A=b", "A=b PATH=/x", all, ConfigLost},
		{"ENV of another stage", "CGO_ENABLED=0", "CGO_ENABLED=1", all, ConfigLost},
		{"python without its rule", "A=b", "A=b PYTHONUNBUFFERED=1", nil, ConfigLost},
		{"LABEL", "LABEL l=m\n", "", all, ConfigLost},
		{"WORKDIR", "WORKDIR /srv", "WORKDIR /app", all, ConfigLost},
		{"EXPOSE", " 443", "", all, ConfigLost},
		{"VOLUME", "VOLUME /data\n", "", all, ConfigLost},
		{"STOPSIGNAL", "SIGINT", "SIGTERM", all, ConfigLost},
		{"SHELL", `SHELL ["/bin/bash", "-c"]`, `SHELL ["/bin/bash", "-ec"]`, all, ConfigLost},
		{"HEALTHCHECK", "--interval=5s ", "", all, ConfigLost},
		{"ONBUILD", "ONBUILD COPY . /srv", "ONBUILD COPY . /", all, ConfigLost},
		{"USER without its rule", "USER root", "USER 10001:10001", nil, ConfigLost},
		{"COPY lost", "COPY --from=build /app /srv/app\n", "", all, ConfigLost},
		{"COPY from elsewhere", "--from=build ", "", all, ConfigLost},
		{"ADD became COPY", "ADD x /y", "COPY x /y", all, ConfigLost},
		{"base", "FROM ${BASE}", "FROM debian:13", all, ConfigLost},
		{"build argument", "ARG BASE=debian:12\nFROM", "ARG BASE=debian:12\nFROM --platform=linux/amd64", all, ConfigLost},
		{"stage lost", "RUN go build -o /app\nFROM ${BASE}", "RUN go build -o /app", all, ConfigLost},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			after := strings.Replace(original, tt.old, tt.new, 1)
			if after == original {
				t.Fatal("the case changes nothing")
			}
			found := judge([]byte(original), []byte(after), set(tt.applied))
			for _, f := range found {
				if f.Kind == tt.want {
					return
				}
			}
			t.Errorf("the judge says %v, want %q", found, tt.want)
		})
	}
}

func TestJudgeLetsRulesWork(t *testing.T) {
	tests := []struct {
		name, old, new string
		applied        []string
	}{
		{"nothing", "", "", nil},
		{"cleanup", "install -y curl", "install -y curl && rm -rf /var/lib/apt/lists/*", []string{"package-cache"}},
		{"user", "USER root", "USER 10001:10001", []string{"non-root-user"}},
		{"user moved", "USER root\n", "RUN useradd app\nUSER app\n", []string{"non-root-user"}},
		{"exec form", "CMD serve --port 80", `CMD ["serve", "--port", "80"]`, []string{"exec-form"}},
		{"python", "A=b", "PYTHONUNBUFFERED=1 A=b", []string{"python-env"}},
		{"owner", "COPY --from", "COPY --chown=1:1 --from", []string{"owned-copies"}},
		{"added comment", "# why curl", "# why curl\n# and more", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			after := strings.Replace(original, tt.old, tt.new, 1)
			if found := judge([]byte(original), []byte(after), set(tt.applied)); len(found) > 0 {
				t.Errorf("the judge complains: %v", found)
			}
		})
	}
}

func set(names []string) map[string]bool {
	m := map[string]bool{}
	for _, n := range names {
		m[n] = true
	}
	return m
}
