package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"poolhouse.dev/cmd/poolhouse/config"
	"poolhouse.dev/identity"
	"poolhouse.dev/web"
	"poolhouse.dev/web/account"
	"poolhouse.dev/web/hosted"
	"poolhouse.dev/web/mail"
	"poolhouse.dev/web/oidc"
)

func (a *app) serveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Args: none, Annotations: map[string]string{"serves": "yes"}, Example: "poolhouse serve --config poolhouse.yaml",
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runServe(cmd) },
	}
	flags := cmd.Flags()
	flags.String("listen", "", "`ADDRESS` to listen on (default 127.0.0.1:8080; port 0 takes a free one)")
	flags.String("public-url", "", "`URL` of this server as browsers see it (default http://ADDRESS, https with TLS)")
	flags.String("tls-certificate", "", "`FILE` in PEM: the server speaks TLS by itself")
	flags.String("tls-private-key", "", "`FILE` in PEM: the key of that certificate")
	flags.String("log", "", "`FORMAT` of the log: auto, text, json (default auto: text at a terminal)")
	flags.String("log-level", "", "`LEVEL`: debug, info, warn, error (default info)")
	return cmd
}

func (a *app) runServe(cmd *cobra.Command) error {
	s, err := a.load(cmd)
	if err != nil {
		return err
	}
	hangup := hangups(s)
	srv, err := a.startServer(cmd.Context(), s, orNew)
	if err != nil {
		return err
	}
	go a.reloadOnHangup(cmd, srv, hangup)
	srv.announce(a.out)
	return srv.serveUntil(cmd.Context())
}

// server is a running house: its listeners and what works in the background.
type server struct {
	*house
	settings *settings
	web      *web.Server
	http     *http.Server
	listener net.Listener
	socket   *http.Server
	setup    *setup
	draining atomic.Bool
	stop     context.CancelFunc
	working  sync.WaitGroup
	failed   chan error
}

// startServer does everything that can fail before the first request.
func (a *app) startServer(ctx context.Context, s *settings, how opening) (*server, error) {
	listener, err := s.opened, error(nil)
	if listener == nil {
		listener, err = listen(s.Listen)
	}
	if err != nil {
		return nil, err
	}
	s.knowURL(listener)
	err = errors.Join(config.CheckServer(&s.File, s.parsed, s.origin), config.CheckScripts(&s.File, s.parsed, s.origin)) // again, now that the URL is known
	var h *house
	if err == nil {
		h, err = a.openHouse(ctx, s, how)
	}
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	srv := &server{house: h, settings: s, listener: listener, failed: make(chan error, 2)}
	if err := srv.build(ctx); err != nil {
		return nil, errors.Join(err, listener.Close(), h.close())
	}
	srv.run()
	return srv, nil
}

// listen claims the address before the store is touched: a second server
// should not get as far as the first one's lock.
func listen(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		return listener, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, &failure{exitListen, "cannot listen on " + address, "the port is in use by another program",
			"stop that program, or choose another address with --listen"}
	case errors.Is(err, syscall.EACCES):
		return nil, &failure{exitListen, "cannot listen on " + address, "this user may not use that port",
			"choose a port above 1023 with --listen, or give the binary cap_net_bind_service"}
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, &failure{exitListen, "cannot listen on " + address, "this machine does not have that address",
			"use 127.0.0.1, 0.0.0.0 or one of this machine's addresses with --listen"}
	}
	return nil, &failure{exitListen, "cannot listen on " + address, oneLine(err.Error()), "check the listen setting"}
}

// knowURL derives the public URL from the address where nobody gave one.
func (s *settings) knowURL(listener net.Listener) {
	s.PublicURL = strings.TrimSuffix(s.PublicURL, "/")
	if s.PublicURL != "" {
		return
	}
	s.origin["public_url"] = "listen"
	s.PublicURL = urlOf(listener.Addr().String())
	if s.TLS.On() {
		s.PublicURL = strings.Replace(s.PublicURL, "http://", "https://", 1)
	}
}

// urlOf answers the URL of an address that is listened on; where that is every
// address, this machine's.
func urlOf(address string) string {
	at, err := netip.ParseAddrPort(address)
	if err != nil || at.Addr().IsUnspecified() {
		_, port, _ := net.SplitHostPort(address)
		return "http://127.0.0.1:" + port
	}
	return "http://" + at.String()
}

// build applies the configuration and puts the front ends together.
func (srv *server) build(ctx context.Context) error {
	if err := srv.openTransports(srv.settings); err != nil {
		return err
	}
	if err := srv.applyFile(ctx, srv.settings); err != nil {
		return err
	}
	if err := srv.findSetup(ctx); err != nil {
		return err
	}
	deps := web.Deps{
		Identity: srv.core, OAuth: srv.provider, DefaultPool: srv.first, PublicURL: srv.base,
		Hosts: srv.settings.hosts(), TrustedProxies: networks(srv.settings.TrustedProxies), MetricsFrom: networks(srv.settings.MetricsFrom),
		ClientCertificateHeader: srv.settings.ClientCertificateHeader,
		ThemeFiles:              srv.files, Ready: srv.ready, Log: srv.log, Now: time.Now,
	}
	deps.Federation = web.NewFederation(srv.types, srv.upstream)
	if srv.setup != nil {
		deps.Setup = srv.setup
	}
	w, err := web.New(deps)
	if err != nil {
		return usage(oneLine(err.Error()), "correct it in the configuration")
	}
	w.Add(hosted.Routes()...)
	w.Add(oidc.Routes()...)
	w.Add(account.Routes()...)
	w.Add(srv.api().Routes()...)
	srv.web, srv.http = w, w.HTTP()
	srv.http.Handler = srv.lastAnswers(w)
	if err := srv.secure(); err != nil {
		return err
	}
	srv.sender.Compose = &mail.Composer{
		Settings: &identity.Settings{Core: srv.core}, URL: w.URL, Senders: srv.senders, Log: srv.log,
	}
	return nil
}

var errDraining = errors.New("shutting down")

// ready is false from the first sign of the end, so that load balancers stop sending.
func (srv *server) ready(ctx context.Context) error {
	if srv.draining.Load() {
		return errDraining
	}
	return ready(srv.store)(ctx)
}

// lastAnswers closes each connection with its answer once the end is near, so
// that no client sends into one that is about to go. SetKeepAlivesEnabled
// would cut idle connections on which a request may be on its way.
func (srv *server) lastAnswers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if srv.draining.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, req)
	})
}

func networks(texts []string) []netip.Prefix {
	var out []netip.Prefix
	for _, text := range texts {
		if network, err := config.Network(text); err == nil { // checked with the configuration
			out = append(out, network)
		}
	}
	return out
}

// run starts answering and the work in the background.
func (srv *server) run() {
	ctx, cancel := context.WithCancel(context.Background())
	srv.stop = cancel
	wake := srv.sender.Wake
	srv.wake.Store(&wake)
	srv.background(func() { srv.send(ctx) })
	srv.background(func() { srv.chores(ctx) })
	srv.background(func() { srv.imports(ctx) })
	srv.openSocket()
	go func() {
		if err := srv.answer(limited(srv.listener, openFiles())); !errors.Is(err, http.ErrServerClosed) {
			srv.failed <- err
		}
	}()
}

// send runs the outbox until ctx ends.
func (srv *server) send(ctx context.Context) {
	if err := srv.sender.Run(ctx); err != nil && ctx.Err() == nil {
		srv.log.Error("the outbox does not run; messages wait until the next start", "error", err)
	}
}

func (srv *server) background(work func()) {
	srv.working.Add(1)
	go func() {
		defer srv.working.Done()
		work()
	}()
}

// openSocket serves the administrator's operations to this user alone: the
// socket is made with mode 0600 in a folder with mode 0700.
func (srv *server) openSocket() {
	path := folder(srv.settings.Data).socket()
	// The store's lock, or for PostgreSQL the dial, tells whether another
	// server answers there; what remains is left over from one that was killed.
	if alive(path) {
		srv.log.Warn("another server answers on the admin socket; commands go to that one", "socket", path)
		return
	}
	_ = os.Remove(path)
	listener, err := net.Listen("unix", path)
	if err == nil {
		err = os.Chmod(path, 0o600)
	}
	if err != nil {
		srv.log.Warn("no admin socket; commands cannot reach this server", "socket", path, "error", err,
			"fix", "choose a data folder with a shorter path on a local file system")
		return
	}
	srv.socket = &http.Server{Handler: srv.adminAs(atTerminal), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: time.Minute}
	go func() { _ = srv.socket.Serve(listener) }()
}

// serveUntil waits for the end of ctx and then stops: no longer ready, what is
// in flight finished, the outbox put down where it is, the store closed.
func (srv *server) serveUntil(ctx context.Context) error {
	var failed error
	select {
	case <-ctx.Done():
	case failed = <-srv.failed:
	}
	return errors.Join(failed, srv.shutdown())
}

// drainTime is how long /readyz says no before the listener closes, and
// finishTime how long requests in flight may take after that.
const (
	drainTime  = 300 * time.Millisecond
	finishTime = 25 * time.Second
)

func (srv *server) shutdown() error {
	srv.draining.Store(true)
	time.Sleep(drainTime)
	ctx, cancel := context.WithTimeout(context.Background(), finishTime)
	defer cancel()
	err := srv.http.Shutdown(ctx)
	if srv.socket != nil {
		err = errors.Join(err, srv.socket.Shutdown(ctx))
	}
	srv.stop()
	srv.working.Wait()
	err = errors.Join(err, srv.sender.Email.Close(), srv.sender.SMS.Close(), srv.close())
	srv.log.Info("stopped")
	return err
}

// announce says where everything is, in a few lines.
func (srv *server) announce(w interface{ Write([]byte) (int, error) }) {
	data, err := filepath.Abs(srv.settings.Data)
	if err != nil {
		data = srv.settings.Data
	}
	if srv.settings.Storage != "" {
		data += " (users are in PostgreSQL)"
	}
	lines := []string{
		"Poolhouse " + versionText(),
		"  Sign-in    " + srv.base + "/login",
		"  Account    " + srv.base + "/account",
		"  Discovery  " + srv.base + "/.well-known/openid-configuration",
		"  Data       " + data,
		"  E-mail     " + srv.sender.Email.String(),
	}
	if srv.setup != nil {
		lines = append(lines, "  Set-up     "+srv.base+"/setup?token="+srv.setup.token, "             Open it to make the first user. It works once, until the server stops.")
	}
	fmt.Fprintln(w, strings.Join(lines, "\n"))
	srv.warn()
}

// warn says once, at the start, what an operator should know.
func (srv *server) warn() {
	if !srv.settings.rateLimits() {
		srv.log.Warn("RATE LIMITS ARE OFF: passwords and codes can be guessed; for test rigs only", "fix", "remove rate_limits: off")
	}
	if srv.settings.origin["public_url"] == "listen" && !strings.HasPrefix(srv.settings.Listen, "127.") && !strings.HasPrefix(srv.settings.Listen, "localhost") {
		srv.log.Warn("public_url is not set: links lead to "+srv.base+", which only this machine can open", "fix", "set public_url to the address people type")
	}
	srv.warnOfPools()
	if strings.HasPrefix(srv.base, "http://") && !loopback(srv.base) {
		srv.log.Warn("public_url is plain http: passwords and cookies travel unprotected", "fix", "put a TLS proxy in front and set public_url: https://...")
	}
}

// warnOfPools names the pools that nobody can sign in to, as passkeys are their
// only way in and browsers make none for this host; pools of the store whose
// settings do not fit the URL, which the file knows nothing of; and settings that
// do nothing.
func (srv *server) warnOfPools() {
	pools, err := (&identity.Settings{Core: srv.core}).Pools(context.Background())
	if err != nil {
		return // whoever needs the store says so
	}
	for i := range pools {
		srv.warnOfIdle(&pools[i])
		srv.warnOfCertificates(&pools[i])
		if err := identity.ValidateSite(&pools[i], srv.base); err != nil {
			srv.log.Warn("the pool "+string(pools[i].ID)+" does not fit public_url: "+oneLine(err.Error()), "fix", "correct the pool, or set public_url back")
		}
		if pools[i].OnlyPasskeys() && !identity.CanHavePasskeys(&pools[i], srv.base) {
			srv.log.Warn("nobody can sign in to the pool "+string(pools[i].ID)+": passkeys are its only way in, and browsers make none for "+srv.base,
				"fix", "set public_url to https and a host name, or http://localhost; or add a way in to allowed_first_auth_factors")
		}
	}
}
