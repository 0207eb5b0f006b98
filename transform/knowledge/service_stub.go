package knowledge

// Service is what is known of a service's image.
type Service struct{ Image string }

// LookupService says what is known of an image, nil when nothing is.
func LookupService(string) *Service { return nil }
