package hazards

// composeShape are indentation, brackets and lists in the forms that people give them, and fragments.
var composeShape = []ComposeFile{
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
}
