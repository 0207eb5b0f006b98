package compose

import "gopkg.in/yaml.v3"

// votes counts how the file writes what new lines have a choice in.
type votes struct {
	steps, dashes  map[int]int
	double, single int
}

// habits finds how the file indents and quotes, by the majority of its nodes.
func (d *Document) habits() {
	v := votes{steps: map[int]int{}, dashes: map[int]int{}}
	v.count(d.Root)
	d.step = most(v.steps, 2)
	d.dashes = most(v.dashes, d.step)
	d.quote = '"'
	if v.single > v.double {
		d.quote = '\''
	}
}

// dashesIn is how far a mapping indents the dashes of its own lists, as the file does
// where it has none.
func (d *Document) dashesIn(n *yaml.Node) int {
	v := votes{steps: map[int]int{}, dashes: map[int]int{}}
	if n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle == 0 {
		for i := 0; i+1 < len(n.Content); i += 2 {
			v.nested(n.Content[i], n.Content[i+1])
		}
	}
	if v.dashes[d.dashes] > 0 || len(v.dashes) == 0 {
		return d.dashes
	}
	return most(v.dashes, d.dashes)
}

// most is the number with the most votes: the usual one, then the smaller one, where
// several have as many.
func most(votes map[int]int, usual int) int {
	best := usual
	for n, count := range votes {
		if count > votes[best] || count == votes[best] && best != usual && n < best {
			best = n
		}
	}
	return best
}

func (v *votes) count(n *yaml.Node) {
	switch {
	case n.Kind == yaml.ScalarNode && n.Style&yaml.DoubleQuotedStyle != 0:
		v.double++
	case n.Kind == yaml.ScalarNode && n.Style&yaml.SingleQuotedStyle != 0:
		v.single++
	case n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle == 0:
		for i := 0; i+1 < len(n.Content); i += 2 {
			v.nested(n.Content[i], n.Content[i+1])
		}
	}
	for _, c := range n.Content {
		v.count(c)
	}
}

// nested counts how a value is indented below its key. A tag or an anchor stands
// where the value would.
func (v *votes) nested(key, value *yaml.Node) {
	if value.Line == key.Line || value.Style&(yaml.FlowStyle|yaml.TaggedStyle) != 0 || value.Anchor != "" {
		return
	}
	switch step := value.Column - key.Column; {
	case value.Kind == yaml.MappingNode && step > 0:
		v.steps[step]++
	case value.Kind == yaml.SequenceNode && step >= 0:
		v.dashes[step]++
	}
}
