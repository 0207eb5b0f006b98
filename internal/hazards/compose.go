package hazards

// Compose lists compose files that are hard to edit. compose-go takes every one of them.
var Compose = []ComposeFile{
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
	diff("tabs behind colons and values", "\n services:\t\n   a:\t# a\n     image:\tx\t# x\n+    cap_drop:\n+      - ALL  # why\n+    read_only: true\n"),
	diff("dashes below their key", `
 services:
   a:
     image: x
     ports:
     - "80:80"
     - "81:81"
+    cap_drop:
+    - ALL  # why
+    read_only: true
`),
	diff("four columns", `
 services:
     a:
         image: x
         ports:
             - "80:80"
+        cap_drop:
+            - ALL  # why
+        read_only: true
`),
	diff("four columns, dashes at two", `
 services:
     a:
         ports:
           - "80:80"
+        cap_drop:
+          - ALL  # why
+        read_only: true
`),
	diff("an odd service among others", `
 services:
   a:
      image: x
+     cap_drop:
+       - ALL  # why
+     read_only: true
   b:
     image: x
     environment:
       A: b
+    cap_drop:
+      - ALL  # why
+    read_only: true
`),
	diff("services in brackets", `
-services: {a: {image: x}, 'b' : { image: y, }}
+services: {a: {image: x, cap_drop: [ALL], read_only: true}, 'b' : { image: y, cap_drop: [ALL], read_only: true }}
`),
	diff("empty services in brackets", `
 services:
-  a: {}
+  a: {cap_drop: [ALL], read_only: true}
-  b: { }  # b
+  b: { cap_drop: [ALL], read_only: true }  # b
`),
	refused("goes over several lines", diff("service in brackets over lines", `
 services:
   a: {image: x,
     user: y}
   b:
     image: y
+    cap_drop:
+      - ALL  # why
+    read_only: true
`)),
	diff("lists in brackets", `
 services:
   a:
-    cap_drop: [NET_RAW]  # a
+    cap_drop: [NET_RAW, ALL]  # a
     image: x
+    read_only: true
   b:
-    cap_drop: [ 'NET_RAW' , ]
+    cap_drop: [ 'NET_RAW' , ALL ]
     image: x
+    read_only: true
   c:
-    cap_drop: []
+    cap_drop: [ALL]
     image: x
+    read_only: true
   d:
-    cap_drop: [ ]
+    cap_drop: [ ALL ]
     image: x
+    read_only: true
`),
	refused("goes over several lines", diff("list in brackets over lines", `
 services:
   a:
     image: x
     cap_drop: [
       NET_RAW,
     ]
`)),
	diff("list with comments", `
 services:
   a:
     cap_drop:
       - NET_RAW  # no pings
       # - KILL
+      - ALL  # why
     # what it is
     image: x
+    read_only: true
   b:
     cap_drop:
     - NET_RAW
     # - KILL
+    - ALL  # why
     # what it is
     image: x
+    read_only: true
`),
	diff("fragments", `
 x-common: &common
   restart: always
   logging:
     driver: json-file
 services:
   a: &a
     <<: *common
     image: x
+    cap_drop:
+      - ALL  # why
+    read_only: true
   b:
     image: y
     <<: [*common]
+    cap_drop:
+      - ALL  # why
+    read_only: true
`),
	diff("list of a fragment", `
 x-common: &common
   cap_drop: [NET_RAW, "KILL"]
 services:
   a:
     <<: *common
     image: x
+    cap_drop:
+      - NET_RAW
+      - KILL
+      - ALL  # why
+    read_only: true
`),
	refused("shared with others", diff("list that is an alias", `
 x-drop: &drop [NET_RAW]
 services:
   a:
     image: x
     cap_drop: *drop
`)),
	refused("shared with others", diff("service that is an alias", `
 x-service: &service
   image: x
 services:
   a: *service
   b:
     image: y
+    cap_drop:
+      - ALL  # why
+    read_only: true
`)),
	diff("alias at the end", `
 x-env: &env {A: b}
 services:
   a:
     image: x
     environment: *env # e
+    cap_drop:
+      - ALL  # why
+    read_only: true
`),
	diff("tagged values", `
 services:
   a:
     image: x
     ports: !reset []
+    cap_drop:
+      - ALL  # why
+    read_only: true
   b:
-    cap_drop: !override [NET_RAW]
+    cap_drop: !override [NET_RAW, ALL]
     image: !!str 5
+    read_only: true
   c:
     image: x
     volumes: !override
       - a:/a
+    cap_drop:
+      - ALL  # why
+    read_only: true
 volumes: {a: }
`),
	refused("taken back", diff("list that is taken back", `
 services:
   a:
     image: x
     cap_drop: !reset []
`)),
	diff("tag without a value", `
 services:
   a:
     image: x
     ports: !reset
+    cap_drop:
+      - ALL  # why
+    read_only: true
   b:
     image: y
+    cap_drop:
+      - ALL  # why
+    read_only: true
`),
	diff("comments everywhere", `
 # head

 services: # all
   # about a
   a: # a
     # image
     image: x # x
     environment: # e
       # before
       A: b # b
       # C: d
     # ports:
     #   - 80:80
+    cap_drop:
+      - ALL  # why
+    read_only: true

   # b: is gone
   #   image: y

   # about c
   c:
     image: z
+    cap_drop:
+      - ALL  # why
+    read_only: true
 # foot
`),
	diff("banner of the next service", `
 services:
   a:
     image: x
+    cap_drop:
+      - ALL  # why
+    read_only: true
   # ---- b ----
   b:
     image: y
+    cap_drop:
+      - ALL  # why
+    read_only: true


   ##########
   #   c:   #
   ##########
   c:
     image: z
+    cap_drop:
+      - ALL  # why
+    read_only: true
`),
	diff("comments at the first column", `
 services:
   a:
     image: x
 #    ports:
 #      - 80:80
+    cap_drop:
+      - ALL  # why
+    read_only: true
 #  b:
 #    image: y
   c:
 # inside
     image: z
+    cap_drop:
+      - ALL  # why
+    read_only: true
 # outside
 volumes:
   v:
`),
	diff("a blank line and a commented-out key", `
 services:
   a:
     image: x
+    cap_drop:
+      - ALL  # why
+    read_only: true

     # ports:
     #   - 80:80

   b:
     image: y
+    cap_drop:
+      - ALL  # why
+    read_only: true
`),
	diff("commented-out section below a list", `
 services:
   a:
     image: x
     depends_on:
       - b
     #networks:
     #  - proxy
+    cap_drop:
+      - ALL  # why
+    read_only: true
   b:
     image: y
+    cap_drop:
+      - ALL  # why
+    read_only: true
`),
	diff("blank lines at the end", `
 services:

   a:

     image: x
+    cap_drop:
+      - ALL  # why
+    read_only: true


`+"\n \n"),
	diff("block scalars", `
 services:
   a:
     command: |
       x

       y
+    cap_drop:
+      - ALL  # why
+    read_only: true

   b:
     command: >-
       # no comment

         deeper
       y
      # a comment
+    cap_drop:
+      - ALL  # why
+    read_only: true
   c:
     command: |2-
           x
       # text
+    cap_drop:
+      - ALL  # why
+    read_only: true
 # end
`),
	diff("block scalar that keeps blank lines", `
 services:
   a:
     image: x
+    cap_drop:
+      - ALL  # why
+    read_only: true
     # what runs
     command: |+
       x

   b:
     command: |+
       y
+    cap_drop:
+      - ALL  # why
+    read_only: true
`),
	diff("block scalars in lists", `
 services:
   a:
     command:
       - sh
       - |
        one column
+    cap_drop:
+      - ALL  # why
+    read_only: true
   b:
     command:
     - >
      x
      y
+    cap_drop:
+      - ALL  # why
+    read_only: true
`),
	diff("folded plain scalars", `
 services:
   a:
     command: x
       "y" 'z'

       w # comment
+    cap_drop:
+      - ALL  # why
+    read_only: true
   b:
     command:
       sh -c
       x:y
+    cap_drop:
+      - ALL  # why
+    read_only: true
`),
	diff("quoted keys", `
 "services":
   'a':
     "image": x
     "cap_drop":
       - NET_RAW
+      - ALL  # why
+    read_only: true
`),
	diff("quotes", `
 services:
   a:
     image: "x # \" {"
     command: ["a\\", '#', "it''s", 'it''s']
     labels: {"a:b": "c}", 'd': e"f, g: "h
       "}
+    cap_drop:
+      - ALL  # why
+    read_only: true
`),
	diff("letters of several bytes", `
 services:
-  a: {labels: {"ä": "ö"}, image: x} # ü
+  a: {labels: {"ä": "ö"}, image: x, cap_drop: [ALL], read_only: true} # ü
   b:
     labels: {größe: 𝔘}
-    cap_drop: [NET_RAW] # ÄÖÜ
+    cap_drop: [NET_RAW, ALL] # ÄÖÜ
     image: y
+    read_only: true
`),
	diff("keys with colons", `
 services:
   a:
     image: x
     extra_hosts:
       host.docker.internal: host-gateway
       a::b: 10.0.0.1
+    cap_drop:
+      - ALL  # why
+    read_only: true
`),
	diff("question marks", `
 ? services
 : a:
     ? image
     : x
+    cap_drop:
+      - ALL  # why
+    read_only: true
`),
	diff("values left out", `
 services:
   a:
     image: x
     environment:
       A:
       B: # b
+    cap_drop:
+      - ALL  # why
+    read_only: true
   b:
     image: y
     networks:
       default:
+    cap_drop:
+      - ALL  # why
+    read_only: true
`),
	diff("version and markers", `
 %YAML 1.1
 ---
 version: '2.4'
 services:
   a:
     image: x
+    cap_drop:
+      - ALL  # why
+    read_only: true
 ...
`),
	diff("services in the middle", `
 name: p
 volumes:
   v:
 services:
   a:
     image: x
+    cap_drop:
+      - ALL  # why
+    read_only: true

 # networks of others
 networks:
   default:
     external: true
`),
	diff("names in need of quotes", `
 services:
   "1":
     image: x
+    cap_drop:
+      - ALL  # why
+    read_only: true
   'true':
     image: x
+    cap_drop:
+      - ALL  # why
+    read_only: true
   a.b_c-d:
     image: x
+    cap_drop:
+      - ALL  # why
+    read_only: true
`),
	diff("variables", `
 services:
   a:
     image: ${REGISTRY:-docker.io}/x:${TAG:?give a tag}
     ports: ["${PORT}:80", "81:${B:-81}"]
     privileged: ${P:-false}
     mem_limit: ${MEM}
     volumes:
       - ${DATA}:/data
     env_file: ${ENV:-.env}
+    cap_drop:
+      - ALL  # why
+    read_only: true
`),
	diff("services without anything", `
 services: {}
`),
}
