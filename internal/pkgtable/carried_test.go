package main

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// index is what the fields of a real one look like.
const index = `Package: libpq-dev
Source: postgresql-15 (15.3-1)
Section: libdevel
Depends: libpq5 (= 15.3-1), libssl-dev

Package: libpq5
Source: postgresql-15
Section: libs
Depends: libc6 (>= 2.14), libssl3 (>= 3.0.0)

Package: libssl-dev
Source: openssl
Section: libdevel
Depends: libssl3 (= 3.0.9-1)

Package: libssl3
Source: openssl
Section: libs
Depends: libc6 (>= 2.34)

Package: default-libmysqlclient-dev
Source: mysql-defaults
Section: libdevel
Depends: libmariadb-dev-compat (>= 1)

Package: libmariadb-dev-compat
Source: mariadb
Section: libdevel
Depends: libmariadb-dev (= 1:10)

Package: libmariadb-dev
Source: mariadb
Section: libdevel
Provides: libmysqlclient-dev
Depends: libmariadb3 (= 1:10), zlib1g-dev:any

Package: libmariadb3
Source: mariadb
Section: libs

Package: libboost-dev
Section: libdevel
Depends: libstdc++-12-dev | libstdc++-dev

Package: libstdc++-12-dev
Source: gcc-12
Section: libdevel
Depends: libstdc++6 (>= 12)

Package: libstdc++6
Source: gcc-12
Section: libs

Package: golang-any-dev
Section: golang

Package: libc6
Source: glibc
Section: libs
Priority: required
`

func TestCarried(t *testing.T) {
	packages, err := parseIndex(strings.NewReader(index))
	if err != nil {
		t.Fatal(err)
	}
	got := carried(packages)
	for name, want := range map[string]string{
		"libpq-dev":                  "libpq5", // libssl3 comes with it
		"libssl-dev":                 "libssl3",
		"default-libmysqlclient-dev": "libmariadb3",
		"libmysqlclient-dev":         "libmariadb3",
		"libboost-dev":               "",
	} {
		if libraries, ok := got[name]; !ok || strings.Join(libraries, " ") != want {
			t.Errorf("%s: %v, %v, want %s", name, libraries, ok, want)
		}
	}
	for _, name := range []string{"golang-any-dev", "libstdc++-12-dev", "libpq5"} {
		if _, ok := got[name]; ok {
			t.Errorf("%s is in the table", name)
		}
	}
	if _, err := parseIndex(strings.NewReader("")); err == nil {
		t.Error("an empty index is no error")
	}
}

func TestClosure(t *testing.T) {
	packages, err := parseIndex(strings.NewReader(index))
	if err != nil {
		t.Fatal(err)
	}
	got := slices.Sorted(maps.Keys(closure(packages, map[string]string{"libmysqlclient-dev": "libmariadb-dev"}, []string{"libpq-dev", "libmysqlclient-dev", "missing"})))
	want := []string{"libc6", "libmariadb-dev", "libmariadb3", "libpq-dev", "libpq5", "libssl-dev", "libssl3"}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestRender(t *testing.T) {
	got := render([]string{"a", "b", "c"}, map[string][]string{"y-dev": {"y1", "y1", "y2"}, "x-dev": {"", none, none}})
	if want := "\ta\tb\tc\nx-dev\t\t-\t=\ny-dev\ty1\t=\ty2\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
