package hazards

// composeEnds are files whose lines, or the file itself, end in unusual ways.
var composeEnds = []ComposeFile{
	diff("plain", `
 services:
   a:
     image: x
+    cap_drop:
+      - ALL  # why
+    read_only: true
`),
	diff("byte order mark", `
 services:
   a:
     image: x
+    cap_drop:
+      - ALL  # why
+    read_only: true
`, ordermrk),
	diff("crlf", `
 # first
 services:
   a:
     image: x
     # kept
+    cap_drop:
+      - ALL  # why
+    read_only: true

   b:
     command: >
       x
       y
+    cap_drop:
+      - ALL  # why
+    read_only: true
`, crlf),
	diff("crlf without a final newline", `
 services:
   a:
     image: x
+    cap_drop:
+      - ALL  # why
+    read_only: true
`, crlf, unended),
	{
		Name:  "mixed line endings",
		Text:  "services:\r\n  a:\r\n    image: x\n  b:\r\n    image: \"y\"\r\n",
		After: "services:\r\n  a:\r\n    image: x\n    cap_drop:\r\n      - ALL  # why\r\n    read_only: true\r\n  b:\r\n    image: \"y\"\r\n    cap_drop:\r\n      - ALL  # why\r\n    read_only: true\r\n",
	},
	diff("no final newline", `
 services:
   a:
     image: x
+    cap_drop:
+      - ALL  # why
+    read_only: true
`, unended),
	diff("no final newline behind a comment", `
 services:
   a:
     image: x
     # the end
+    cap_drop:
+      - ALL  # why
+    read_only: true
`, unended),
	diff("literal without a newline at the end", `
 services:
   a:
     image: x
+    cap_drop:
+      - ALL  # why
+    read_only: true
     # what runs
     command: |
       x
       y
`, unended),
	diff("nested literal without a newline at the end", `
 services:
   a:
     image: x
+    cap_drop:
+      - ALL  # why
+    read_only: true
     labels:
       a: |
         # no comment
         x
`, unended),
	diff("lone literal without a newline at the end", `
 services:
   a:
+    cap_drop:
+      - ALL  # why
+    read_only: true
     # the only key
     entrypoint: >
       x
`, unended),
	diff("chomped literal without a newline at the end", `
 services:
   a:
     command: |-
       x
+    cap_drop:
+      - ALL  # why
+    read_only: true
`, unended),
	diff("plain scalar over lines without a newline at the end", `
 services:
   a:
     command: x
       y

       z
+    cap_drop:
+      - ALL  # why
+    read_only: true
`, unended),
	diff("quoted scalar over lines without a newline at the end", `
 services:
   a:
     command: 'x
       # it''s no comment'
+    cap_drop:
+      - ALL  # why
+    read_only: true
`, unended),
	diff("brackets without a newline at the end", `
 services:
   a:
     command: [ "x]", y ]
+    cap_drop:
+      - ALL  # why
+    read_only: true
`, unended),
	diff("service in brackets without a newline at the end", `
 services:
-  a: {image: x}
+  a: {image: x, cap_drop: [ALL], read_only: true}
`, unended),
}
