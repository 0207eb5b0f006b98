package dockerfile_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
)

// texts are the source bytes of words: what their spans cover.
func texts(src *parser.Source, words []dockerfile.Word) []string {
	var out []string
	for _, w := range words {
		out = append(out, src.Text(w.Span))
	}
	return out
}

// TestInstructions asserts the bytes, flags and arguments of one instruction behind FROM.
func TestInstructions(t *testing.T) {
	tests := []struct {
		name, in  string
		span      string // source text; "" is all of in without its last line ending
		keyword   string
		flags     []string
		args      []string // values
		spans     []string // source texts of the arguments, where they differ from the values
		json      bool
		firstByte byte
	}{
		{name: "shell form", in: "RUN apt-get  update\n", keyword: "RUN", args: []string{"apt-get  update"}},
		{name: "indented", in: "  run\ttrue  \n", span: "run\ttrue", keyword: "RUN", args: []string{"true"}},
		{name: "exec form", in: "CMD [ \"a\",\"b \\u00e9\" ]\n", keyword: "CMD", json: true, args: []string{"a", "b é"}, spans: []string{`"a"`, `"b \u00e9"`}},
		{name: "exec form, empty", in: "ENTRYPOINT []\n", keyword: "ENTRYPOINT", json: true},
		{name: "json that is none", in: "CMD ['a']\n", keyword: "CMD", args: []string{"['a']"}},
		{name: "flags", in: "COPY --chown=a:b --from=0 x  y /z/\n", keyword: "COPY", flags: []string{"--chown=a:b", "--from=0"}, args: []string{"x", "y", "/z/"}},
		{name: "flags over lines", in: "RUN --mount=type=cache,target=/x \\\n  # why\n  --network=none \\\n  make\n", keyword: "RUN", flags: []string{"--mount=type=cache,target=/x", "--network=none"}, args: []string{"make"}},
		{name: "flag with quotes", in: "RUN --mount=\"type=bind,source=a b,target=/x\" ls\n", keyword: "RUN", flags: []string{"--mount=\"type=bind,source=a b,target=/x\""}, args: []string{"ls"}},
		{name: "words over a continuation", in: "RUN cu\\\nrl x\n", keyword: "RUN", args: []string{"curl x"}, spans: []string{"cu\\\nrl x"}},
		{name: "keyword over a continuation", in: "WOR\\\nKDIR /x\n", keyword: "WORKDIR", args: []string{"/x"}},
		{name: "comments and blank lines", in: "RUN a \\\n# one\n\n  && b \\\n    # two\n && c\n", keyword: "RUN", args: []string{"a   && b  && c"}, spans: []string{"a \\\n# one\n\n  && b \\\n    # two\n && c"}},
		{name: "blanks behind the escape", in: "RUN a \\ \t\n b\n", keyword: "RUN", args: []string{"a  b"}, spans: []string{"a \\ \t\n b"}},
		{name: "crlf", in: "COPY a \\\r\n  b /c\r\n", span: "COPY a \\\r\n  b /c", keyword: "COPY", args: []string{"a", "b", "/c"}},
		{name: "no final newline", in: "EXPOSE 80 443/udp", keyword: "EXPOSE", args: []string{"80", "443/udp"}},
		{name: "env", in: "ENV A=b C=\"d e\" F=g\\ h\n", keyword: "ENV", args: []string{"A=b", "C=\"d e\"", `F=g\ h`}},
		{name: "legacy env", in: "ENV A  b c=d\n", keyword: "ENV", args: []string{"A", "b c=d"}},
		{name: "label", in: "LABEL a=b \"c d\"=e\n", keyword: "LABEL", args: []string{"a=b", "\"c d\"=e"}},
		{name: "arg", in: "ARG A B=\"x y\"\n", keyword: "ARG", args: []string{"A", "B=\"x y\""}},
		{name: "maintainer", in: "MAINTAINER \"A B\" <a@b.example>\n", keyword: "MAINTAINER", args: []string{"\"A B\" <a@b.example>"}},
		{name: "user", in: "USER a:b\n", keyword: "USER", args: []string{"a:b"}},
		{name: "volume", in: "VOLUME /a /b\n", keyword: "VOLUME", args: []string{"/a", "/b"}},
		{name: "volume json", in: "VOLUME [\"/a b\"]\n", keyword: "VOLUME", json: true, args: []string{"/a b"}, spans: []string{`"/a b"`}},
		{name: "stopsignal", in: "STOPSIGNAL SIGINT\n", keyword: "STOPSIGNAL", args: []string{"SIGINT"}},
		{name: "shell", in: "SHELL [\"/bin/bash\", \"-c\"]\n", keyword: "SHELL", json: true, args: []string{"/bin/bash", "-c"}, spans: []string{`"/bin/bash"`, `"-c"`}},
		{name: "healthcheck over two lines", in: "HEALTHCHECK --interval=5m \\\n  CMD curl x || exit 1\n", keyword: "HEALTHCHECK", flags: []string{"--interval=5m"}, args: []string{"CMD", "curl x || exit 1"}},
		{name: "healthcheck exec", in: "HEALTHCHECK CMD [\"a\", \"b\"]\n", keyword: "HEALTHCHECK", json: true, args: []string{"CMD", "a", "b"}, spans: []string{"CMD", `"a"`, `"b"`}},
		{name: "healthcheck none", in: "HEALTHCHECK NONE\n", keyword: "HEALTHCHECK", args: []string{"NONE"}},
		{name: "add", in: "ADD --checksum=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef http://x/y /z\n", keyword: "ADD",
			flags: []string{"--checksum=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}, args: []string{"http://x/y", "/z"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc := parse(t, "FROM debian\n"+tt.in)
			check(t, doc)
			if n := len(doc.Instructions()); n != 2 {
				t.Fatalf("%d instructions", n)
			}
			in, src := doc.Instructions()[1], doc.Source
			span := tt.span
			if span == "" {
				span = strings.TrimRight(tt.in, "\r\n")
			}
			if got := src.Text(in.Span); got != span {
				t.Errorf("the instruction is %q, want %q", got, span)
			}
			if got := texts(src, in.Flags); in.Keyword != tt.keyword || in.JSON != tt.json || !slices.Equal(got, tt.flags) {
				t.Errorf("%s, json %v, flags %q; want %s, %v, %q", in.Keyword, in.JSON, got, tt.keyword, tt.json, tt.flags)
			}
			if !slices.Equal(in.Argv(), tt.args) {
				t.Errorf("arguments %q, want %q", in.Argv(), tt.args)
			}
			want := tt.spans
			if want == nil {
				want = tt.args
			}
			if got := texts(src, in.Args); !slices.Equal(got, want) {
				t.Errorf("arguments stand at %q, want %q", got, want)
			}
			if in.Command == nil {
				t.Error("BuildKit's command is missing")
			}
		})
	}
}

func TestHeredocs(t *testing.T) {
	doc := parse(t, "FROM debian\nCOPY --chmod=755 <<one <<-'t w' /dir/\n1 $A\n# no comment\none\n\t\tx\n\tt w\nRUN true\n")
	check(t, doc)
	in, src := doc.Instructions()[1], doc.Source
	if got := src.Text(in.Span); !strings.HasSuffix(got, "\n\tt w") {
		t.Errorf("the instruction is %q", got)
	}
	if len(in.Heredocs) != 2 {
		t.Fatalf("%d heredocs", len(in.Heredocs))
	}
	for i, want := range []struct {
		name, body, end string
		expand, chomp   bool
	}{{"one", "1 $A\n# no comment\n", "one", true, false}, {"t w", "\t\tx\n", "t w", false, true}} {
		h := in.Heredocs[i]
		if h.Name != want.name || src.Text(h.Body) != want.body || src.Text(h.End) != want.end || h.Expand != want.expand || h.Chomp != want.chomp {
			t.Errorf("heredoc %d is %+v: body %q, end %q; want %+v", i, h, src.Text(h.Body), src.Text(h.End), want)
		}
	}
	if len(doc.Comments) != 0 {
		t.Errorf("a line of a heredoc is taken for a comment: %v", texts(src, nil))
	}
}

func TestOnBuild(t *testing.T) {
	doc := parse(t, "FROM debian\nONBUILD  COPY --chown=1:1 \\\n  # kept\n  . /app\nONBUILD cmd [\"a\", \"b c\"]\n")
	check(t, doc)
	src := doc.Source
	first, second := doc.Instructions()[1], doc.Instructions()[2]
	if first.OnBuild == nil || first.OnBuild.Keyword != "COPY" || !slices.Equal(first.OnBuild.Argv(), []string{".", "/app"}) {
		t.Fatalf("the kept instruction is %+v", first.OnBuild)
	}
	if got := texts(src, first.OnBuild.Flags); !slices.Equal(got, []string{"--chown=1:1"}) {
		t.Errorf("flags %q", got)
	}
	if got := src.Text(first.OnBuild.Span); got != "COPY --chown=1:1 \\\n  # kept\n  . /app" {
		t.Errorf("the kept instruction stands at %q", got)
	}
	if k := second.OnBuild; !k.JSON || k.Keyword != "CMD" || !slices.Equal(k.Argv(), []string{"a", "b c"}) || k.Stage != doc.Final() {
		t.Errorf("the kept CMD is %+v", k)
	}
}

func TestComments(t *testing.T) {
	text := "\ufeff# syntax=docker/dockerfile:1\r\n#escape=`\n# plain\nFROM debian\n  # indented\nRUN a `\n\t# inside\n b\n#"
	doc := parse(t, text)
	check(t, doc)
	var got []string
	for _, c := range doc.Comments {
		got = append(got, doc.Source.Text(c))
	}
	if want := []string{"# syntax=docker/dockerfile:1", "#escape=`", "# plain", "# indented", "# inside", "#"}; !slices.Equal(got, want) {
		t.Errorf("comments %q, want %q", got, want)
	}
	if len(doc.Directives) != 2 || doc.Directives[0].Name != "syntax" || doc.Directives[1].Value != "`" || doc.Escape != '`' {
		t.Errorf("directives %+v, escape %q", doc.Directives, doc.Escape)
	}
	if in := doc.Instructions()[1]; len(in.Comments) != 1 || doc.Source.Text(in.Comments[0]) != "# inside" {
		t.Errorf("comments inside of the continuation: %v", in.Comments)
	}
}

func TestStages(t *testing.T) {
	doc := parse(t, "ARG REG=localhost:5000\nARG TAG\nFROM --platform=$BUILDPLATFORM ${REG}/team/app:1.2@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef AS Build\nRUN a\nfrom BUILD as two\nFROM $TAG\nUSER x\n")
	check(t, doc)
	if len(doc.Global) != 2 || len(doc.Stages) != 3 || doc.Final() != doc.Stages[2] {
		t.Fatalf("%d global, %d stages", len(doc.Global), len(doc.Stages))
	}
	a, b, c := doc.Stages[0], doc.Stages[1], doc.Stages[2]
	if a.Name != "build" || a.Platform != "$BUILDPLATFORM" || !strings.HasPrefix(a.Base, "${REG}/team/app:1.2@sha256:") || a.Parent != nil {
		t.Errorf("first stage: %+v", a)
	}
	if b.Parent != a || b.Index != 1 || b.Name != "two" {
		t.Errorf("second stage: %+v", b)
	}
	if c.Base != "$TAG" || c.Parent != nil || len(c.Instructions) != 2 || c.Instructions[1].Stage != c || c.Document() != doc {
		t.Errorf("third stage: %+v", c)
	}
}

func TestLineSpanAndIndent(t *testing.T) {
	doc := parse(t, "\ufeff  FROM debian\n\n\tRUN a \\\n b  \r\nUSER x")
	src := doc.Source
	for i, want := range []struct{ line, indent string }{{"\ufeff  FROM debian\n", "  "}, {"\tRUN a \\\n b  \r\n", "\t"}, {"USER x", ""}} {
		in := doc.Instructions()[i]
		if got := src.Text(in.LineSpan()); got != want.line || in.Indent() != want.indent {
			t.Errorf("instruction %d: lines %q, indent %q; want %q, %q", i, got, in.Indent(), want.line, want.indent)
		}
	}
}

func TestFlagAndArguments(t *testing.T) {
	in := parse(t, "FROM debian\nCOPY --chown=a:b --link x \\\n  /y\n").Instructions()[1]
	if w, value, ok := in.Flag("chown"); !ok || value != "a:b" || w.Text != "--chown=a:b" {
		t.Errorf("chown: %v %q %v", w, value, ok)
	}
	if _, value, ok := in.Flag("link"); !ok || value != "" {
		t.Errorf("link: %q %v", value, ok)
	}
	if _, _, ok := in.Flag("chmod"); ok {
		t.Error("chmod is not there")
	}
	if got := in.ArgsText(); got != "x   /y" {
		t.Errorf("arguments %q", got)
	}
	if got := in.Document().Source.Text(in.ArgsSpan()); got != "x \\\n  /y" {
		t.Errorf("arguments stand at %q", got)
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"unknown instruction", "FROM a\n\nRNU b\n", "Dockerfile:3:1: "},
		{"no stage", "# a\nARG A\n", "no build stage"},
		{"instruction before FROM", "RUN a\nFROM b\n", "Dockerfile:1:1: "},
		{"unterminated heredoc", "FROM a\nRUN <<EOF\nx\n", "unterminated"},
		{"onbuild onbuild", "FROM a\nONBUILD ONBUILD RUN x\n", "Dockerfile:2:1: ONBUILD may not keep ONBUILD"},
		{"too many instructions", "FROM a\n" + strings.Repeat("RUN b\n", 10_000), "10001 instructions are more"},
		{"a line of 64 KiB", "FROM a\nRUN " + strings.Repeat("x", 1<<16), "max allowed size"},
		{"long chain of onbuild", "FROM a\n" + strings.Repeat("ONBUILD ", 8000) + "RUN x\n", "ONBUILD may not keep ONBUILD"},
	}
	for _, tt := range tests {
		doc, err := dockerfile.Parse(parser.NewSource("Dockerfile", []byte(tt.in)))
		if doc != nil || err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
		if e := new(parser.Error); !errors.As(err, &e) || e.Hint == "" {
			t.Errorf("%s: the error has no place or no advice: %#v", tt.name, err)
		}
	}
}

// TestCheckComment: BuildKit's instruction parser panics at such a comment when
// it is given no linter.
func TestCheckComment(t *testing.T) {
	doc := parse(t, "FROM a\n# check=skip=all\nRUN b\n")
	if len(doc.Instructions()) != 2 || len(doc.Directives) != 0 || len(doc.Comments) != 1 {
		t.Errorf("%d instructions, directives %v", len(doc.Instructions()), doc.Directives)
	}
}
