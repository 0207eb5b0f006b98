// Package hazards holds small Dockerfiles that are hard to rewrite, each for one
// way in which rewriting goes wrong. Tests and fuzz targets start from them.
//
// They are Go strings and not files because byte order marks, carriage returns
// and missing final newlines do not survive every editor and checkout.
package hazards

import (
	"fmt"
	"strings"
)

// File is one Dockerfile with the reason why it is here.
type File struct{ Name, Text string }

// Files lists them. BuildKit takes every one of them.
var Files = []File{
	{"bom", "\ufeff# syntax=docker/dockerfile:1\nFROM debian:12\nRUN apt-get update\n"},
	{"bom, no directive", "\ufeffFROM debian:12\nCMD [\"true\"]\n"},
	{"crlf", "# escape=\\\r\nFROM debian:12\r\n# note\r\nRUN apt-get update \\\r\n    # why\r\n && apt-get install -y curl\r\nCMD run me\r\n"},
	{"mixed line endings", "FROM debian:12\r\nRUN apt-get update \\\n && apt-get install -y curl\r\nCOPY . /app\nCMD [\"/app/run\"]\r\n"},
	{"no final newline", "FROM debian:12\nRUN apt-get update && apt-get install -y curl"},
	{"no final newline behind a comment", "FROM debian:12\nRUN true\n# the end"},
	{"continuation at the end of the file", "FROM debian:12\nRUN true \\"},
	{"backtick escape", "# escape=`\nFROM debian:12\nRUN apt-get update `\n # note`\n && apt-get install -y curl `\n\n      git\nCOPY a `\n     b c:\\dir\\\n"},
	{"windows", "# escape=`\nFROM mcr.microsoft.com/windows/servercore:ltsc2022\nSHELL [\"powershell\", \"-Command\"]\nRUN Invoke-WebRequest http://x/y -OutFile C:\\y.exe ; `\n    Start-Process C:\\y.exe\n"},
	{"directives", "#syntax = docker/dockerfile:1.7\n# escape = \\\n# check=skip=all\n# an ordinary comment\nFROM debian:12\n"},
	{"comments in a continuation", "FROM debian:12\nRUN apt-get update \\\n  # first\n\n  && apt-get install -y \\\n# second\n    curl \\\n    # third \\\n    git \\\n    # last\n\nCMD [\"true\"]\n"},
	{"comment right behind the keyword", "FROM debian:12\nRUN \\\n# note\n  apt-get update && \\\n  apt-get install -y git\n"},
	{"blank lines in a continuation", "FROM debian:12\nRUN apt-get update && \\\n\n\n    apt-get install -y curl \\\n\t\n    git\nUSER nobody\n"},
	{"keyword over a continuation", "FR\\\nOM debian:12\nRU\\\nN apt-get \\\nupdate\nCM\\\nD [\"a\", \\\n\"b\"]\n"},
	{"words over continuations", "FROM debian:12\nRUN apt-get inst\\\nall -y cu\\\n   rl\nENV A=b\\\nc D=\"e \\\n f\"\n"},
	{"white space", "FROM\tdebian:12\n\tRUN\t\tapt-get update\t\\\n\t\t&&\tapt-get install -y\vcurl\f\n  COPY  a\tb   /c/ \t\nEXPOSE\t80\v443\n"},
	{"unusual spaces", "FROM debian:12\nRUN echo a\u00a0b\u2003c\u3000d\nENV A=b\u00a0C=d\nLABEL \u00a0x=y z=w\n\u2028\n\u00a0# odd\nCMD echo\u0085x\n"},
	{"trailing blanks behind the escape", "FROM debian:12\nRUN true \\  \t\n && false \\ \n || true\n"},
	{"double escape", "FROM debian:12\nRUN echo a \\\\\nRUN echo b\n"},
	{"heredoc script", "# syntax=docker/dockerfile:1\nFROM debian:12\nRUN <<EOF\n# inside\napt-get update\n\napt-get install -y curl\nEOF\nCMD [\"true\"]\n"},
	{"heredoc, quoted and chomped", "FROM debian:12\nRUN <<-'EOF'\n\tset -e\n\t\tapt-get update\n\t\\\n\techo $HOME\n\tEOF\nRUN <<\"A B\"\nx\nA B\n"},
	{"heredocs, several", "FROM debian:12\nRUN cat <<A >/a && cat <<-B >/b && cat /a\n# not a comment\nA\n\tb\n\tB\nCOPY <<one <<two /dir/\n1\none\n2\ntwo\nUSER app\n"},
	{"heredoc behind a continuation", "FROM debian:12\nRUN --mount=type=cache,target=/x \\\n    # why\n    <<EOF bash\nset -e\necho a\nEOF\n"},
	{"heredoc with an interpreter", "FROM python:3.12\nRUN <<EOF\n#!/usr/bin/env python3\nprint(\"(\")\nEOF\nRUN <<EOF\n#!/bin/bash -e\napt-get update\nEOF\n"},
	{"heredoc in crlf", "FROM debian:12\r\nRUN <<EOF\r\napt-get update\r\napt-get install -y curl\r\nEOF\r\nCMD [\"x\"]\r\n"},
	{"heredoc with file descriptor", "FROM debian:12\nCOPY --chmod=755 <<-EOT /script.sh\n\t#!/bin/sh\n\techo hi\nEOT\nRUN 3<<EOT cat <&3\nx\nEOT\n"},
	{"here-string and shift", "FROM debian:12\nSHELL [\"/bin/bash\", \"-c\"]\nRUN cat <<< \"x\" && echo $((1<<2))\n"},
	{"onbuild", "FROM debian:12\nONBUILD COPY --chown=1:1 . /app\nONBUILD RUN apt-get update \\\n  # kept\n  && apt-get install -y curl\nONBUILD CMD [\"a\", \"b c\"]\nOnBuild  USER  nobody\n"},
	{"onbuild heredoc", "FROM debian:12\nONBUILD RUN <<EOF\necho a\nEOF\nRUN true\n"},
	{"legacy env", "FROM debian:12\nENV PACKAGES make  git curl\nENV A b=c \"d\"\nENV A  \\\n   b\nLABEL a b c\n"},
	{"env", "FROM debian:12\nARG V=1\nARG A B=\"x y\" C='z'\nENV A=\"b c\" D='e f' G=h\\ i J=\"k\\\"l\" M=$A N=${V:-x}\nENV E= F=\"\"\n"},
	{"maintainer", "FROM debian:12\nMAINTAINER \"A B\" <a@b.example>\nMAINTAINER C D, E\n"},
	{"healthcheck over two lines", "FROM debian:12\nHEALTHCHECK --interval=5m --timeout=3s \\\n  CMD curl -f http://localhost/ || exit 1\nHEALTHCHECK \\\n  --retries=3 \\\n  # why\n  CMD [\"curl\", \"localhost\"]\nHEALTHCHECK NONE\n"},
	{"platform", "ARG REG=registry.example:5000\nFROM --platform=$BUILDPLATFORM ${REG}/team/app:1.2@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef AS Build\nFROM --platform=linux/arm64 build as two\nFROM $NOTHING\n"},
	{"registry with port, no tag", "FROM localhost:5000/foo\nRUN true\n"},
	{"argument as base", "ARG BASE=debian:12\nARG EMPTY\nFROM ${BASE}\nARG BASE\nRUN echo $BASE\nFROM scratch\nCOPY --from=0 /a /b\nCOPY --from=docker.io/library/nginx:1.27 /etc/nginx /n\n"},
	{"json", "FROM debian:12\nCMD [ \"a\" ,\t\"b c; d\", \"\\u00e9\\n\\\"\\\\\", \"é☃𝄞\", \"</x>&\" ]\nENTRYPOINT [\"nginx\",\"-g\",\"daemon off;\"]\nCOPY [\"a b\", \"c\", \"/d e/\"]\nVOLUME [\"/x\", \"/y z\"]\nRUN [\"sh\", \"-c\", \"echo hi\"]\nSHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\n"},
	{"json that is none", "FROM debian:12\nCMD ['a', 'b']\nRUN [ -f /x ] && true\nCMD [\"a\"] b\nENTRYPOINT []\n"},
	{"json over lines", "FROM debian:12\nCMD [ \\\n  \"a\", \\\n  # note\n  \"b c\" \\\n]\n"},
	{"flags over lines", "FROM debian:12\nRUN --mount=type=cache,target=/var/cache/apt \\\n    --mount=type=secret,id=x \\\n # why\n    --network=none \\\n    apt-get update\nCOPY --from=0 \\\n  --chown=a:b \\\n  --chmod=644 x y /z/\nADD --checksum=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef http://x/y /z\n"},
	{"flags with quotes", "FROM debian:12\nRUN --mount=\"type=bind,source=a b,target=/x\" ls\nCOPY --chown=\"a\" x /y\n"},
	{"cmd before the end, several", "FROM debian:12\nCMD [\"a\"]\nENTRYPOINT b $C\nCMD c | d\nRUN true\nCMD\nEXPOSE 80/tcp 8000-8010 $PORT\n"},
	{"user back and forth", "FROM debian:12\nUSER root\nRUN useradd -m app\nUSER app\nRUN whoami\nUSER root\n"},
	{"shell of all kinds", "FROM debian:12\nRUN set -ex; for p in a b; do apt-get install -y $p; done; f() { rm -rf /x; }; f; ( cd /y && make ) & wait; ! false; case $x in a) b ;; *) c ;; esac; if a; then b; elif c; then d; else e; fi; while read l; do echo \"$l\"; done < /f; echo `date` $(uname -r) \"${A:-$(b)}\" $((1+2)); { a; b; } > /dev/null 2>&1 | tee /log\n"},
	{"shell that is broken", "FROM debian:12\nRUN if true; then\nRUN echo \"unclosed\nRUN a && && b\nRUN )\n"},
	{"shell comment", "FROM debian:12\nRUN apt-get update # note\nRUN echo a; # b && c\n"},
	{"shell quotes over lines", "FROM debian:12\nRUN echo 'a \\\n  b' \"c \\\n d\" $'e\\n' && printf '%s\\n' \\\n   # x\n   y\n"},
	{"list update on its own", "FROM debian:12\nRUN apt-get update\nRUN apt-get install -y curl\nRUN apt-get install -y git && rm -rf /var/lib/apt/lists/*\n"},
	{"stages", "FROM golang:1.24 AS build\nWORKDIR /src\nCOPY . .\nRUN go build -o /app\nFROM build AS test\nRUN go test ./...\nFROM alpine:3.20\nRUN apk add curl\nCOPY --from=build /app /app\nENTRYPOINT [\"/app\"]\n"},
	{"python", "FROM python:3.12\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\nVOLUME /data\nEXPOSE 80\nCMD python app.py\n"},
	{"drops privileges by itself", "FROM debian:12\nRUN apt-get update && apt-get install -y gosu\nCOPY entrypoint.sh /\nENTRYPOINT [\"/entrypoint.sh\"]\nCMD [\"redis-server\"]\n"},
	{"scratch", "FROM scratch\nCOPY app /app\nENTRYPOINT [\"/app\"]\n"},
	{"invalid utf-8", "FROM debian:12\nRUN echo \xff\xfe \xc3\x28\n# \xe2\x82\nLABEL a=\"\xf0\x9f\"\n"},
	{"nul", "FROM debian:12\nRUN echo a\x00b\nENV A=\x00\n"},
	{"lone carriage returns", "FROM debian:12\nRUN true\rfalse\nRUN a \\\r\r\n b\rc\n\r\nCMD x\r"},
	{"hash in words", "FROM debian:12\nRUN curl http://x/#y && echo '#' \\\n  '# z'\nENV A=#b C=d#e\n#\n #\n"},
	{"check directive in the middle", "FROM debian:12\n# check=skip=all\nRUN true\n# check=skip=\n# check=error=true\nARG A\n"},
	{"shell that only some read", "FROM debian:12\nRUN ()2\nRUN apt-get update && a[\nRUN f() ( cd / ); f\nCMD $\"0\"0\n"},
	{"shell comment behind an operator", "FROM debian:12\nRUN apt-get update 0&#00\n"},
	{"paths that a shell would read otherwise", "FROM python:3.12\nWORKDIR /my app && true\nVOLUME [\"/da ta;x\"]\nCOPY . .\nCMD [\"python\", \"a.py\"]\n"},
	{"escaped blank behind a command", "# escape=`\nFROM debian:12\nRUN apt install curl \\ `\n && apt install git \\ ; true\n"},
	{"user whose name is a number", "FROM debian:12\nRUN adduser --disabled-password 0\nRUN useradd -u 00 app\nCMD [\"true\"]\n"},
	{"variables that double", "FROM debian:12\nENV A0=/aaaaaaaa\n" + doubling("ENV A%d=$A%d$A%d\n") + "WORKDIR $A40\nRUN B0=/bbbbbbbb" + doubling("; B%d=$B%d$B%d") + "; mkdir $B40; cd $B40\nCOPY . .\nCMD [\"true\"]\n"},
	{"lower case", "from debian:12 as X\nrun apt-get update && apt-get -y install curl\nadd a b\ncmd a b\n"},
}

// Refused are files that BuildKit does not take: they must be one finding, never
// a panic and never a change.
var Refused = []File{
	{"empty", ""},
	{"comments only", "# a\n\n# b\n"},
	{"heredoc that never ends", "FROM debian:12\nRUN cat <<EOF\nFROM x\nRUN y\n"},
	{"number in json", "FROM debian:12\nCMD [\"a\", 1]\n"},
	{"template", "FROM {{ base }}\n{% if x %}\nRUN true\n{% endif %}\n"},
	{"unknown instruction", "FROM debian:12\nRNU true\n"},
	{"no stage", "RUN true\n"},
	{"onbuild onbuild", "FROM debian:12\nONBUILD ONBUILD RUN true\n"},
	{"env without value", "FROM debian:12\nENV A\n"},
	{"two escapes", "# escape=\\\n# escape=`\nFROM debian:12\n"},
	{"json over stages", "FROM debian:12\nSHELL sh -c\n"},
}

// doubling repeats a line that names the variable of the line before it twice.
func doubling(line string) string {
	var b strings.Builder
	for i := range 40 {
		fmt.Fprintf(&b, line, i+1, i, i)
	}
	return b.String()
}
