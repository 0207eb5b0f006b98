package image

import (
	"regexp"
	"sync"
)

// expression is a regular expression that is compiled when it is used first: most runs meet few of
// the languages and tools that there are expressions for.
type expression struct{ compiled func() *regexp.Regexp }

// lazily makes an expression. One that is wrong panics where it is used; a test compiles all of them.
func lazily(text string) *expression {
	return &expression{sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })}
}

func (e *expression) MatchString(s string) bool { return e.compiled().MatchString(s) }

func (e *expression) Match(b []byte) bool { return e.compiled().Match(b) }

func (e *expression) FindString(s string) string { return e.compiled().FindString(s) }

func (e *expression) FindStringSubmatch(s string) []string { return e.compiled().FindStringSubmatch(s) }

func (e *expression) FindAllString(s string, n int) []string { return e.compiled().FindAllString(s, n) }

func (e *expression) FindAllStringSubmatch(s string, n int) [][]string {
	return e.compiled().FindAllStringSubmatch(s, n)
}
