package transform

import (
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/parser"
)

// TestGateSplit: a split passes when what ships is what shipped, and in no other case.
func TestGateSplit(t *testing.T) {
	const before = "FROM python:3.12\nENV A=1\nEXPOSE 80\nWORKDIR /app\nCOPY . .\nCOPY run.sh /usr/local/bin/run.sh\nRUN pip wheel -w /wheels x\nCMD [\"/usr/local/bin/run.sh\"]\n"
	const builder = "FROM python:3.12 AS builder\nENV A=1\nWORKDIR /app\nCOPY . .\nCOPY run.sh /usr/local/bin/run.sh\nRUN pip wheel -w /wheels x\n"
	const good = "FROM python:3.12-slim AS runtime\nENV A=1\nWORKDIR /app\nCOPY --from=builder /app /app\nCOPY run.sh /usr/local/bin/run.sh\nEXPOSE 80\nCMD [\"/usr/local/bin/run.sh\"]\n"
	tests := []struct{ name, from, to, want string }{
		{"right", "", "", ""},
		{"a port is lost", "EXPOSE 80\n", "", "EXPOSE 80 is lost"},
		{"a variable is lost", "ENV A=1\n", "", "ENV A is lost"},
		{"a variable is new", "ENV A=1\n", "ENV A=1 B=2\n", "ENV B became"},
		{"the command is another", "CMD [\"/usr/local/bin/run.sh\"]", "CMD [\"python\"]", "CMD became"},
		{"a user is new", "EXPOSE 80\n", "EXPOSE 80\nUSER 1\n", "USER became"},
		{"nothing wrote it", "/app /app", "/etc/x /etc/x", "is new, and no fix declares it"},
		{"not declared", "EXPOSE 80\n", "EXPOSE 80\nCOPY --from=builder /wheels /wheels\n", "is new, and no fix declares it"},
		{"another base", "python:3.12-slim", "python:3.12-alpine", "not those that the fix declares"},
		{"what the command names is not there", "COPY run.sh /usr/local/bin/run.sh\n", "", "names /usr/local/bin/run.sh"},
	}
	for _, tt := range tests {
		runtime := strings.Replace(good, tt.from, tt.to, 1)
		if tt.from == "" {
			runtime = good
		}
		src := parser.NewSource("Dockerfile", []byte(before))
		doc := document(t, string(src.Bytes()))
		changed, moves, err := src.Apply([]parser.Edit{parser.Replace(parser.Span{End: src.Len()}, builder+"\n"+runtime)})
		if err != nil {
			t.Fatal(err)
		}
		split := &Split{Builder: "builder", Runtime: "runtime", Base: "python:3.12-slim", Instructions: []string{"COPY --from=builder /app /app", "COPY run.sh /usr/local/bin/run.sh"}}
		err = newGate(doc, document(t, string(changed.Bytes())), moves, 0, []Changes{{Split: split}}).check()
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

// TestGateSplitPaths: a declared copy must be of something that the builder makes, and runs on
// the same C library.
func TestGateSplitPaths(t *testing.T) {
	for _, tt := range []struct{ path, base, want string }{
		{"/app", "debian:12-slim", ""},
		{"/elsewhere", "debian:12-slim", "nothing writes it"},
		{"/app", "alpine:3.20", "C libraries differ"},
	} {
		src := parser.NewSource("Dockerfile", []byte("FROM debian:12\nWORKDIR /app\nRUN make\nCMD [\"a\"]\n"))
		after := "FROM debian:12 AS builder\nWORKDIR /app\nRUN make\nFROM " + tt.base + " AS runtime\nWORKDIR /app\nCOPY --from=builder " + tt.path + " /x\nCMD [\"a\"]\n"
		changed, moves, err := src.Apply([]parser.Edit{parser.Replace(parser.Span{End: src.Len()}, after)})
		if err != nil {
			t.Fatal(err)
		}
		split := &Split{Builder: "builder", Runtime: "runtime", Base: tt.base, Instructions: []string{"COPY --from=builder " + tt.path + " /x"}}
		err = newGate(document(t, string(src.Bytes())), document(t, string(changed.Bytes())), moves, 0, []Changes{{Split: split}}).check()
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s on %s: %v, want %q", tt.path, tt.base, err, tt.want)
		}
	}
}
