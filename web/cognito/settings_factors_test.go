package cognito

import (
	"strings"
	"testing"

	"poolhouse.dev/identity"
)

// demanding is a pool whose client and group demand a second factor.
func demanding() PoolSettings {
	p := PoolSettings{Pool: identity.Pool{ID: pool, Name: "Acme", UsernameAttributes: []string{"email"}, MFAConfiguration: "OPTIONAL"}}
	p.Groups = []GroupSettings{{Name: "staff", MFA: "ON"}}
	p.Clients = []ClientSettings{{Client: identity.Client{ID: "web", Name: "web", MFAConfiguration: "ON", AllowedFirstFactors: []identity.Factor{"PASSWORD"}}}}
	return p
}

func (s *rig) applies(p PoolSettings) []Change {
	s.Helper()
	var out ApplySettingsResponse
	s.calls(AdminTarget+"ApplySettings", ApplySettingsRequest{Pools: []PoolSettings{p}}, &out)
	return out.Changes
}

func TestSettingsOfFactorsAreAppliedOnce(t *testing.T) {
	s := start(t)
	p := demanding()
	on := true
	p.EmailMFA.Enabled, p.WebAuthn.UserVerification, p.Devices = &on, "preferred", &identity.DeviceConfiguration{ChallengeRequiredOnNewDevice: true}
	p.Risk.AccountTakeover.Actions.High = identity.RiskAction{EventAction: "BLOCK", Notify: true}
	p.Risk.Exceptions.Blocked = []string{"10.0.0.0/8"}
	p.MessageLimits.SMSCountries, p.AccountDeletion.GraceDays, p.DisposableAddresses = []string{"+49"}, 14, "refuse"
	fields := map[string]bool{}
	for _, c := range s.applies(p) {
		fields[c.Field] = true
	}
	for _, want := range []string{
		"mfa_configuration", "email_mfa_configuration", "web_authn_configuration", "device_configuration", "risk_configuration", "message_limits",
		"account_deletion", "disposable_email_addresses",
	} {
		if !fields[want] {
			t.Errorf("%s is not among the changes %v", want, fields)
		}
	}
	if again := s.applies(p); len(again) > 0 {
		t.Errorf("applied twice it changes %+v", again)
	}
}

func TestSecondFactorsAreSwitchedOffInOneFile(t *testing.T) {
	s := start(t)
	s.applies(demanding())
	off := demanding()
	off.MFAConfiguration, off.Groups[0].MFA, off.Clients[0].MFAConfiguration = "", "", ""
	if changes := s.applies(off); len(changes) != 3 {
		t.Errorf("changes %+v", changes)
	}
	if again := s.applies(off); len(again) > 0 {
		t.Errorf("applied twice it changes %+v", again)
	}
}

func TestSecondFactorsAreNotSwitchedOffUnderAGroupThatDemandsThem(t *testing.T) {
	s := start(t)
	s.applies(demanding())
	off := PoolSettings{Pool: demanding().Pool}
	off.MFAConfiguration = "OFF"
	status, _, body := s.says(AdminTarget+"ApplySettings", encode(t, ApplySettingsRequest{Pools: []PoolSettings{off}}))
	if status != 400 || !strings.Contains(body, "cannot be OFF while the client web demands a second factor") {
		t.Errorf("%d %s", status, body)
	}
}
