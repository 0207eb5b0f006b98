package hazards

// ComposeRefused lists compose files that are left alone as a whole, for the one reason
// or the other. Text and the reason, in part, are all that they have.
var ComposeRefused = []ComposeFile{
	{Name: "service twice", Text: "services:\n  a:\n    image: x\n  a:\n    image: y\n", Refused: "given twice"},
	{Name: "merge key twice", Text: "x-a: &a {init: true}\nx-b: &b {tty: true}\nservices:\n  a:\n    <<: *a\n    <<: *b\n    image: x\n", Refused: "given twice"},
	{Name: "key twice in other quotes", Text: "services:\n  a:\n    image: x\n    'image': y\n", Refused: "given twice"},
	{Name: "several documents", Text: "services:\n  a:\n    image: x\n---\nservices:\n  b:\n    image: y\n", Refused: "several YAML documents"},
	{Name: "an empty second document", Text: "services:\n  a:\n    image: x\n---\n", Refused: "several YAML documents"},
	{Name: "next line", Text: "services:\n  a:\n    image: x # \u0085    privileged: true\n", Refused: "readers do not see"},
	{Name: "line separator", Text: "services:\n  a:\n    image: \"x\u2028y\"\n", Refused: "readers do not see"},
	{Name: "paragraph separator", Text: "services:\n  a:\n    image: x # \u2029\n", Refused: "readers do not see"},
	{Name: "carriage return", Text: "services:\r  a:\r    image: x\r", Refused: "readers do not see"},
	{Name: "utf-16", Text: "\xff\xfes\x00e\x00r\x00v\x00i\x00c\x00e\x00s\x00:\x00", Refused: "not UTF-8"},
	{Name: "latin-1", Text: "services:\n  a:\n    image: \xe4\n", Refused: "not UTF-8"},
	{Name: "newer version of YAML", Text: "%YAML 1.2\n---\nservices:\n  a:\n    image: x\n", Refused: "incompatible YAML"},
	{Name: "tabs for indentation", Text: "services:\n\ta:\n\t\timage: x\n", Refused: "cannot start any token"},
	{Name: "a list of mappings as a key", Text: "? [services]\n: a:\n    image: x\n", Refused: "a key must be a word"},
	{Name: "alias as a key", Text: "x-a: &a b\nservices:\n  *a :\n    image: x\n", Refused: "a key must be a word"},
	{Name: "an anchor that holds itself", Text: "services:\n  a: &a\n    image: x\n    <<: *a\n", Refused: "holds itself"},
	{Name: "a list at the top", Text: "- services\n", Refused: "no mapping at the top"},
	{Name: "nothing", Text: "", Refused: "EOF"},
	{Name: "comments alone", Text: "# services:\n", Refused: "EOF"},
	{Name: "template", Text: "services:\n{{- range .Services }}\n  {{ .Name }}:\n    image: x\n{{- end }}\n", Refused: "mend it first"},
	{Name: "version 1", Text: "web:\n  image: x\n  links:\n    - db\ndb:\n  image: y\n", Refused: "version 1"},
	{Name: "no services", Text: "volumes:\n  v:\n", Refused: "no services"},
	{Name: "services left out", Text: "services:\n", Refused: "must be a mapping"},
	{Name: "service left out", Text: "services:\n  a:\n  b:\n    image: x\n", Refused: "must be a mapping"},
	{Name: "list left out", Text: "services:\n  a:\n    image: x\n    cap_drop:\n", Refused: "must be a array"},
	{Name: "unknown key", Text: "services:\n  a:\n    image: x\n    cap_dorp: [ALL]\n", Refused: "cap_dorp"},
}
