package dockerfile_test

import (
	"maps"
	"testing"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
)

func TestImageConfig(t *testing.T) {
	doc := parse(t, `FROM debian AS base
ENV A=1 B="2 3"
USER root
WORKDIR /srv
EXPOSE 80
CMD ["base"]
ONBUILD RUN x
LABEL a=b
FROM other
ENV LOST=1
FROM BASE
ENV A=4
ENV C legacy  value
WORKDIR app
USER app:app
EXPOSE 443/tcp 80
VOLUME ["/a", "/b c"]
STOPSIGNAL SIGINT
SHELL ["/bin/bash", "-c"]
HEALTHCHECK --interval=5s \
  CMD curl x
ENTRYPOINT [ "run" ,"a b" ]
CMD one
CMD two  \
  three
ONBUILD COPY . /x
MAINTAINER somebody
`)
	want := map[string]string{
		"ENV A": "4", "ENV B": `"2 3"`, "ENV C": "legacy  value", "LABEL a": "b",
		"USER": "app:app", "WORKDIR": "/srv\napp\n", "EXPOSE 80": "80", "EXPOSE 443/tcp": "443/tcp",
		"VOLUME /a": "/a", "VOLUME /b c": "/b c", "STOPSIGNAL": "SIGINT", "SHELL": `["/bin/bash", "-c"]`,
		"HEALTHCHECK": "--interval=5s CMD curl x", "ENTRYPOINT": `["run", "a b"]`, "CMD": "two    three",
		"ONBUILD": "COPY . /x\n", "MAINTAINER": "somebody",
	}
	got := dockerfile.ImageConfig(doc.Final()).Facets()
	if !maps.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if base := dockerfile.ImageConfig(doc.Stages[0]); base.Cmd == nil || base.User == nil || len(base.OnBuild) != 1 || base.Entrypoint != nil {
		t.Errorf("the child changed its parent: %+v", base)
	}
	if other := dockerfile.ImageConfig(doc.Stages[1]).Facets(); len(other) != 1 {
		t.Errorf("the stage on its own has %q", other)
	}
}

func TestExecForm(t *testing.T) {
	argv := []string{"a", "b c", `"q" \ é`, "<&>", ""}
	text := dockerfile.ExecForm(argv)
	if want := `["a", "b c", "\"q\" \\ é", "<&>", ""]`; text != want {
		t.Errorf("got %s, want %s", text, want)
	}
	in := last(t, "FROM x\nCMD "+text+"\n")
	if !in.JSON || dockerfile.ExecForm(in.Argv()) != text {
		t.Errorf("read back as %q", in.Argv())
	}
	if got := dockerfile.ExecForm(nil); got != "[]" {
		t.Errorf("nothing is %s", got)
	}
}

func TestDescribe(t *testing.T) {
	for in, want := range map[string]string{
		"COPY --chown=a  x \\\n # c\n y":   "--chown=a x y",
		"CMD [\"a\",\"b\"]":                `["a", "b"]`,
		"ONBUILD  RUN  [\"a\"]":            `RUN ["a"]`,
		"HEALTHCHECK  CMD  [\"a\" ,\"b\"]": `CMD ["a", "b"]`,
		"HEALTHCHECK NONE":                 "NONE",
		"ENV A=b   C=d":                    "A=b C=d",
	} {
		if got := last(t, "FROM x\n"+in+"\n").Describe(); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}
