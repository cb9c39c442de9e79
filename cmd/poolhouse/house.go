package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"poolhouse.dev/cmd/poolhouse/config"
	"poolhouse.dev/federation"
	"poolhouse.dev/identity"
	"poolhouse.dev/identity/export"
	"poolhouse.dev/identity/fetch"
	"poolhouse.dev/identity/message"
	"poolhouse.dev/identity/password"
	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/oauth"
	"poolhouse.dev/oauth/keys"
	"poolhouse.dev/oauth/keyset"
	"poolhouse.dev/storage"
	"poolhouse.dev/web"
	"poolhouse.dev/web/cognito"
)

// house is the opened store with everything that works on it.
type house struct {
	store    storage.Store
	core     *identity.Core
	ring     *keys.Ring
	provider *oauth.Provider
	sender   *message.Sender
	senders  message.Senders // who mails of pools may come from
	files    *cognito.ThemeFiles
	// accessKeys open the API on the public listener.
	accessKeys *identity.AccessKeys
	triggers   *trigger.Dispatcher
	exports    *export.Targets
	lookups    *lookups
	types      federation.Types // of identity providers
	upstream   federation.Deps  // what they are asked with
	log        *slog.Logger

	// base is the public URL once it is known, and first the pool that answers
	// at its root.
	base  string
	first identity.PoolID
	wake  atomic.Pointer[func()]
	begun chan struct{} // an import was started
}

// openHouse opens the store and puts the core together. Nothing runs yet.
func (a *app) openHouse(ctx context.Context, s *settings, how opening) (*house, error) {
	store, sealer, err := a.openStore(ctx, s, how)
	if err != nil {
		return nil, err
	}
	h := &house{store: store, log: newLogger(a.errs, s.Log, s.LogLevel, a.env), base: strings.TrimSuffix(s.PublicURL, "/"), first: s.Pools[0].ID, begun: make(chan struct{}, 1)}
	if h.lookups, err = openLookups(s, h.log); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	h.core = &identity.Core{
		Store: store, Sealer: sealer, Passwords: password.NewHasher(password.Options{}), Now: time.Now, PublicURL: h.base, Hosts: s.hosts(),
		RateLimits: s.rateLimits(), Wake: h.wakeSender,
	}
	h.lookups.serve(h.core)
	h.ring = &keys.Ring{Store: store, Sealer: sealer, Now: time.Now}
	h.provider = &oauth.Provider{Identity: h.core, Keys: h.ring, ClientKeys: keyset.New(s.ProviderFetcher(), time.Now), Issuer: h.issuer, Now: time.Now, Logger: h.log}
	h.core.SessionEnded, h.core.SessionExpired, h.core.SignedOut = h.provider.EndSession, h.provider.ExpireSession, h.provider.EndPerson
	h.core.ClientDeleted, h.core.PoolDeleted = h.provider.EndClient, h.ring.Forget
	h.senders = message.NewSenders(s.Email.From, s.Email.AllowedSenders)
	h.types = config.ProviderTypes(web.SAMLOptions(h.core))
	h.upstream = federation.Deps{Client: s.ProviderFetcher(), Now: time.Now, Log: h.log, Cache: fetch.NewCache(0)}
	h.files = &cognito.ThemeFiles{Store: store}
	h.accessKeys = &identity.AccessKeys{Core: h.core}
	h.accessKeys.UseFile(s.FileKeys())
	h.triggers = newTriggers(s, store, h.log)
	h.core.Triggers = h.triggers
	h.exports = export.New(s.AppFetcher(), time.Now)
	h.exports.Use(s.LogTargets())
	h.core.LogLeads = h.exports.Leads
	h.sender = &message.Sender{
		Store: store, Sealer: sealer, Now: time.Now, Log: h.log, Alone: s.Storage == "",
		App: message.OpenApp(s.AppFetcher()), ComposeApp: oauth.Calls{Provider: h.provider}, Logs: h.exports, Undelivered: h.core.ExportUndelivered, Other: h.core.SendByTrigger,
	}
	return h, nil
}

// wakeSender tells the outbox that there is something to send; without a
// running sender the message waits in the store.
func (h *house) wakeSender() {
	if wake := h.wake.Load(); wake != nil {
		(*wake)()
	}
}

// issuer is a pool's base URL: the first pool answers at the root.
func (h *house) issuer(pool identity.PoolID) string {
	if pool == h.first {
		return h.base
	}
	return h.base + "/" + string(pool)
}

// api serves the operations of the API.
func (h *house) api() *cognito.Handler {
	return &cognito.Handler{
		Admin: &identity.Admin{Core: h.core}, Settings: &identity.Settings{Core: h.core}, Sessions: &identity.Sessions{Core: h.core},
		Accounts: &identity.Accounts{Core: h.core}, SignIn: &identity.SignIn{Core: h.core}, Factors: &identity.Factors{Core: h.core},
		Devices: &identity.Devices{Core: h.core}, History: &identity.History{Core: h.core}, Imports: &identity.Imports{Core: h.core}, Started: h.startImports, OAuth: h.provider, AccessKeys: h.accessKeys,
		Files: h.files, Keys: h.ring, Outbox: h.sender, Senders: h.senders, Apps: h.provider, Triggers: h.triggers, First: h.first, Providers: h.types, Upstream: h.upstream, URL: h.issuer, Log: h.log, Now: time.Now,
	}
}

// adminAs is the API for whoever owns this server, without keys: the audit says
// who acted.
func (h *house) adminAs(actor string) http.Handler {
	handler := h.api()
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		handler.ServeHTTP(w, req.WithContext(cognito.WithCaller(req.Context(), cognito.Caller{Kind: cognito.Owner, Actor: actor})))
	})
}

// atTerminal is who acts when a command does: whoever can open the data folder.
const atTerminal = "cli"

func (h *house) close() error {
	return errors.Join(h.triggers.Runs.Close(), h.store.Close(), h.lookups.close())
}

// openTransports opens what carries messages; nothing is connected yet, so that
// a mail server that is down does not keep the house from starting.
func (h *house) openTransports(s *settings) error {
	if s.box != nil {
		h.sender.Email, h.sender.SMS = s.box.Email(), s.box.SMS()
		return nil
	}
	var err error
	if h.sender.Email, err = message.OpenEmail(s.Email.Transport, s.Email.From); err != nil {
		return usage("email.transport: "+oneLine(err.Error()), "write file:FOLDER, log, or smtp://user:password@host:587")
	}
	if h.sender.SMS, err = message.OpenSMS(s.SMS.Transport); err != nil {
		return errors.Join(usage("sms.transport: "+oneLine(err.Error()), "write file:FOLDER, log, or https://..."), h.sender.Email.Close())
	}
	return nil
}
