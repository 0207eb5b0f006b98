package compose

import "gopkg.in/yaml.v3"

// Outline is what one file alone says of a service, as it stands in its tree: enough to
// see how files belong together before compose-go is asked what they mean.
type Outline struct {
	Name string
	// Complete: it has an image, a build or a service that it extends, so that it may
	// run without another file.
	Complete bool
	Build    *Build // nil when it builds nothing
	// ExtendsFile and ExtendsService name what it extends; the file is relative to its own,
	// and "" when it is the same.
	ExtendsFile, ExtendsService string
}

// Services outlines the services of the file in its order.
func (d *Document) Services() []Outline {
	all := Child(d.Root, "services")
	if all == nil || all.Kind != yaml.MappingNode {
		return nil
	}
	var out []Outline
	for i := 0; i+1 < len(all.Content); i += 2 {
		o := Outline{Name: all.Content[i].Value}
		s := deref(all.Content[i+1])
		for _, key := range []string{"image", "build", "extends"} {
			o.Complete = o.Complete || value(s, key) != nil
		}
		o.Build = buildOf(value(s, "build"))
		o.ExtendsFile, o.ExtendsService = extendsOf(value(s, "extends"))
		out = append(out, o)
	}
	return out
}

func extendsOf(n *yaml.Node) (file, service string) {
	if n != nil && n.Kind == yaml.ScalarNode {
		return "", n.Value
	}
	if v := value(n, "service"); v != nil {
		service = v.Value
	}
	if v := value(n, "file"); v != nil && service != "" {
		file = v.Value
	}
	return file, service
}

// value is a key of a mapping, its own or merged in.
func value(m *yaml.Node, key string) *yaml.Node {
	if v := own(m, key); v != nil {
		return deref(v)
	}
	return merged(m, key)
}

func buildOf(n *yaml.Node) *Build {
	if n == nil {
		return nil
	}
	b := &Build{Context: ".", Dockerfile: "Dockerfile"}
	if n.Kind == yaml.ScalarNode {
		b.Context = n.Value
		return b
	}
	for key, to := range map[string]*string{"context": &b.Context, "dockerfile": &b.Dockerfile, "target": &b.Target} {
		if v := value(n, key); v != nil && v.Kind == yaml.ScalarNode && v.Value != "" {
			*to = v.Value
		}
	}
	b.Inline = value(n, "dockerfile_inline") != nil
	return b
}
