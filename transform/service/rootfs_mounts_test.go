package service

import "testing"

func TestMountPoints(t *testing.T) {
	m := mountPoints{"/data": true, "/data/fixed": false, "/run": true, "/etc/app.conf": false}
	for _, test := range []struct {
		path            string
		writable, taken bool
	}{
		{"/data", true, true},
		{"/data/deep/er", true, true},
		{"/data/fixed", false, true},
		{"/data/fixed/x", false, false},
		{"/database", false, false},
		{"/var/run/postgresql", true, true},
		{"/var/run", true, true},
		{"/var/lock/apache2", true, true},
		{"/etc/app.conf", false, true},
		{"/etc", false, false},
		{"/", false, false},
	} {
		if w, k := m.writable(test.path), m.taken(test.path); w != test.writable || k != test.taken {
			t.Errorf("%s: writable %t, taken %t", test.path, w, k)
		}
	}
}
