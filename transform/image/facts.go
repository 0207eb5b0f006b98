package image

import (
	"strconv"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
)

// Facts is what a hardened Dockerfile tells the services that run its image.
func Facts(in transform.Input, plan *transform.Plan) *transform.ImageFacts {
	p := &transform.Pass{Doc: plan.After, Facts: transform.NewFacts(plan.After, in.Usage), Usage: in.Usage, Files: in.Files, Options: in.Options}
	final := p.Facts.Final()
	config := dockerfile.ImageConfig(final.Stage)
	end := final.End()
	f := &transform.ImageFacts{
		File: plan.After.Source.Name(), Base: final.BaseRef, Windows: final.Stage.Windows(), Workdir: end.Workdir,
		User: end.EffectiveUser(), Root: end.Root(), Home: end.Home(),
		Entrypoint: argvOf(config.Entrypoint), Cmd: argvOf(config.Cmd),
		Inherited:       config.Entrypoint == nil && config.Cmd == nil,
		KeepsEntrypoint: config.Entrypoint == nil,
	}
	f.UID, f.GID = ids(final, f.User)
	if final.Base != nil {
		f.Language = final.Base.Language
	}
	f.FileCaps, f.Pings = fileCapabilities(p), pings(p)
	for _, w := range config.Expose {
		f.Ports = append(f.Ports, w.Value)
	}
	for _, step := range final.Steps {
		f.Volumes = append(f.Volumes, volumes(step)...)
	}
	u := &userPlan{}
	u.findDirs(p, ownDir(final))
	for _, d := range u.dirs {
		f.State = append(f.State, d.path)
	}
	f.Setuid = setuidPrograms(p)
	f.Unknown, f.Unread = unknownOf(p), runtimeOf(p).unread
	f.StartWrites, f.Brings = startWrites(p), broughtTo(final)
	for _, x := range plan.Findings {
		if x.Rule != nonRootUser.ID || !f.Root {
			continue
		}
		switch x.Outcome {
		case transform.Refused, transform.Ignored:
			f.StaysRoot = x.Reason
		case transform.HeldBack:
			f.StaysRoot = "held-back"
		}
	}
	return f
}

// argvOf is what a CMD or ENTRYPOINT starts; a shell form goes through /bin/sh.
func argvOf(in *dockerfile.Instruction) []string {
	switch {
	case in == nil:
		return nil
	case in.JSON:
		return in.Argv()
	}
	return []string{"/bin/sh", "-c", in.ArgsText()}
}

func volumes(step transform.Step) []string {
	if step.Instruction.Keyword != "VOLUME" {
		return nil
	}
	var out []string
	for _, w := range step.Instruction.Args {
		if dir, ok := step.Path(w.Value); ok {
			out = append(out, dir)
		}
	}
	return out
}

// ids are the numbers of a user, -1 where they are not known.
func ids(sf *transform.StageFacts, user string) (uid, gid int) {
	name, group, _ := strings.Cut(user, ":")
	number := func(s string) int {
		if n, err := strconv.Atoi(s); err == nil {
			return n
		}
		return -1
	}
	if transform.IsRoot(user) {
		return 0, 0
	}
	uid, gid = number(name), number(group)
	for _, u := range sf.Users {
		if u.Name != name && (uid < 0 || u.UID != name) {
			continue
		}
		if uid < 0 {
			uid = number(u.UID)
		}
		if gid < 0 {
			gid = number(existingUser(sf, u).groupID())
		}
	}
	if sf.Base != nil {
		if u, ok := sf.Base.Users[name]; ok && uid < 0 {
			uid = u.UID
			if gid < 0 {
				gid = u.GID
			}
		}
	}
	return uid, gid
}

// groupID is the number of the user's group, "" when it is not known.
func (u appUser) groupID() string {
	if _, gid, ok := strings.Cut(u.spec, ":"); ok {
		return gid
	}
	return ""
}

// unknownOf says what of the image could not be analysed.
func unknownOf(p *transform.Pass) []string {
	final := p.Facts.Final()
	var out []string
	if b := final.Base; b == nil {
		out = append(out, "the base image "+final.Stage.Base+" is not known")
	}
	out = append(out, opaque(p)...)
	for _, name := range runtimeOf(p).unread {
		out = append(out, "the script "+name+" that runs at start could not be read")
	}
	return out
}
