package transform

// Graph is who talks to whom in a compose project, as far as its files tell, and the
// networks that they meet on. It holds names and places, no values.
type Graph struct {
	Networks []GraphNetwork
	Nodes    []GraphNode
	Edges    []GraphEdge
}

// GraphNetwork is a network.
type GraphNetwork struct {
	Name     string
	Internal bool // it leads nowhere but to the services on it
}

// GraphNode is a service.
type GraphNode struct {
	Service  string
	Role     Role
	Networks []string // in the order of Graph.Networks
	// Open says why it may talk to more than its edges show, "" when they are all.
	Open string
}

// Role is what a service is in the graph.
type Role string

// The roles of services.
const (
	RolePublisher   Role = "publisher"   // publishes ports on the host
	RoleApplication Role = "application" // neither
	RoleStore       Role = "data store"
)

// GraphEdge is a connection from one service to another.
type GraphEdge struct {
	From, To string
	// Certain: the place names the other service as a host; else it has a word that may be it.
	Certain  bool
	Evidence []string // places: a file and its line, or a key of the service
}
