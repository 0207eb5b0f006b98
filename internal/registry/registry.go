// Package registry finds out what a tag stands for today: it asks the image's registry
// for the digest, and the local Docker Engine when no registry answers. Nothing but
// --pin calls it.
package registry

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/moby/moby/api/types/image"
	"github.com/moby/moby/client"
)

// Resolver looks digests up, each once. Its methods may be used by several goroutines.
type Resolver struct {
	ctx   context.Context
	local func(ctx context.Context, ref string) (string, error)

	mu    sync.Mutex
	asked map[string]*answer
}

type answer struct {
	once   sync.Once
	digest string
	err    error
}

// New makes a resolver, whose look-ups end with the context. Credentials are those of
// `docker login`.
func New(ctx context.Context) *Resolver {
	return &Resolver{ctx: ctx, local: localDigest, asked: map[string]*answer{}}
}

// timeout is how long a registry or an engine may take for one image.
const timeout = 15 * time.Second

// Digest gives the digest that a reference with a tag stands for, as sha256:…: of the index
// where the image is there for several platforms.
func (r *Resolver) Digest(ref string) (string, error) {
	r.mu.Lock()
	a := r.asked[ref]
	if a == nil {
		a = &answer{}
		r.asked[ref] = a
	}
	r.mu.Unlock()
	a.once.Do(func() { a.digest, a.err = r.find(ref) })
	return a.digest, a.err
}

func (r *Resolver) find(ref string) (string, error) {
	tag, err := name.NewTag(ref, name.WeakValidation)
	if err != nil {
		return "", fmt.Errorf("%s is no reference of an image: %w", ref, err)
	}
	digest, err := r.remoteDigest(tag)
	if err == nil {
		return digest, nil
	}
	ctx, cancel := context.WithTimeout(r.ctx, timeout)
	defer cancel()
	digest, localErr := r.local(ctx, ref)
	if localErr != nil {
		return "", fmt.Errorf("%s: neither its registry (%s) nor the local engine (%s) tells the digest; write the one that `docker buildx imagetools inspect %s` shows",
			ref, plain(err), plain(localErr), ref)
	}
	return digest, nil
}

func (r *Resolver) remoteDigest(tag name.Tag) (string, error) {
	ctx, cancel := context.WithTimeout(r.ctx, timeout)
	defer cancel()
	options := []remote.Option{remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain), remote.WithUserAgent("bulkhead")}
	if head, err := remote.Head(tag, options...); err == nil {
		return head.Digest.String(), nil
	}
	got, err := remote.Get(tag, options...) // some registries do not answer HEAD
	if err != nil {
		return "", err
	}
	return got.Digest.String(), nil
}

// localDigest asks the local engine for the digest that it pulled an image by.
func localDigest(ctx context.Context, ref string) (string, error) {
	api, err := client.New(client.FromEnv)
	if err != nil {
		return "", err
	}
	defer func() { _ = api.Close() }() // nothing was written
	inspected, err := api.ImageInspect(ctx, ref)
	if err != nil {
		return "", err
	}
	return pulledAs(ref, inspected.InspectResponse)
}

// errBuilt is said of an image whose digest no registry has.
var errBuilt = errors.New("it did not pull the image, or cannot tell")

// pulledAs chooses the digest of the reference's own repository, for an image may have been
// pulled by several names. Engines that keep images in containerd's store have a digest for
// what they built, too: there the image must be known to be pulled.
func pulledAs(ref string, inspected image.InspectResponse) (string, error) {
	tag, err := name.NewTag(ref, name.WeakValidation)
	if err != nil {
		return "", err
	}
	for _, text := range inspected.RepoDigests {
		d, err := name.NewDigest(text, name.WeakValidation)
		if err != nil || d.Context().Name() != tag.Context().Name() {
			continue
		}
		pulled := d.DigestStr() != inspected.ID // the classic store has digests of pulled images alone
		if id := inspected.Identity; id != nil {
			pulled = len(id.Pull) > 0 && len(id.Build) == 0
		}
		if pulled {
			return d.DigestStr(), nil
		}
	}
	return "", errBuilt
}

// plain is an error in a few words: what a person can do something about, without the addresses that
// were tried.
func plain(err error) string {
	if answer := new(transport.Error); errors.As(err, &answer) {
		switch answer.StatusCode {
		case http.StatusNotFound:
			return "it has no such image"
		case http.StatusUnauthorized, http.StatusForbidden:
			return "it wants another login, or has no such image"
		}
	}
	if unknown := new(net.DNSError); errors.As(err, &unknown) {
		return "no host " + unknown.Name + " is found"
	}
	if asked := new(url.Error); errors.As(err, &asked) {
		err = asked.Err
	}
	if errdefs.IsNotFound(err) {
		return "it does not have the image"
	}
	const limit = 160
	text := strings.Join(strings.Fields(err.Error()), " ")
	if len(text) > limit {
		text = text[:limit] + "…"
	}
	return text
}
