package main

import (
	"context"

	"poolhouse.dev/identity"
)

// idle is a setting of a pool that does nothing without another.
type idle struct {
	set, have func(*server, *identity.Pool) bool
	name, fix string
}

var idles = []idle{
	{
		func(_ *server, p *identity.Pool) bool {
			return p.Risk.AccountTakeover.Actions != identity.RiskActions{}
		},
		func(_ *server, p *identity.Pool) bool { return p.AddOns.AdvancedSecurityMode == "ENFORCED" },
		"account_takeover_risk_configuration", "set user_pool_add_ons.advanced_security_mode: ENFORCED",
	},
	{
		func(_ *server, p *identity.Pool) bool {
			return len(p.Risk.Compromised.EventFilter) > 0 || p.Risk.Compromised.Actions.SignInAction != ""
		},
		func(srv *server, _ *identity.Pool) bool { return srv.core.Breached != nil },
		"event_filter", "name a list in breached_passwords",
	},
	{
		func(_ *server, p *identity.Pool) bool { return p.DisposableAddresses == "refuse" },
		func(srv *server, _ *identity.Pool) bool { return srv.core.Disposable != nil },
		"disposable_email_addresses: refuse", "name a list in disposable_domains",
	},
	{
		func(_ *server, p *identity.Pool) bool {
			return p.Devices != nil && p.Devices.DeviceOnlyRememberedOnUserPrompt
		},
		func(_ *server, p *identity.Pool) bool { return p.Devices.ChallengeRequiredOnNewDevice },
		"device_only_remembered_on_user_prompt", "set device_configuration.challenge_required_on_new_device: true",
	},
}

// warnOfIdle names settings that somebody counts on in vain.
func (srv *server) warnOfIdle(p *identity.Pool) {
	for _, i := range idles {
		if i.set(srv, p) && !i.have(srv, p) {
			srv.log.Warn(i.name+" does nothing in the pool "+string(p.ID), "fix", i.fix)
		}
	}
}

// warnOfCertificates names clients of the store that can never prove themselves here.
func (srv *server) warnOfCertificates(p *identity.Pool) {
	clients, err := (&identity.Settings{Core: srv.core}).Clients(context.Background(), p.ID)
	if err != nil {
		return // whoever needs the store says so
	}
	for i := range clients {
		if field, why, fix := srv.settings.IdleCertificate(&clients[i]); why != "" {
			srv.log.Warn(field+" of the client "+string(clients[i].ID)+" in the pool "+string(p.ID)+" cannot be met: "+why, "fix", fix)
		}
	}
}
