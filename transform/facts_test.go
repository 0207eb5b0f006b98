package transform

import "testing"

func TestFacts(t *testing.T) {
	doc := document(t, `ARG TAG=3.13
FROM python:$TAG AS base
ARG DIR=app
ENV HOME_DIR=/srv/$DIR
WORKDIR $HOME_DIR
RUN useradd -u 2000 -m web && apt-get install -y gcc=12 make
USER web
FROM base
WORKDIR data
COPY x y/
USER $WHO
CMD ["x"]
`)
	f := NewFacts(doc, Usage{})
	final := f.Final()
	if final.BaseRef != "python:3.13" || final.Base == nil || final.Base.Language != "python" {
		t.Errorf("base %q %+v", final.BaseRef, final.Base)
	}
	if len(final.Users) != 1 || final.Users[0].Name != "web" || final.Users[0].UID != "2000" {
		t.Errorf("users %+v", final.Users)
	}
	if len(final.Packages) != 2 || final.Packages[0].Name != "gcc" || final.Packages[0].Version != "12" {
		t.Errorf("packages %+v", final.Packages)
	}
	step := final.Step(final.Stage.Instructions[2])
	if dir := step.Before.Workdir; dir != "/srv/app/data" {
		t.Errorf("workdir %q", dir)
	}
	if dest, ok := step.Path("y/"); !ok || dest != "/srv/app/data/y" {
		t.Errorf("destination %q, %v", dest, ok)
	}
	if step.Before.Root() || step.Before.EffectiveUser() != "web" || step.Before.Home() != "/home/web" {
		t.Errorf("user %q, home %q", step.Before.EffectiveUser(), step.Before.Home())
	}
	if _, ok := step.Before.Lookup("DIR"); ok {
		t.Error("ARG outlives its stage")
	}
	if user := final.End().User; user != "$WHO" || final.End().Root() {
		t.Errorf("a user that depends on a variable is %q", user)
	}
}

func TestIsRoot(t *testing.T) {
	for user, want := range map[string]bool{"": true, "root": true, "0": true, "0:0": true, "root:root": true, "app": false, "1000:0": false} {
		if IsRoot(user) != want {
			t.Errorf("%q", user)
		}
	}
}
