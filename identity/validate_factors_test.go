package identity

import (
	"context"
	"slices"
	"strings"
	"testing"
)

// passkeysAlone is the sign-in policy of a pool without passwords.
func passkeysAlone(p *Pool) {
	p.Policies.SignInPolicy.AllowedFirstAuthFactors = []Factor{FactorPasskey}
}

func TestFactorsOfAPoolAreHeldAgainstTheirBounds(t *testing.T) {
	const aaguid = "ee882879-721c-4913-9775-3dfcce97072a"
	for field, sets := range map[string][]func(*Pool){
		"mfa_configuration": {func(p *Pool) { p.MFAConfiguration = "SOMETIMES" }},
		"policies.sign_in_policy.allowed_first_auth_factors": {
			func(p *Pool) { p.Policies.SignInPolicy.AllowedFirstAuthFactors = []Factor{"PASSWORD_SRP"} },
			func(p *Pool) { p.Policies.SignInPolicy.AllowedFirstAuthFactors = []Factor{FactorTOTP} },
			func(p *Pool) {
				p.Policies.SignInPolicy.AllowedFirstAuthFactors = []Factor{FactorPassword, FactorPassword}
			},
		},
		"account_recovery_setting.recovery_mechanisms": {func(p *Pool) {
			passkeysAlone(p)
			p.AccountRecovery.RecoveryMechanisms = []RecoveryMechanism{{"admin_only", 1}}
		}},
		"web_authn_configuration.relying_party_id": {
			func(p *Pool) { p.WebAuthn.RelyingPartyID = "127.0.0.1" },
			func(p *Pool) { p.WebAuthn.RelyingPartyID = "https://example.test" },
			func(p *Pool) { p.WebAuthn.RelyingPartyID = "example.test:8443" },
			func(p *Pool) { p.WebAuthn.RelyingPartyID = "Example.test" },
		},
		"web_authn_configuration.user_verification":    {func(p *Pool) { p.WebAuthn.UserVerification = "discouraged" }},
		"web_authn_configuration.factor_configuration": {func(p *Pool) { p.WebAuthn.FactorConfiguration = "TWO" }},
		"web_authn_configuration.attestation":          {func(p *Pool) { p.WebAuthn.Attestation = "enterprise" }},
		"web_authn_configuration.allowed_aaguids": {
			func(p *Pool) { p.WebAuthn.AllowedAAGUIDs = []string{aaguid} },
			func(p *Pool) { p.WebAuthn.Attestation, p.WebAuthn.AllowedAAGUIDs = "direct", []string{"YubiKey"} },
			func(p *Pool) {
				p.WebAuthn.Attestation, p.WebAuthn.AllowedAAGUIDs = "direct", []string{"urn:uuid:" + aaguid}
			},
			func(p *Pool) {
				p.WebAuthn.Attestation, p.WebAuthn.AllowedAAGUIDs = "direct", []string{aaguid, strings.ToUpper(aaguid)}
			},
		},
		"web_authn_configuration.related_origins": {
			func(p *Pool) { p.WebAuthn.RelatedOrigins = []string{"http://shop.test"} },
			func(p *Pool) { p.WebAuthn.RelatedOrigins = []string{"https://shop.test/"} },
			func(p *Pool) { p.WebAuthn.RelatedOrigins = []string{"https://shop.test:443"} },
			func(p *Pool) { p.WebAuthn.RelatedOrigins = []string{"https://ann@shop.test"} },
			func(p *Pool) { p.WebAuthn.RelatedOrigins = []string{"https://10.0.0.1"} },
			func(p *Pool) { p.WebAuthn.RelatedOrigins = []string{"shop.test"} },
			func(p *Pool) { p.WebAuthn.RelatedOrigins = []string{"https://a.test", "https://a.test"} },
			func(p *Pool) {
				p.WebAuthn.RelatedOrigins = []string{"https://a.test", "https://b.test", "https://c.test", "https://d.test", "https://e.test", "https://f.test"}
			},
		},
	} {
		for _, set := range sets {
			p := Pool{ID: "local_main", Name: "Main"}
			set(&p)
			breaks(t, ValidatePool(&p), field)
		}
	}
}

func TestEveryGoodSettingOfFactorsIsTaken(t *testing.T) {
	p := Pool{ID: "local_main", Name: "Main", MFAConfiguration: "ON"}
	p.Policies.SignInPolicy.AllowedFirstAuthFactors = []Factor{FactorPassword, FactorEmailCode, FactorSMSCode, FactorPasskey}
	p.WebAuthn = WebAuthnConfiguration{
		RelyingPartyID: "example.test", UserVerification: "preferred", FactorConfiguration: "SINGLE_FACTOR", Attestation: "direct",
		AllowedAAGUIDs: []string{"ee882879-721c-4913-9775-3dfcce97072a"},
		// One registrable name under six suffixes counts once.
		RelatedOrigins: []string{
			"https://shop.test", "https://shop.de", "https://www.shop.co.uk", "https://shop.fr:8443", "https://shop.at", "https://shop.ch",
			"http://localhost:9000", "https://other.test",
		},
	}
	if err := ValidatePool(&p); err != nil {
		t.Error(err)
	}
	alone := Pool{ID: "local_main", Name: "Main"}
	passkeysAlone(&alone)
	if err := ValidatePool(&alone); err != nil {
		t.Error(err)
	}
}

func TestAPoolIsHeldAgainstItsPublicURL(t *testing.T) {
	id := func(id string) func(*Pool) { return func(p *Pool) { p.WebAuthn.RelyingPartyID = id } }
	off, on := false, true
	// codesOnly demands a second factor, has no authenticator app, and mails codes.
	codesOnly := func(firsts ...Factor) func(*Pool) {
		return func(p *Pool) {
			p.MFAConfiguration, p.SoftwareTokenMFA.Enabled, p.EmailMFA.Enabled = "ON", &off, &on
			p.Policies.SignInPolicy.AllowedFirstAuthFactors = firsts
		}
	}
	for name, c := range map[string]struct {
		url   string
		set   func(*Pool)
		field string
	}{
		"the host itself":                       {"https://login.example.com", id("login.example.com"), ""},
		"a name above it":                       {"https://login.example.com", id("example.com"), ""},
		"a name beside it":                      {"https://login.example.com", id("app.example.com"), "web_authn_configuration.relying_party_id"},
		"a name below it":                       {"https://example.com", id("login.example.com"), "web_authn_configuration.relying_party_id"},
		"a name that only ends alike":           {"https://badexample.com", id("example.com"), "web_authn_configuration.relying_party_id"},
		"a public suffix":                       {"https://example.co.uk", id("co.uk"), "web_authn_configuration.relying_party_id"},
		"a host that is a public suffix itself": {"http://localhost:8080", id("localhost"), ""},
		"an unknown URL":                        {"", id("anything.test"), ""},
		"an app for everybody":                  {"http://127.0.0.1", func(p *Pool) { p.MFAConfiguration = "ON" }, ""},
		"codes beside the password":             {"http://127.0.0.1", codesOnly(), ""},
		"codes to the mailbox that let one in":  {"http://127.0.0.1", codesOnly(FactorEmailCode), "mfa_configuration"},
		"the same where passkeys can be made":   {"https://login.example.com", codesOnly(FactorEmailCode), ""},
		"the same with a phone as another way":  {"http://127.0.0.1", codesOnly(FactorEmailCode, FactorSMSCode), ""},
		"nothing at all": {"http://127.0.0.1", func(p *Pool) {
			p.MFAConfiguration, p.SoftwareTokenMFA.Enabled = "ON", &off
		}, "mfa_configuration"},
		"nothing at all, where it is a choice": {"http://127.0.0.1", func(p *Pool) {
			p.MFAConfiguration, p.SoftwareTokenMFA.Enabled = "OPTIONAL", &off
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := Pool{ID: "local_main", Name: "Main"}
			c.set(&p)
			err := ValidateSite(&p, c.url)
			if c.field == "" && err != nil {
				t.Error(err)
			}
			if c.field != "" {
				breaks(t, err, c.field)
			}
		})
	}
}

func TestWhereAPoolOfPasskeysCannotWork(t *testing.T) {
	for url, want := range map[string]bool{
		"https://login.example.com": true, "http://localhost:8080": true, "http://127.0.0.1:8080": false, "http://login.example.com": false,
		"https://192.0.2.7": false, "": false,
	} {
		p := Pool{ID: "local_main", Name: "Main"}
		if passkeysAlone(&p); CanHavePasskeys(&p, url) != want || !p.OnlyPasskeys() {
			t.Errorf("%q: want %t", url, want)
		}
	}
}

func TestClientsAndGroupsDemandOnlyWhatThePoolHas(t *testing.T) {
	off, optional := Pool{ID: "local_main"}, Pool{ID: "local_main", MFAConfiguration: "OPTIONAL"}
	c, g := Client{PoolID: "local_main", ID: "web", Name: "Web"}, Group{PoolID: "local_main", Name: "staff"}
	for _, demand := range []string{"ON", "OFF", "OPTIONAL"} {
		c.MFAConfiguration, g.MFAConfiguration = demand, demand
		breaks(t, ValidateClient(&off, &c), "mfa_configuration")
		breaks(t, ValidateGroup(&off, &g), "mfa_configuration")
	}
	c.MFAConfiguration, g.MFAConfiguration = "ON", "ON"
	if err := ValidateClient(&optional, &c); err != nil {
		t.Error(err)
	}
	if err := ValidateGroup(&optional, &g); err != nil {
		t.Error(err)
	}
	c.AllowedFirstFactors = []Factor{"EMAIL"}
	breaks(t, ValidateClient(&optional, &c), "allowed_first_auth_factors")
	c.AllowedFirstFactors = []Factor{FactorPasskey}
	optional.AccountRecovery.RecoveryMechanisms = []RecoveryMechanism{{"admin_only", 1}}
	breaks(t, ValidateClient(&optional, &c), "allowed_first_auth_factors")
}

func TestSecondFactorsStayOnWhileTheyAreDemanded(t *testing.T) {
	k := newKit(t, func(p *Pool) { p.MFAConfiguration = "OPTIONAL" })
	ctx := context.Background()
	admin := &Admin{k.core}
	_, err := admin.CreateGroup(ctx, Group{PoolID: testPool, Name: "staff", MFAConfiguration: "ON"})
	k.ok(err)
	c, err := k.settings().Client(ctx, testPool, testClient)
	k.ok(err)
	c.MFAConfiguration = "ON"
	_, err = k.settings().PutClient(ctx, c)
	k.ok(err)
	p, err := k.settings().Pool(ctx, testPool)
	k.ok(err)
	p.MFAConfiguration = "OFF"
	_, err = k.settings().PutPool(ctx, p)
	breaks(t, err, "mfa_configuration")
	c.MFAConfiguration = ""
	_, err = k.settings().PutClient(ctx, c)
	k.ok(err)
	_, err = k.settings().PutPool(ctx, p)
	breaks(t, err, "mfa_configuration")
	_, err = admin.UpdateGroup(ctx, Group{PoolID: testPool, Name: "staff"})
	k.ok(err)
	_, err = k.settings().PutPool(ctx, p)
	k.ok(err)
	_, err = admin.UpdateGroup(ctx, Group{PoolID: testPool, Name: "staff", MFAConfiguration: "ON"})
	breaks(t, err, "mfa_configuration")
}

func TestRiskAndAbuseSettingsAreHeldAgainstTheirBounds(t *testing.T) {
	const risk = "risk_configuration."
	many := make([]string, maxNetworks+1)
	for i := range many {
		many[i] = "192.0.2.7"
	}
	for field, sets := range map[string][]func(*Pool){
		"user_pool_add_ons.advanced_security_mode": {func(p *Pool) { p.AddOns.AdvancedSecurityMode = "ON" }},
		risk + "account_takeover_risk_configuration.actions.low_action.event_action": {
			func(p *Pool) { p.Risk.AccountTakeover.Actions.Low.EventAction = "ALLOW" },
		},
		risk + "account_takeover_risk_configuration.actions.medium_action.event_action": {
			func(p *Pool) { p.Risk.AccountTakeover.Actions.Medium.EventAction = "MFA" },
		},
		risk + "account_takeover_risk_configuration.actions.high_action.event_action": {
			func(p *Pool) { p.Risk.AccountTakeover.Actions.High.EventAction = "block" },
		},
		risk + "compromised_credentials_risk_configuration.event_filter": {
			func(p *Pool) { p.Risk.Compromised.EventFilter = []string{"SIGN_OUT"} },
			func(p *Pool) { p.Risk.Compromised.EventFilter = []string{"SIGN_IN", "SIGN_IN"} },
		},
		risk + "compromised_credentials_risk_configuration.actions.event_action": {
			func(p *Pool) { p.Risk.Compromised.Actions.EventAction = "MFA_REQUIRED" },
		},
		risk + "risk_exception_configuration.blocked_ip_range_list": {
			func(p *Pool) { p.Risk.Exceptions.Blocked = []string{"somewhere"} },
			func(p *Pool) { p.Risk.Exceptions.Blocked = []string{"10.0.0.0/33"} },
			func(p *Pool) { p.Risk.Exceptions.Blocked = []string{"fe80::1%eth0"} },
			func(p *Pool) { p.Risk.Exceptions.Blocked = []string{"::ffff:0:0/64"} },
			func(p *Pool) { p.Risk.Exceptions.Blocked = many },
		},
		risk + "risk_exception_configuration.skipped_ip_range_list": {
			func(p *Pool) { p.Risk.Exceptions.Skipped = []string{"10.0.0"} },
			func(p *Pool) { p.Risk.Exceptions.Skipped = many },
		},
		"message_limits.email_per_day": {func(p *Pool) { p.MessageLimits.EmailPerDay = -1 }},
		"message_limits.sms_per_day":   {func(p *Pool) { p.MessageLimits.SMSPerDay = -1 }},
		"message_limits.sms_countries": {
			func(p *Pool) { p.MessageLimits.SMSCountries = []string{"49"} },
			func(p *Pool) { p.MessageLimits.SMSCountries = []string{"+0"} },
			func(p *Pool) { p.MessageLimits.SMSCountries = []string{"DE"} },
		},
		"account_deletion.grace_days": {func(p *Pool) { p.AccountDeletion.GraceDays = 91 }, func(p *Pool) { p.AccountDeletion.GraceDays = -1 }},
		"disposable_email_addresses":  {func(p *Pool) { p.DisposableAddresses = "deny" }},
	} {
		for _, set := range sets {
			p := Pool{ID: "local_main", Name: "Main"}
			set(&p)
			breaks(t, ValidatePool(&p), field)
		}
	}
}

func TestNetworksAreWrittenInTheirOwnForm(t *testing.T) {
	p := Pool{ID: "local_main", Name: "Main"}
	p.Risk.Exceptions.Blocked = []string{"10.1.2.3/8", "192.0.2.7", "2001:DB8::1/32", "::ffff:192.0.2.9", "::ffff:192.0.2.9/120", "2001:db8::7"}
	p.MessageLimits.SMSCountries = []string{"+49", "+1876"}
	if err := ValidatePool(&p); err != nil {
		t.Fatal(err)
	}
	want := []string{"10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32", "192.0.2.9/32", "192.0.2.0/24", "2001:db8::7/128"}
	if !slices.Equal(p.Risk.Exceptions.Blocked, want) {
		t.Errorf("written %v, want %v", p.Risk.Exceptions.Blocked, want)
	}
}

func TestAClientsOwnWaysInLeaveRoomForASecondFactor(t *testing.T) {
	off, on := false, true
	p := Pool{ID: "local_main", MFAConfiguration: "OPTIONAL", SoftwareTokenMFA: Switch{&off}, EmailMFA: EmailMFA{Switch: Switch{&on}}}
	c := Client{PoolID: "local_main", ID: "web", Name: "Web", AllowedFirstFactors: []Factor{FactorEmailCode}}
	holds := func(url string, want bool) {
		t.Helper()
		if err := ValidateClientSite(&p, &c, url); (err == nil) != want {
			t.Errorf("under %q: %v", url, err)
		}
	}
	holds("http://127.0.0.1", true) // nothing is demanded
	c.MFAConfiguration = "ON"
	holds("http://127.0.0.1", false)
	holds("https://login.example.com", true) // passkeys are one
	holds("", true)
	c.MFAConfiguration, p.MFAConfiguration = "", "ON"
	holds("http://127.0.0.1", false)
	c.AllowedFirstFactors = []Factor{FactorPassword}
	holds("http://127.0.0.1", true)
	k := newKit(t, func(of *Pool) {
		of.MFAConfiguration, of.SoftwareTokenMFA, of.EmailMFA = "ON", p.SoftwareTokenMFA, p.EmailMFA
	})
	k.core.PublicURL = "http://127.0.0.1:8080"
	_, err := k.settings().PutClient(context.Background(), Client{PoolID: testPool, ID: "mail", Name: "Mail", AllowedFirstFactors: []Factor{FactorEmailCode}})
	breaks(t, err, "allowed_first_auth_factors")
}
