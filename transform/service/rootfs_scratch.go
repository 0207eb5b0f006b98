package service

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// scratch is a directory that becomes a tmpfs.
type scratch struct {
	path     string
	exec     bool
	size     string
	mode     string
	uid, gid string // "" is root, or nobody in particular
	comment  string
}

// item is the entry of `tmpfs:`. The mode is always there: what a tmpfs has without one
// differs between versions of runc.
func (s scratch) item(comments bool) compose.Item {
	exec := "noexec"
	if s.exec {
		exec = "exec"
	}
	options := []string{"rw", exec, "nosuid", "size=" + s.size, "mode=" + s.mode}
	if s.uid != "" {
		options = append(options, "uid="+s.uid)
	}
	if s.gid != "" {
		options = append(options, "gid="+s.gid)
	}
	item := compose.Item{Text: s.path + ":" + strings.Join(options, ",")}
	if comments {
		item.Comment = s.comment
	}
	return item
}

// execComment says why programs may run from a tmpfs.
const execComment = "programs or libraries are loaded from it"

// newScratch is a directory that anybody may write to, as /tmp is.
func newScratch(name string, kind string) scratch {
	return scratch{path: name, size: knowledge.TmpfsSize(name, kind), mode: "1777"}
}

// knownScratch is a directory that an image is known to write to.
func knownScratch(p *transform.ServicePass, known *knowledge.Service, w knowledge.Writable) scratch {
	s := newScratch(w.Path, known.Kind)
	s.size = cmp.Or(w.Size, s.size)
	if s.exec = w.Exec; s.exec {
		s.comment = execComment
	}
	own := starter(p, known)
	s.uid, s.gid = own.uid, own.gid
	switch {
	case own.root && w.UID != nil && w.GID != nil && !own.chosen:
		s.uid, s.gid = number(w.UID), number(w.GID) // root hands its work to them
	case own.root && w.Own == "" && known.Recommend.Strategy == "user" && !own.chosen && known.RunsAs.IDs() != "":
		s.uid, s.gid = number(known.RunsAs.UID), number(known.RunsAs.GID)
	case own.root && w.Own == "starter":
		s.mode = "0755"
	case s.uid != "":
		s.mode = "0755"
	}
	if w.Path == "/tmp" {
		s.uid, s.gid, s.mode = "", "", "1777"
	}
	s.mode = cmp.Or(w.Mode, s.mode)
	return s
}

// starting is the user that a container starts as.
type starting struct {
	root     bool
	chosen   bool   // by the compose file: the image's own arrangements do not hold
	uid, gid string // "" for root, and where they are not known
}

// starter finds out who a service starts as, service-user taken into account. known may be nil.
func starter(p *transform.ServicePass, known *knowledge.Service) starting {
	user := p.Service.Text("user")
	if a := privilegesOf(p); user == "" && a.becomes(p) {
		user = a.user.ids
	}
	if user != "" {
		uid, gid, _ := strings.Cut(user, ":")
		switch {
		case transform.IsRoot(user):
			return starting{root: true, chosen: true}
		case digits(uid):
			if !digits(gid) {
				gid = ""
			}
			return starting{chosen: true, uid: uid, gid: gid}
		case known != nil && known.RunsAs != nil && known.RunsAs.User == uid && known.RunsAs.UID != nil && gid == "":
			return starting{chosen: true, uid: number(known.RunsAs.UID), gid: number(known.RunsAs.GID)}
		}
		return starting{chosen: true}
	}
	if p.Image != nil {
		if p.Image.Root {
			return starting{root: true}
		}
		return starting{uid: id(p.Image.UID), gid: id(p.Image.GID)}
	}
	if known == nil || known.IsRoot() {
		return starting{root: true, chosen: known != nil && known.RunsAs != nil && ownIDs(p, known.RunsAs)}
	}
	if r := known.RunsAs; r != nil && !r.Workers {
		return starting{uid: number(r.UID), gid: number(r.GID)}
	}
	return starting{}
}

// ownIDs reports whether the file chooses the ids that an image changes to (PUID, PGID).
func ownIDs(p *transform.ServicePass, r *knowledge.RunsAs) bool {
	return slices.ContainsFunc(p.Service.Environment(), func(v compose.Variable) bool {
		return v.Name != "" && (v.Name == r.UIDFrom || v.Name == r.GIDFrom)
	})
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// number is an id as text, "" when it is not known.
func number(n *int) string {
	if n == nil {
		return ""
	}
	return id(*n)
}

func id(n int) string {
	if n < 0 {
		return ""
	}
	return strconv.Itoa(n)
}
