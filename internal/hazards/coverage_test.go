package hazards_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/internal/hazards"
)

// hazard is one way in which rewriting goes wrong, with the cases that show that it does
// not here. Numbers are kept: fixtures name them. What is missing belongs to rules that do
// not exist yet.
type hazard struct {
	number int
	what   string
	// cases are golden cases as RULE/NAME, command scripts as script/NAME, files of this
	// package as "file NAME" and tests as PATH.go:TEST.
	cases []string
}

// dockerfiles are those of Dockerfiles.
var dockerfiles = []hazard{
	{1, "comment lines inside of a continuation", []string{"package-cache/comments-inside", "exec-form/comment-inside", "file comments in a continuation", "file comment right behind the keyword"}},
	{2, "blank lines inside of a continuation", []string{"file blank lines in a continuation", "file lone carriage returns"}},
	{3, "the last line of an instruction is a comment", []string{"package-cache/comment-last", "package-cache/trailing-operators"}},
	{4, "commands behind the list of packages", []string{"package-cache/comments-inside", "package-cache/apply", "package-recommends/apply"}},
	{5, "heredocs of every kind", []string{"package-cache/heredoc", "package-cache/heredoc-long", "file heredoc script", "file heredoc, quoted and chomped", "file heredocs, several", "file heredoc behind a continuation", "file heredoc in crlf", "file heredoc with an interpreter", "file heredoc that never ends"}},
	{6, "parser directives stay first", []string{"package-cache/backtick", "exec-form/escape-backtick", "file directives", "file check directive in the middle", "file two escapes"}},
	{7, "line endings, byte order mark, no final newline", []string{"package-cache/crlf", "package-cache/bom", "package-cache/no-newline", "non-root-user/no-newline", "script/apply", "file mixed line endings", "file no final newline behind a comment"}},
	{8, "ENV without an equals sign, MAINTAINER with quotes", []string{"python-env/legacy-env", "file legacy env", "file maintainer"}},
	{9, "the CMD of HEALTHCHECK on a line of its own", []string{"non-root-user/health-check", "exec-form/only-the-last", "healthcheck/already", "file healthcheck over two lines"}},
	{10, "CMD and ENTRYPOINT early, several times or not at all", []string{"non-root-user/cmd-first", "exec-form/only-the-last", "exec-form/inherited", "python-env/no-command", "non-root-user/refuse-no-command", "healthcheck/inherited-command", "file cmd before the end, several"}},
	{11, "arguments of the exec form stay as they are", []string{"exec-form/already", "exec-form/json-escapes", "file json", "file json over lines", "transform/gate_test.go:TestGateRefuses"}},
	{12, "commands that need their shell", []string{"exec-form/needs-shell-and", "exec-form/needs-shell-variable", "exec-form/needs-shell-glob", "exec-form/needs-shell-pipe-redirect", "exec-form/shell-builtin"}},
	{13, "ONBUILD acts on images that are built on this one", []string{"package-cache/refuse-onbuild", "non-root-user/refuse-onbuild", "file onbuild", "file onbuild heredoc"}},
	{14, "bases with arguments, platforms, ports and digests", []string{"pinned-base/argument", "pinned-base/unknown-argument", "pinned-base/no-tag", "python-env/version-from-default", "file platform", "file registry with port, no tag", "file argument as base"}},
	{15, "stages on stages, --from by number, targets that are not the last", []string{"non-root-user/parent-stage", "non-root-user/compose-target", "non-root-user/compose-target-of-others", "python-env/inherited-from-stage", "exec-form/other-stage", "pinned-base/copy-from", "file stages"}},
	{16, "bases without a shell, a user database or the usual tools", []string{"non-root-user/scratch", "non-root-user/distroless", "non-root-user/alpine", "non-root-user/ubi-minimal", "healthcheck/scratch"}},
	{17, "USER that goes back to root, is a variable or comes from the base", []string{"non-root-user/user-root-last", "non-root-user/refuse-variable", "non-root-user/already-base", "file user back and forth"}},
	{18, "instructions behind USER that need root", []string{"non-root-user/user-in-between", "non-root-user/refuse-no-place", "owned-copies/apply"}},
	{19, "containers that give root up by themselves, or start an init", []string{"non-root-user/refuse-drops", "non-root-user/refuse-base-drops", "non-root-user/refuse-init", "non-root-user/refuse-puid", "non-root-user/refuse-sh-c", "non-root-user/entrypoint-script"}},
	{20, "ports below 1024", []string{"non-root-user/held-back-port", "non-root-user/port-with-compose", "non-root-user/held-back-host-network"}},
	{21, "owners of volumes and binds", []string{"non-root-user/volume", "non-root-user/volume-first", "non-root-user/compose-volume", "non-root-user/compose-bind-mount"}},
	{22, "places that are written at run time", []string{"owned-copies/mkdir-state", "non-root-user/gitignore", "non-root-user/state-argument", "non-root-user/held-back-data-argument", "non-root-user/directory-made-later"}},
	{24, "package managers: lists, pins, repositories of others, caches that are mounted", []string{"package-cache/third-party", "package-cache/leaning", "package-cache/lone-update", "package-cache/already-cache-mount", "package-cache/refuse-script-of-package", "package-recommends/refuse-wanted"}},
	{25, "cd, set -e, SHELL, Windows and templates", []string{"owned-copies/cd", "package-cache/set-e", "package-cache/semicolons", "package-cache/or", "exec-form/shell-pipefail", "exec-form/windows", "non-root-user/refuse-windows", "script/templates", "file windows", "file template"}},
	{26, "ENTRYPOINT, CMD and what compose puts in their place are one command", []string{"exec-form/both-shell", "exec-form/cmd-would-be-appended", "exec-form/entrypoint-sees-shell", "exec-form/base-entrypoint-nginx", "transform/image/exec_form_test.go:TestExecFormWithCompose"}},
	{27, "the working directory itself has an owner", []string{"non-root-user/apply", "non-root-user/base-workdir", "owned-copies/parent-of-workdir"}},
	{28, "trees that a RUN makes are handed over in it", []string{"owned-copies/apply", "owned-copies/collectstatic", "owned-copies/mkdir-parents", "non-root-user/scratch"}},
	{29, "what lies in the home of root", []string{"non-root-user/refuse-root-home", "non-root-user/refuse-pip-user", "non-root-user/refuse-nvm", "non-root-user/compose-below-root"}},
	{30, "daemons that the file installs, engines, devices", []string{"non-root-user/refuse-daemon", "non-root-user/refuse-dind", "non-root-user/refuse-docker", "non-root-user/compose-docker-socket"}},
	{31, "what packages recommend and people use", []string{"package-recommends/apply", "package-recommends/pip", "package-recommends/held-back"}},
	{32, "directories of manuals that later installs need", []string{"package-docs/apply", "package-docs/refuse"}},
	{33, "virtual environments have their own paths", []string{"exec-form/venv", "non-root-user/ubuntu-python"}},
	{35, "compose runs other commands than CMD", []string{"non-root-user/compose-own-user", "transform/image/exec_form_test.go:TestExecFormWithCompose", "script/compose", "internal/workspace/composition_test.go:TestCompositions"}},
	{36, "hash seeds that must be the same everywhere", []string{"python-env/pyspark-package", "python-env/pyspark-requirements", "python-env/explicit-value-wins"}},
	{38, "Python on Ubuntu, where uid 1000 is taken", []string{"non-root-user/ubuntu-python"}},
}

// services are those of compose files.
var services = []hazard{
	{1, "nginx writes caches, and renders templates into its configuration", []string{"read-only-rootfs/apply", "read-only-rootfs/templates"}},
	{2, "databases write sockets and temporary files", []string{"read-only-rootfs/apply", "read-only-rootfs/users", "read-only-rootfs/mounted"}},
	{3, "nobody knows what an image writes", []string{"read-only-rootfs/images", "read-only-rootfs/built", "read-only-rootfs/built-held-back", "read-only-rootfs/observed"}},
	{4, "supervisors that need /run as it is", []string{"read-only-rootfs/images", "read-only-rootfs/built-start", "drop-capabilities/supervisors"}},
	{5, "a tmpfs hides what is below it", []string{"read-only-rootfs/state", "read-only-rootfs/built-start", "read-only-rootfs/templates"}},
	{6, "a target is mounted twice", []string{"read-only-rootfs/mounted", "read-only-rootfs/further", "parser/compose/consistency_test.go:TestConsistency"}},
	{7, "entrypoints that change owners, at the second start too", []string{"drop-capabilities/apply", "drop-capabilities/too-few", "drop-capabilities/bind-mount", "internal/enginetest/engine_test.go:TestEngineApps"}},
	{8, "programs that lower privileges need two capabilities", []string{"drop-capabilities/apply", "no-new-privileges/apply"}},
	{9, "setuid programs that are used", []string{"no-new-privileges/refuse", "no-new-privileges/known-images"}},
	{10, "programs with file capabilities", []string{"drop-capabilities/file-capabilities", "drop-capabilities/health-ping-of-a-server", "no-new-privileges/known-images"}},
	{11, "low ports in the host's network", []string{"drop-capabilities/conditions", "drop-capabilities/bind-mount", "service-user/refuse"}},
	{12, "root that stops processes of others", []string{"drop-capabilities/supervisors", "drop-capabilities/conditions", "drop-capabilities/bind-mount"}},
	{13, "root on files of other users", []string{"drop-capabilities/bind-mount", "drop-capabilities/conditions"}},
	{14, "capabilities that a file adds already", []string{"drop-capabilities/existing", "drop-capabilities/refuse"}},
	{15, "privileged services", []string{"drop-capabilities/refuse", "privileged/apply", "read-only-rootfs/file"}},
	{16, "what switches confinement off", []string{"privileged/capabilities", "unconfined-profiles/apply", "host-namespaces/apply"}},
	{17, "hosts on which no process starts without new privileges", []string{"docs no-new-privileges"}},
	{21, "network modes", []string{"host-namespaces/network", "parser/compose/consistency_test.go:TestConsistency"}},
	{23, "limits in two places", []string{"resource-limits/styles", "parser/compose/consistency_test.go:TestConsistency"}},
	{24, "more processors than the host has", []string{"resource-limits/strict", "resource-limits/apply"}},
	{25, "services that need much memory", []string{"resource-limits/settings", "resource-limits/strict", "resource-limits/observed"}},
	{26, "services of many threads", []string{"resource-limits/held-back", "resource-limits/strict", "resource-limits/observed"}},
	{27, "reservations and devices below deploy", []string{"resource-limits/deploy-style"}},
	{28, "old formats", []string{"resource-limits/version-2", "resource-limits/styles", "file version 1", "file version and markers"}},
	{29, "files for docker stack deploy", []string{"resource-limits/swarm", "resource-limits/swarm-new", "read-only-rootfs/swarm", "no-new-privileges/swarm", "loopback-ports/refuse"}},
	{30, "lists that a fragment gives are replaced, not merged", []string{"drop-capabilities/anchors", "read-only-rootfs/anchor", "resource-limits/anchor", "service-user/anchors", "file list of a fragment", "file list that is an alias"}},
	{31, "services that extend others", []string{"drop-capabilities/extends", "drop-capabilities/extends-file", "read-only-rootfs/extends"}},
	{32, "files that are read on top", []string{"read-only-rootfs/elsewhere", "read-only-rootfs/further", "drop-capabilities/override", "service-user/override", "internal/workspace/composition_test.go:TestCompositions"}},
	{33, "services that a profile keeps from starting", []string{"no-new-privileges/profiles"}},
	{34, "the engine's socket", []string{"docker-socket/apply", "docker-socket/consumers", "docker-socket/proxies", "read-only-rootfs/socket", "service-user/refuse"}},
	{35, "users of files on the host", []string{"service-user/data-owner", "service-user/already"}},
	{36, "containers to develop in", []string{"read-only-rootfs/development", "resource-limits/refuse", "non-root-user/compose-source-mount", "drop-capabilities/unknown-strict"}},
	{37, "health checks run under the same limits", []string{"drop-capabilities/file-capabilities", "no-new-privileges/known-images"}},
	{38, "programs that run from a tmpfs", []string{"read-only-rootfs/exec", "read-only-rootfs/observed"}},
	{39, "secrets that root or another user reads", []string{"drop-capabilities/conditions", "service-user/held-back", "read-only-rootfs/file"}},
	{43, "variables that stand in another file", []string{"read-only-rootfs/images"}},
	{44, "Windows containers", []string{"drop-capabilities/windows"}},
	{45, "devices and namespaces of the host", []string{"drop-capabilities/devices", "host-namespaces/others"}},
	{46, "what works less without saying so", []string{"drop-capabilities/refuse", "drop-capabilities/file-capabilities"}},
	{47, "deployments that have data already", []string{"non-root-user/compose-volume", "non-root-user/volume", "internal/enginetest/engine_test.go:TestEngineApps"}},
	{48, "state on the host has an owner that nobody knows", []string{"non-root-user/compose-bind-mount", "service-user/data-owner"}},
	{49, "state in memory is lost", []string{"read-only-rootfs/state", "read-only-rootfs/built-state", "read-only-rootfs/observed"}},
	{50, "a processor for a database is too little", []string{"resource-limits/strict", "resource-limits/apply"}},
	{52, "files that the engine mounts are read-only too", []string{"read-only-rootfs/built-start"}},
	{53, "override files only replace what they are told to", []string{"script/override", "transform/service/review_test.go:TestOtherCompositions"}},
	{54, "users that the image does not know", []string{"service-user/apply", "drop-capabilities/unknown"}},
	{55, "a tmpfs says its mode", []string{"read-only-rootfs/apply", "read-only-rootfs/users"}},
}

// yaml are those of the positions and meanings of YAML.
var yaml = []hazard{
	{1, "columns count letters", []string{"file letters of several bytes"}},
	{2, "a byte order mark is not counted", []string{"file byte order mark", "file utf-16"}},
	{3, "line breaks that readers do not see", []string{"file next line", "file line separator", "file paragraph separator", "file carriage return"}},
	{4, "tags and anchors stand in front", []string{"file tagged values", "file fragments"}},
	{5, "values that are left out", []string{"file values left out", "file tag without a value", "file alias at the end"}},
	{6, "several documents", []string{"file several documents", "file an empty second document", "file version and markers"}},
	{7, "no node says where it ends", []string{"file block scalars", "file block scalars in lists", "file folded plain scalars", "file quotes"}},
	{8, "keys that are given twice", []string{"file service twice", "file merge key twice", "file key twice in other quotes"}},
	{9, "tabs", []string{"file tabs behind colons and values", "file tabs for indentation"}},
	{10, "comments in files with carriage returns", []string{"file crlf", "file mixed line endings"}},
	{11, "how a text is chomped and folded", []string{"file block scalars", "file block scalar that keeps blank lines"}},
	{12, "a text at the end of a file without a newline", []string{"file literal without a newline at the end", "file nested literal without a newline at the end", "file lone literal without a newline at the end"}},
	{14, "comments of the next section", []string{"file commented-out section below a list", "file banner of the next service", "file a blank line and a commented-out key", "file comments everywhere"}},
	{15, "brackets over several lines", []string{"file service in brackets over lines", "file list in brackets over lines", "file lists in brackets"}},
	{16, "limits that must be equal", []string{"parser/compose/consistency_test.go:TestConsistency", "parser/compose/consistency_test.go:TestConsistencyOfFiles", "resource-limits/styles"}},
	{17, "variables where a number belongs", []string{"file variables", "parser/compose/consistency_test.go:TestConsistency"}},
	{18, "volumes of one letter, binds of a variable", []string{"parser/compose/service_test.go:TestService"}},
	{19, "equal items in two spellings", []string{"no-new-privileges/already", "drop-capabilities/already", "read-only-rootfs/mounted"}},
	{20, "files that are included", []string{"parser/compose/consistency_test.go:TestWhatAProjectSays", "parser/compose/consistency_test.go:TestConsistency"}},
	{21, "anchors that hold themselves", []string{"file an anchor that holds itself", "file alias as a key"}},
}

const root = "../.."

// TestCoverage: each hazard has a case that exists.
func TestCoverage(t *testing.T) {
	files := map[string]bool{}
	for _, f := range slices.Concat(hazards.Files, hazards.Refused) {
		files[f.Name] = true
	}
	for _, f := range slices.Concat(hazards.Compose, hazards.ComposeRefused) {
		files[f.Name] = true
	}
	for name, list := range map[string][]hazard{"dockerfiles": dockerfiles, "services": services, "yaml": yaml} {
		last := 0
		for _, h := range list {
			if h.number <= last || h.what == "" || len(h.cases) == 0 {
				t.Errorf("%s %d: it is out of order, says nothing or has no case", name, h.number)
			}
			last = h.number
			for _, c := range h.cases {
				if !exists(t, c, files) {
					t.Errorf("%s %d (%s): there is no %q", name, h.number, h.what, c)
				}
			}
		}
	}
}

// exists looks for a case.
func exists(t *testing.T, name string, files map[string]bool) bool {
	t.Helper()
	if file, ok := strings.CutPrefix(name, "file "); ok {
		return files[file]
	}
	if rule, ok := strings.CutPrefix(name, "docs "); ok {
		name = "docs/rules/" + rule + ".md"
	} else if path, test, ok := strings.Cut(name, ":"); ok {
		text, err := os.ReadFile(filepath.Join(root, path))
		return err == nil && strings.Contains(string(text), "\nfunc "+test+"(")
	} else if strings.HasPrefix(name, "script/") {
		name = "fixtures/" + name + ".txtar"
	} else {
		name = "fixtures/rules/" + name + ".txtar"
	}
	_, err := os.Stat(filepath.Join(root, name))
	return err == nil
}

// TestNamedHazards: a golden case that says which hazards it shows is listed at each.
func TestNamedHazards(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(root, "fixtures/rules/*/*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden cases: %v", err)
	}
	said := regexp.MustCompile(`^Hazards? ([\d, and]+)`)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		m := said.FindSubmatch(text)
		if m == nil {
			continue
		}
		name := filepath.Base(filepath.Dir(path)) + "/" + strings.TrimSuffix(filepath.Base(path), ".txtar")
		for _, number := range regexp.MustCompile(`\d+`).FindAllString(string(m[1]), -1) {
			n, _ := strconv.Atoi(number)
			if !slices.ContainsFunc(slices.Concat(dockerfiles, services), func(h hazard) bool { return h.number == n && slices.Contains(h.cases, name) }) {
				t.Errorf("%s shows hazard %d, which does not list it", name, n)
			}
		}
	}
}
