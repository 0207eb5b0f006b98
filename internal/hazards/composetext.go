package hazards

// composeText are comments, texts over several lines, quotes, and what stands around services.
var composeText = []ComposeFile{
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
	// yaml.v3 keeps one of the two comments, or both, as the lines above them are.
	diff("comments of two depths and blanks at the end", `
 services:
   a:
    image: x
    security_opt:
     - y
+   cap_drop:
+    - ALL  # why
+   read_only: true
   #
     #
   `+"\n", unended),
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
+    - ALL  # why
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
