package knowledge

import (
	_ "embed" // the data
	"slices"
	"sync"
)

//go:embed laws.yaml
var lawsYAML []byte

// Law is what holds for many images at once.
type Law struct {
	Name        string   `yaml:"name"`
	Text        string   `yaml:"text"`
	Consequence string   `yaml:"consequence"` // for whoever hardens
	Kind        string   `yaml:"kind"`        // tested, partly-tested, read
	Sources     []string `yaml:"sources"`
}

// Class is a way of images to behave.
type Class struct {
	Name   string   `yaml:"name"`
	Text   string   `yaml:"text"`   // what such an image does, with it for the image
	Advice string   `yaml:"advice"` // what to do with it
	Laws   []string `yaml:"laws"`
}

type lawData struct {
	Laws    []Law   `yaml:"laws"`
	Classes []Class `yaml:"classes"`
}

var laws = sync.OnceValue(func() *lawData {
	var d lawData
	decode(lawsYAML, &d)
	return &d
})

// Behaviour are the classes that the image belongs to; see Service.Classes.
func (s *Service) Behaviour() []Class {
	var out []Class
	for _, c := range laws().Classes {
		if s.HasClass(c.Name) {
			out = append(out, c)
		}
	}
	return out
}

// LawsOf are the laws that speak of images of a class.
func LawsOf(c Class) []Law {
	var out []Law
	for _, l := range laws().Laws {
		if slices.Contains(c.Laws, l.Name) {
			out = append(out, l)
		}
	}
	return out
}
