package config

import (
	"encoding/json"
	"strings"
	"testing"

	"poolhouse.dev/identity"
)

// everyFactorSetting sets each key of factors, risk and limits away from its default.
const everyFactorSetting = `public_url: https://login.example.com
pools:
  - id: local_main
    mfa_configuration: ON
    software_token_mfa_configuration: {enabled: false}
    sms_mfa_configuration: {enabled: true}
    email_mfa_configuration: {enabled: true}
    web_authn_configuration: {relying_party_id: example.com, user_verification: preferred, factor_configuration: SINGLE_FACTOR, related_origins: [https://shop.test], attestation: direct, allowed_aaguids: [ee882879-721c-4913-9775-3dfcce97072a]}
    device_configuration: {challenge_required_on_new_device: true, device_only_remembered_on_user_prompt: true}
    user_pool_add_ons: {advanced_security_mode: ENFORCED}
    risk_configuration:
      account_takeover_risk_configuration: {actions: {low_action: {event_action: NO_ACTION, notify: true}, medium_action: {event_action: MFA_IF_CONFIGURED, notify: true}, high_action: {event_action: BLOCK, notify: true}}}
      compromised_credentials_risk_configuration: {event_filter: [SIGN_IN], actions: {event_action: NO_ACTION}}
      risk_exception_configuration: {blocked_ip_range_list: [10.0.0.0/8], skipped_ip_range_list: [192.0.2.0/24]}
    message_limits: {email_per_day: 7, sms_per_day: 3, sms_countries: ["+49"]}
    account_deletion: {grace_days: 14}
    disposable_email_addresses: refuse
    policies: {sign_in_policy: {allowed_first_auth_factors: [PASSWORD, EMAIL_OTP]}}
    account_recovery_setting: {allow_without_mfa: true}
    groups: [{group_name: staff, mfa_configuration: ON}]
    clients: [{client_name: web, mfa_configuration: ON, allowed_first_auth_factors: [WEB_AUTHN], callback_urls: [https://app.example.com/]}]
`

func TestEveryFactorSettingIsReadAsItIsWritten(t *testing.T) {
	parsed, err := load(t, everyFactorSetting)
	if err != nil {
		t.Fatal(err)
	}
	if err := CheckServer(&parsed.File, parsed, nil); err != nil {
		t.Fatal(err)
	}
	pool := parsed.Pools[0]
	if pool.Groups[0].MFA != "ON" || pool.Clients[0].MFAConfiguration != "ON" || pool.Clients[0].AllowedFirstFactors[0] != identity.FactorPasskey {
		t.Errorf("group %+v, client %+v", pool.Groups[0], pool.Clients[0])
	}
	text, err := json.Marshal(pool.Pool)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"mfa_configuration":"ON","software_token_mfa_configuration":{"enabled":false},"sms_mfa_configuration":{"enabled":true},"email_mfa_configuration":{"enabled":true}`,
		`{"relying_party_id":"example.com","user_verification":"preferred","factor_configuration":"SINGLE_FACTOR","related_origins":["https://shop.test"],"attestation":"direct","allowed_aaguids":["ee882879-721c-4913-9775-3dfcce97072a"]}`,
		`"device_configuration":{"challenge_required_on_new_device":true,"device_only_remembered_on_user_prompt":true}`,
		`"advanced_security_mode":"ENFORCED"`,
		`{"low_action":{"event_action":"NO_ACTION","notify":true},"medium_action":{"event_action":"MFA_IF_CONFIGURED","notify":true},"high_action":{"event_action":"BLOCK","notify":true}}`,
		`{"event_filter":["SIGN_IN"],"actions":{"event_action":"NO_ACTION"}}`,
		`{"blocked_ip_range_list":["10.0.0.0/8"],"skipped_ip_range_list":["192.0.2.0/24"]}`,
		`{"email_per_day":7,"sms_per_day":3,"sms_countries":["+49"]}`, `{"grace_days":14}`, `"disposable_email_addresses":"refuse"`,
		`"sign_in_policy":{"allowed_first_auth_factors":["PASSWORD","EMAIL_OTP"]}`, `"allow_without_mfa":true`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s is not in\n%s", want, text)
		}
	}
}

func TestMistakesInFactorsNameTheLine(t *testing.T) {
	const url = "public_url: https://login.example.com\n"
	for name, c := range map[string]struct{ text, want string }{
		"a key near one":              {"pools:\n  - web_authn_configuration: {relying_party: x}\n", `:2: unknown key "relying_party" in pools[0].web_authn_configuration; did you mean "relying_party_id"?`},
		"a way in nobody knows":       {"pools:\n  - policies:\n      sign_in_policy: {allowed_first_auth_factors: [EMAIL]}\n", `:3: pools[0].policies.sign_in_policy.allowed_first_auth_factors: takes PASSWORD, EMAIL_OTP, SMS_OTP and WEB_AUTHN; "EMAIL" is none of them`},
		"a level called a passkey":    {"pools:\n  - acr_configuration: {Level1: phr}\n", `:2: pools[0].acr_configuration.Level1: must not be 1, 2, phr, phrh or Cognito's name of another level`},
		"a group that demands":        {"pools:\n  - groups:\n      - {group_name: staff, mfa_configuration: ON}\n", `:3: pools[0].groups[0].mfa_configuration: ON needs a pool with mfa_configuration OPTIONAL or ON`},
		"a network in the wrong form": {"pools:\n  - risk_configuration:\n      risk_exception_configuration: {blocked_ip_range_list: [10.0.0.0/8, ten]}\n", `:3: pools[0].risk_configuration.risk_exception_configuration.blocked_ip_range_list[1]: "ten" is no network`},
		"another site's passkeys":     {url + "pools:\n  - web_authn_configuration: {relying_party_id: other.com}\n", `:3: pools[0].web_authn_configuration.relying_party_id: must be login.example.com or a registrable name above it`},
		"a factor nobody can have":    {"public_url: http://127.0.0.1:8080\npools:\n  - mfa_configuration: ON\n    software_token_mfa_configuration: {enabled: false}\n", `:3: pools[0].mfa_configuration: ON needs a second factor that everybody can set up`},
		"a client nobody can get in to": {"public_url: http://127.0.0.1:8080\npools:\n  - mfa_configuration: OPTIONAL\n    software_token_mfa_configuration: {enabled: false}\n    email_mfa_configuration: {enabled: true}\n    clients:\n      - {client_name: web, client_id: web, mfa_configuration: ON, allowed_first_auth_factors: [EMAIL_OTP]}\n",
			`:7: pools[0].clients[0].allowed_first_auth_factors: a second factor is demanded`},
	} {
		t.Run(name, func(t *testing.T) {
			parsed, err := load(t, c.text)
			if err == nil {
				err = CheckServer(&parsed.File, parsed, nil)
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("said:\n%v\nwant it to hold:\n%s", err, c.want)
			}
		})
	}
}
