package identity

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"
	"golang.org/x/net/publicsuffix"

	"poolhouse.dev/identity/passkey"
)

// firstFactorNames are the ways in that settings may name (Cognito AuthFactorType).
var firstFactorNames = []string{string(FactorPassword), string(FactorEmailCode), string(FactorSMSCode), string(FactorPasskey)}

// onOnly says what a client or a group may say about second factors.
const onOnly = "takes ON, or is left out to follow the pool"

func amongFirstFactors(field string, factors []Factor) setting {
	names := make([]string, len(factors))
	for i, f := range factors {
		names[i] = string(f)
	}
	return among(field, names, "takes PASSWORD, EMAIL_OTP, SMS_OTP and WEB_AUTHN", firstFactorNames...)
}

// factorRules hold what a pool says about ways in and second factors.
func factorRules(p *Pool) []setting {
	const first, recovery = "policies.sign_in_policy.allowed_first_auth_factors", "account_recovery_setting.recovery_mechanisms"
	firsts := p.Policies.SignInPolicy.AllowedFirstAuthFactors
	return []setting{
		{"mfa_configuration", oneOf(p.MFAConfiguration, mfaOff, mfaOptional, mfaOn), "takes OFF, OPTIONAL and ON"},
		amongFirstFactors(first, firsts),
		// Nobody has a passkey before the first one: the way to it is a message.
		{recovery, !slices.Equal(firsts, []Factor{FactorPasskey}) || len(p.recoveryOrder()) > 0,
			"admin_only leaves nobody a way to a first passkey, which is the only way in; add verified_email, or another way in"},
		{"web_authn_configuration.relying_party_id", p.WebAuthn.RelyingPartyID == "" || passkey.Usable(p.WebAuthn.RelyingPartyID),
			"must be a host name in lower case, such as example.test; no address, no port"},
		{"web_authn_configuration.user_verification", oneOf(p.WebAuthn.UserVerification, "required", "preferred"), "takes required and preferred"},
		{"web_authn_configuration.factor_configuration", oneOf(p.WebAuthn.FactorConfiguration, singleFactor, multiFactor), "takes " + singleFactor + " and " + multiFactor},
		{"web_authn_configuration.attestation", oneOf(p.WebAuthn.Attestation, "none", "direct"), "takes none and direct"},
		{"web_authn_configuration.allowed_aaguids", len(p.WebAuthn.AllowedAAGUIDs) == 0 || p.WebAuthn.Attestation == "direct", "needs attestation: direct; without it browsers hide the model"},
		modelsHold(p.WebAuthn.AllowedAAGUIDs),
		originsHold(p.WebAuthn.RelatedOrigins),
	}
}

func modelsHold(models []string) setting {
	const field = "web_authn_configuration.allowed_aaguids"
	for i, text := range models {
		id, err := uuid.Parse(text)
		if err != nil || !strings.EqualFold(id.String(), text) {
			return setting{fmt.Sprintf("%s[%d]", field, i), false, "must be an AAGUID such as ee882879-721c-4913-9775-3dfcce97072a"}
		}
		if slices.ContainsFunc(models[:i], func(other string) bool { return strings.EqualFold(other, text) }) {
			return setting{fmt.Sprintf("%s[%d]", field, i), false, "stands there twice"}
		}
	}
	return setting{field: field, holds: len(models) <= 100, why: "at most 100"}
}

// relatedLabels is how many registrable names a browser looks at (WebAuthn
// Level 3 §5.11.1: at least five; Chromium takes five).
const relatedLabels = 5

func originsHold(origins []string) setting {
	const field = "web_authn_configuration.related_origins"
	labels := map[string]bool{}
	for i, text := range origins {
		if !isOrigin(text) {
			return setting{fmt.Sprintf("%s[%d]", field, i), false, "must be an origin such as https://shop.example.test, without a path; http only on localhost"}
		}
		if slices.Contains(origins[:i], text) {
			return setting{fmt.Sprintf("%s[%d]", field, i), false, "stands there twice"}
		}
		labels[registrableLabel(text)] = true
	}
	if len(labels) > relatedLabels {
		return setting{field, false, fmt.Sprintf("at most %d different registrable names: browsers look no further", relatedLabels)}
	}
	return setting{field: field, holds: len(origins) <= 100, why: "at most 100"}
}

// isOrigin: scheme and host as a browser writes them.
func isOrigin(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Scheme+"://"+u.Host != text || !passkey.Usable(u.Hostname()) || strings.HasSuffix(u.Host, ":") {
		return false
	}
	return u.Scheme == "https" && u.Port() != "443" || u.Scheme == "http" && isLoopback(u.Hostname()) && u.Port() != "80"
}

// registrableLabel answers the name before the public suffix: "shop" for
// https://www.shop.co.uk.
func registrableLabel(origin string) string {
	u, err := url.Parse(origin)
	if err != nil {
		return ""
	}
	registrable, err := publicsuffix.EffectiveTLDPlusOne(u.Hostname())
	if err != nil {
		return u.Hostname()
	}
	label, _, _ := strings.Cut(registrable, ".")
	return label
}

// ValidateSite holds a pool against the URL and the domains that people reach its
// pages under: what passkeys need of a host, and whether everybody can have the
// second factor that is demanded. With publicURL "" nothing is known yet, and
// nothing refused.
func ValidateSite(p *Pool, publicURL string) error {
	core, id := &Core{PublicURL: publicURL}, p.WebAuthn.RelyingPartyID
	return errors.Join(allBroken("ValidateSite", []setting{
		{"web_authn_configuration.relying_party_id", publicURL == "" || id == "" || core.claims(p, id),
			"must be " + core.Host() + " or a registrable name above it, or one of a domain of the pool, or no browser makes a passkey"},
	}), validateDemand(p, publicURL))
}

// validateDemand is the part of ValidateSite that the store holds at every change.
// A relying party may be named before the pool has the domain that it belongs to,
// as Terraform does it; until then the pool has no passkeys.
func validateDemand(p *Pool, publicURL string) error {
	return allBroken("ValidateSite", []setting{
		{"mfa_configuration", publicURL == "" || p.mfa() != mfaOn || p.everybodyCanHave(p.Policies.SignInPolicy.AllowedFirstAuthFactors, publicURL),
			"ON needs a second factor that everybody can set up: software_token_mfa_configuration, passkeys, or codes to another address than the only way in"},
	})
}

// claims says that the pool's pages may use this relying party somewhere.
func (c *Core) claims(p *Pool, id string) bool {
	return slices.ContainsFunc(c.Origins(p), func(origin string) bool {
		at, err := url.Parse(origin)
		return err == nil && mayClaim(at.Hostname(), id)
	})
}

// ValidateClientSite does the same for an app client with ways in of its own.
func ValidateClientSite(p *Pool, c *Client, publicURL string) error {
	demands := p.mfa() == mfaOn || c.MFAConfiguration == mfaOn
	return firstBroken("ValidateClientSite", []setting{
		{"allowed_first_auth_factors", publicURL == "" || !demands || len(c.AllowedFirstFactors) == 0 || p.everybodyCanHave(c.AllowedFirstFactors, publicURL),
			"a second factor is demanded, and the pool has none that everybody can set up beside these"},
	})
}

// mayClaim: the RP ID is the origin's host or a registrable suffix of it
// (WebAuthn Level 3 §5.1.3 step 8).
func mayClaim(host, id string) bool {
	if host == id {
		return true
	}
	_, err := publicsuffix.EffectiveTLDPlusOne(id)
	return err == nil && strings.HasSuffix(host, "."+id)
}

func passkeysOn(p *Pool, publicURL string) bool {
	_, ok := (&Core{PublicURL: publicURL}).site(p)
	return ok
}

// everybodyCanHave says that some second factor of the pool is no second use of
// the only way in. Codes to the address that opened the sign-in are none.
func (p *Pool) everybodyCanHave(firsts []Factor, publicURL string) bool {
	if passkeysOn(p, publicURL) || p.SoftwareTokenMFA.on(true) {
		return true
	}
	if len(firsts) == 0 {
		firsts = []Factor{FactorPassword}
	}
	fits := func(second Factor) bool {
		return slices.ContainsFunc(firsts, func(first Factor) bool { return mediumOf[first] != mediumOf[second] })
	}
	return p.SMSMFA.on(false) && fits(FactorSMS) || p.EmailMFA.on(false) && fits(FactorEmail)
}

// Takes says that the pool's settings switch a kind of second factor on; whether
// anybody is asked is mfa_configuration's.
func (p *Pool) Takes(kind Factor) bool {
	switch kind {
	case FactorTOTP:
		return p.SoftwareTokenMFA.on(true)
	case FactorSMS:
		return p.SMSMFA.on(false)
	case FactorEmail:
		return p.EmailMFA.on(false)
	}
	return kind == FactorPasskey
}

// OnlyPasskeys says that the pool's passkeys are the only way in, so that under
// a host that can have none nobody gets in.
func (p *Pool) OnlyPasskeys() bool {
	return slices.Equal(p.Policies.SignInPolicy.AllowedFirstAuthFactors, []Factor{FactorPasskey})
}

// CanHavePasskeys says that browsers make passkeys for the pool's pages under
// this URL: not under a bare address, and not over plain http but on this machine.
func CanHavePasskeys(p *Pool, publicURL string) bool {
	u, err := url.Parse(publicURL)
	secure := err == nil && (u.Scheme == "https" || isLoopback(u.Hostname()))
	return secure && passkeysOn(p, publicURL)
}

// demandRule: a client or a group cannot demand what the pool has not.
func demandRule(p *Pool, demanded string) setting {
	return setting{"mfa_configuration", demanded != mfaOn || p.mfa() != mfaOff, "ON needs a pool with mfa_configuration OPTIONAL or ON"}
}
