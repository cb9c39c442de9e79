package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"poolhouse.dev/cmd/poolhouse/config"
	"poolhouse.dev/cmd/poolhouse/dev"
	"poolhouse.dev/identity"
	"poolhouse.dev/views/demo"
	"poolhouse.dev/web"
	"poolhouse.dev/web/cognito"
)

// The seeded user. The server listens on this machine alone and says the
// password aloud, so a fixed one can be kept by a password manager.
const (
	demoUser     = "ann@example.test"
	demoPassword = "swim before breakfast"
	demoClient   = "demo"
)

func (a *app) devCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "dev", Short: "Try it: a pool, a demo app and a mailbox, nothing to configure", Args: none,
		Long: "Starts a server with a pool, a user, a demo app that signs in over OpenID Connect,\n" +
			"a mailbox that catches every e-mail and text message, and two pretend identity\n" +
			"providers, of OpenID Connect and of SAML, where anybody can be anybody. Everything\n" +
			"is in memory and gone when it stops, unless --data names a folder.",
		Example: "poolhouse dev", Annotations: map[string]string{"serves": "yes"},
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runDev(cmd) },
	}
	flags := cmd.Flags()
	flags.String("listen", "", "`ADDRESS` of the server (default 127.0.0.1:8080, or a free port)")
	flags.String("demo-listen", "", "`ADDRESS` of demo app and mailbox (default 127.0.0.1:9000, or a free port)")
	flags.String("pretend-listen", "", "`ADDRESS` of the pretend identity providers (default 127.0.0.1:9001, or a free port)")
	flags.String("triggers", "", "`FOLDER` of handlers, each named for its trigger, such as pre_sign_up.ts; a change counts at once")
	flags.String("log-level", "warn", "`LEVEL`: debug, info, warn, error")
	return cmd
}

func (a *app) runDev(cmd *cobra.Command) error {
	s, how, cleanup, err := a.devSettings(cmd)
	if err != nil {
		return err
	}
	defer cleanup()
	address, _ := cmd.Flags().GetString("demo-listen")
	apps, err := listenNear(address, "127.0.0.1:9000")
	if err != nil {
		return err
	}
	pretendAt, _ := cmd.Flags().GetString("pretend-listen")
	others, err := listenNear(pretendAt, "127.0.0.1:9001")
	if err != nil {
		return errors.Join(err, apps.Close())
	}
	appURL, othersURL := "http://"+apps.Addr().String(), "http://"+others.Addr().String()
	box := &dev.Mailbox{URL: appURL + "/mailbox", HomeURL: "/"}
	s.Pools, s.box, s.Outgoing.AllowNetworks, s.watch = devPools(appURL, othersURL), box, loopbacks, true
	srv, err := (*server)(nil), attachHandlers(cmd, s)
	if err == nil {
		srv, err = a.startServer(cmd.Context(), s, how)
	}
	if err != nil {
		return errors.Join(err, apps.Close(), others.Close())
	}
	demoApp, err := srv.serveDemo(apps, appURL, box)
	if err != nil {
		return errors.Join(err, apps.Close(), others.Close(), srv.shutdown())
	}
	pretended := srv.servePretend(others, othersURL)
	replaced := s.origin["listen"] == "" && !strings.HasSuffix(srv.base, ":8080") || address == "" && !strings.HasSuffix(appURL, ":9000")
	a.announceDev(srv, appURL, othersURL, replaced)
	failed := srv.serveUntil(cmd.Context())
	return errors.Join(failed, demoApp.Close(), pretended.Close())
}

// devSettings are the settings of a server that needs no file. Without --data
// the folder is a temporary one, which holds the admin socket alone.
func (a *app) devSettings(cmd *cobra.Command) (*settings, opening, func(), error) {
	s := &settings{origin: map[string]string{}}
	a.override(cmd, s)
	s.LogLevel, _ = cmd.Flags().GetString("log-level")
	how, cleanup := orNew, func() {}
	if s.Data == "" {
		temporary, err := os.MkdirTemp("", "poolhouse-dev-")
		if err != nil {
			return nil, how, cleanup, folder(os.TempDir()).cannot("write in", err)
		}
		s.Data, how, cleanup = temporary, inMemory, func() { _ = os.RemoveAll(temporary) }
	}
	address, err := listenNear(s.Listen, "127.0.0.1:8080")
	if err != nil {
		cleanup()
		return nil, how, cleanup, err
	}
	s.opened, s.Listen = address, address.Addr().String()
	s.defaults()
	s.onLocalhost()
	if err := config.CheckServer(&s.File, nil, s.origin); err != nil {
		cleanup()
		return nil, how, cleanup, errors.Join(err, address.Close())
	}
	return s, how, cleanup, nil
}

// onLocalhost gives the server a name where it has but an address of this
// machine: no browser keeps a passkey for an address (WebAuthn Level 3 §5.1.2).
// The address itself is answered too.
func (s *settings) onLocalhost() {
	at, err := netip.ParseAddrPort(s.Listen)
	if err != nil || s.PublicURL != "" || !at.Addr().IsLoopback() && !at.Addr().IsUnspecified() {
		return
	}
	s.PublicURL = "http://localhost:" + strconv.Itoa(int(at.Port()))
	s.Hosts = append(s.Hosts, strings.TrimPrefix(urlOf(s.Listen), "http://"))
}

// listenNear listens where it was told to, or at the usual address, or when
// that is taken at any free port beside it.
func listenNear(wanted, usual string) (net.Listener, error) {
	if wanted != "" {
		return listen(wanted)
	}
	listener, err := net.Listen("tcp", usual)
	if errors.Is(err, syscall.EADDRINUSE) {
		host, _, _ := net.SplitHostPort(usual)
		return listen(net.JoinHostPort(host, "0"))
	}
	if err != nil {
		return listen(usual)
	}
	return listener, nil
}

func devPools(appURL, othersURL string) []cognito.PoolSettings {
	pools := config.DefaultPools()
	pools[0].Name = "Poolhouse Demo"
	pools[0].Groups = []cognito.GroupSettings{{Name: "staff", Description: "People who work here"}}
	pools[0].Clients = []cognito.ClientSettings{{Client: identity.Client{
		PoolID: pools[0].ID, ID: demoClient, Name: "Demo app",
		CallbackURLs: []string{appURL + "/callback"}, LogoutURLs: []string{appURL + "/"},
		IdentityProviders: []string{"COGNITO", pretendOIDC, pretendSAML},
	}}}
	pools[0].Providers = pretendProviders(othersURL)
	pools[0].Users = []cognito.UserSettings{{
		Username: demoUser, Password: demoPassword, Groups: []string{"staff"},
		Attributes: map[string]string{"email": demoUser, "email_verified": "true", "name": "Ann Example"},
	}}
	return pools
}

// serveDemo serves the demo app and the mailbox from a server of their own:
// another origin, as any app has.
func (srv *server) serveDemo(listener net.Listener, appURL string, box *dev.Mailbox) (*http.Server, error) {
	app := &dev.App{
		Issuer: srv.base, URL: appURL, ClientID: demoClient, MailboxURL: "/mailbox",
		Users: []demo.User{{Name: demoUser, Password: demoPassword}},
	}
	pages, err := web.New(web.Deps{
		Identity: srv.core, OAuth: srv.provider, DefaultPool: srv.first, PublicURL: appURL, Log: srv.log, Now: time.Now,
	})
	if err != nil {
		return nil, err
	}
	pages.Add(app.Routes()...)
	pages.Add(box.Routes()...)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /mailbox/html", box.HTML)
	mux.Handle("/", pages)
	server := pages.HTTP()
	server.Handler = mux
	go func() { _ = server.Serve(listener) }()
	return server, nil
}

func (a *app) announceDev(srv *server, appURL, othersURL string, replaced bool) {
	lines := []string{
		"Poolhouse " + versionText() + " for trying out",
		"",
		"  Demo app   " + appURL + "/            start here: sign in, or sign up",
		"  Mailbox    " + appURL + "/mailbox     every e-mail and text message",
		"  Pretend    " + othersURL + "/            two identity providers: be anybody",
		"  User       " + demoUser + "   password: " + demoPassword,
		"  Sign-in    " + srv.base + "/login",
		"  Account    " + srv.base + "/account",
		"  Discovery  " + srv.base + "/.well-known/openid-configuration",
		"  Commands   poolhouse user list --data " + srv.settings.Data,
		"             poolhouse idp test " + pretendOIDC + " --data " + srv.settings.Data,
	}
	if len(srv.settings.Pools[0].LambdaConfig.Attached()) > 0 {
		lines = append(lines, "             poolhouse trigger test NAME --event FILE --data "+srv.settings.Data)
	}
	if replaced {
		lines = append(lines, "  Ports 8080 and 9000 are the usual ones; what was taken was replaced by a free one.")
	}
	fmt.Fprintln(a.out, strings.Join(append(lines, "", "Ctrl-C stops it."), "\n"))
}
