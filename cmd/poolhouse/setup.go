package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net"
	"net/url"
	"sync"

	"poolhouse.dev/identity"
	"poolhouse.dev/web"
)

// setup makes the first user. Its token is printed on the terminal alone and
// kept in memory alone: whoever can read neither cannot claim a new server.
type setup struct {
	admin *identity.Admin
	pool  identity.PoolID
	token string

	mu   sync.Mutex
	used bool
}

func newToken() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// findSetup opens the set-up page when nobody is in the first pool yet.
func (srv *server) findSetup(ctx context.Context) error {
	admin := &identity.Admin{Core: srv.core}
	some, err := anyone(ctx, admin, srv.first)
	if err != nil || some {
		return err
	}
	srv.setup = &setup{admin: admin, pool: srv.first, token: newToken()}
	return nil
}

// Valid says whether this one-time token is open.
func (s *setup) Valid(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.used && sameToken(token, s.token)
}

// sameToken compares hashes of equal length, so that timing tells nothing.
func sameToken(a, b string) bool {
	left, right := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(left[:], right[:]) == 1
}

// Create makes the user and closes the token. The lock makes two people who
// send the form at once one winner and one who comes too late.
func (s *setup) Create(ctx context.Context, form web.SetupForm) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used || !sameToken(form.Token, s.token) {
		return &identity.Error{Op: "Setup", Code: identity.NotAllowed}
	}
	if some, err := anyone(ctx, s.admin, s.pool); err != nil || some {
		s.used = s.used || some
		return orNotAllowed(err)
	}
	if err := createOwner(ctx, s.admin, s.pool, form); err != nil {
		return err
	}
	s.used = true
	return nil
}

func orNotAllowed(err error) error {
	if err != nil {
		return err
	}
	return &identity.Error{Op: "Setup", Code: identity.NotAllowed}
}

// loopback says that a URL leads to this machine alone.
func loopback(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
