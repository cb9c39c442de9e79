package oauth

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"poolhouse.dev/identity"
)

// Bounds of what a client says of itself.
const (
	maxMetadata = 64 << 10
)

// metadata is what a client says of itself (RFC 7591 §2, OpenID Connect
// Registration §2), under the names of the wire.
type metadata struct {
	RedirectURIs []string `json:"redirect_uris,omitempty"`
	LogoutURIs   []string `json:"post_logout_redirect_uris,omitempty"`
	Name         string   `json:"client_name,omitempty"`
	Scope        string   `json:"scope,omitempty"`
	AuthMethod   string   `json:"token_endpoint_auth_method,omitempty"`
	IDTokenAlg   string   `json:"id_token_signed_response_alg,omitempty"`
	ClientID     string   `json:"client_id,omitempty"`
	ClientSecret string   `json:"client_secret,omitempty"`
	Statement    string   `json:"software_statement,omitempty"`
	identity.ClientOAuth
}

// houses are members of ClientOAuth that are the house's to set: no client does.
var houses = []string{
	"require_pkce", "resources", "fapi_profile", "consent", "claims_policy", "default_scopes", "refresh_token_issuance",
	"access_token_format", "native_identity_providers", "token_exchange", "jwt_bearer_issuers", "localized", "reusable_authorization_details_types",
	"introspection_audiences",
}

// theirs are the members that a client may say, by their exact names.
var theirs = sayable(reflect.TypeFor[metadata]())

func sayable(of reflect.Type) map[string]bool {
	names := map[string]bool{}
	for i := range of.NumField() {
		f := of.Field(i)
		if f.Anonymous {
			for name := range sayable(f.Type) {
				names[name] = true
			}
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !slices.Contains(houses, name) {
			names[name] = true
		}
	}
	return names
}

// readMetadata decodes what a client says of itself. RFC 7591 §2: what is unknown
// here is passed over; null is as good as absent.
func readMetadata(body []byte) (metadata, map[string]json.RawMessage, *Error) {
	var m metadata
	all := map[string]json.RawMessage{}
	if len(body) > maxMetadata || json.Unmarshal(body, &all) != nil || all == nil {
		return m, nil, refuse(InvalidClientMetadata, "The body is not a JSON object of at most 64 KiB.")
	}
	known, localized := map[string]json.RawMessage{}, map[string]string{}
	for name, value := range all {
		switch {
		case theirs[name]: // exactly: package json would take Redirect_URIs, too
			known[name] = value
		case identity.Localizable(name):
			var text string
			if json.Unmarshal(value, &text) != nil {
				return m, nil, refuse(InvalidClientMetadata, "A member in another language is not text.")
			}
			localized[name] = text
		}
	}
	if privateKey(all["jwks"]) {
		return m, nil, refuse(InvalidClientMetadata, "The jwks hold a private or a secret key.")
	}
	raw, err := json.Marshal(known)
	if err == nil {
		err = json.Unmarshal(raw, &m)
	}
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return m, nil, refuse(InvalidClientMetadata, "The member "+sayText(kind.Field)+" has another type.")
	}
	if err != nil {
		return m, nil, refuse(InvalidClientMetadata, "The members cannot be read.")
	}
	if len(localized) > 0 {
		m.Localized = localized
	}
	return m, all, nil
}

// privateKey says that a key set gives away what is nobody's to see (RFC 7591 §2).
func privateKey(set json.RawMessage) bool {
	var said struct {
		Keys []map[string]json.RawMessage `json:"keys"`
	}
	if json.Unmarshal(set, &said) != nil {
		return false // of another type, which is told apart
	}
	return slices.ContainsFunc(said.Keys, func(key map[string]json.RawMessage) bool { return key["d"] != nil || key["k"] != nil })
}

// client turns metadata into a client that the pool takes. Its secret is for the
// caller to add. Whatever it says of itself it is a stranger: people are asked, and
// its claims follow OpenID Connect.
func (m *metadata) client(pool *identity.Pool) (identity.Client, *Error) {
	c := identity.Client{
		PoolID: pool.ID, Name: m.Name, CallbackURLs: m.RedirectURIs, LogoutURLs: m.LogoutURIs, AuthMethod: m.AuthMethod,
		SigningAlg: m.IDTokenAlg, ClientOAuth: m.ClientOAuth,
	}
	c.Consent, c.ClaimsPolicy = identity.ConsentAsk, "oidc"
	if c.Name == "" {
		c.Name = m.nameless()
	}
	for _, check := range metadataChecks {
		if refused := check.settle(&pool.ClientRegistration, m, &c); refused != nil {
			return c, refused
		}
	}
	return c, nil
}

// metadataChecks hold what a client says of itself against what the pool opens to
// such clients, and settle what it leaves out. What holds for all clients comes after
// (checkRegistered).
var metadataChecks = []struct {
	clause string
	settle func(*identity.ClientRegistration, *metadata, *identity.Client) *Error
}{
	{"RFC 7591 §2.3: no software statement", settleStatement},
	{"RFC 7591 §2, OpenID Connect Registration §2: grant_types and response_types", settleGrants},
	{"RFC 7591 §2: scope", settleScopes},
	{"RFC 7591 §2, §3.2.2: redirect_uris; OpenID Connect Registration §2: application_type", settleRedirects},
	{"OpenID Connect Core §8.1: subject_type", settleSubjects},
}

func settleStatement(_ *identity.ClientRegistration, m *metadata, _ *identity.Client) *Error {
	if m.Statement != "" {
		return refuse(InvalidSoftwareStatement, "Software statements are not supported.")
	}
	return nil
}

// nameless names a client that does not: by where it takes its answers.
func (m *metadata) nameless() string {
	for _, each := range append([]string{m.ClientURI}, m.RedirectURIs...) {
		if at, err := url.Parse(each); err == nil && at.Hostname() != "" {
			return at.Hostname()
		}
	}
	return "App"
}

// settleGrants: RFC 7591 §2: what is left out means authorization_code and code; the
// server may leave out grant types that it does not give.
func settleGrants(policy *identity.ClientRegistration, m *metadata, c *identity.Client) *Error {
	asked := m.GrantTypes
	if len(asked) == 0 {
		asked = []string{identity.GrantCode}
		if slices.ContainsFunc(m.ResponseTypes, func(t string) bool { return t != "code" }) { // OpenID Connect Registration §2: as the response types need
			asked = append(asked, identity.GrantImplicit)
		}
	}
	c.GrantTypes, c.AllowedOAuthFlows, c.ResponseTypes = nil, nil, nil
	for _, grant := range asked {
		if slices.Contains(policy.Grants(), grant) && !slices.Contains(c.GrantTypes, grant) {
			c.GrantTypes = append(c.GrantTypes, grant)
		}
	}
	if len(c.GrantTypes) == 0 || slices.Equal(c.GrantTypes, []string{identity.GrantRefresh}) {
		return refuse(InvalidClientMetadata, "None of the grant_types is open to clients that register themselves.")
	}
	c.AllowedOAuthFlows = flowsOf(c.GrantTypes)
	for _, each := range m.ResponseTypes {
		c.ResponseTypes = append(c.ResponseTypes, strings.Join(slices.Sorted(slices.Values(strings.Fields(each))), " "))
	}
	if len(m.ResponseTypes) == 0 && c.MayGrant(identity.GrantCode) {
		c.ResponseTypes = []string{"code"}
	}
	return nil
}

// flowsOf answers the flows of Cognito that grant types stand for.
func flowsOf(grants []string) (flows []string) {
	for _, each := range [][2]string{{identity.GrantClientCredentials, flowClientCredentials}, {identity.GrantCode, flowCode}, {identity.GrantImplicit, "implicit"}} {
		if slices.Contains(grants, each[0]) {
			flows = append(flows, each[1])
		}
	}
	return flows
}

// settleScopes: RFC 7591 §2: who names no scope gets what there is; who names more
// than that gets less.
func settleScopes(policy *identity.ClientRegistration, m *metadata, c *identity.Client) *Error {
	asked := strings.Fields(m.Scope)
	if len(asked) == 0 {
		c.AllowedOAuthScopes = policy.Scopes()
		return nil
	}
	for _, scope := range asked {
		if slices.Contains(policy.Scopes(), scope) && !slices.Contains(c.AllowedOAuthScopes, scope) {
			c.AllowedOAuthScopes = append(c.AllowedOAuthScopes, scope)
		}
	}
	if len(c.AllowedOAuthScopes) == 0 {
		return refuse(InvalidClientMetadata, "None of the scopes is open to clients that register themselves.")
	}
	return nil
}

func settleRedirects(policy *identity.ClientRegistration, _ *metadata, c *identity.Client) *Error {
	if len(c.CallbackURLs) == 0 && len(c.ResponseTypes) > 0 { // RFC 7591 §2
		return refuse(InvalidRedirectURI, "The redirect_uris are missing.")
	}
	for _, uri := range slices.Concat(c.CallbackURLs, c.LogoutURLs) {
		if !policy.MayRedirect(uri) {
			return refuse(InvalidRedirectURI, "A redirect URI leads where this pool sends no clients.")
		}
	}
	for _, uri := range c.CallbackURLs {
		if refused := checkKind(c, uri); refused != nil {
			return refused
		}
	}
	return nil
}

// settleSubjects: OpenID Connect Core §8.1: a sector is proven by the answers that go
// to its redirect URIs. Who gets tokens in another way could name anybody's.
func settleSubjects(_ *identity.ClientRegistration, _ *metadata, c *identity.Client) *Error {
	if c.SubjectType == pairwise && (c.MayGrant(identity.GrantDevice) || c.MayGrant(identity.GrantCIBA)) {
		return refuse(InvalidClientMetadata, "The subject_type pairwise goes with grant types that answer at a redirect URI alone.")
	}
	return nil
}

// checkKind: OpenID Connect Registration §2, application_type. RFC 8252 §7.2 gives
// native clients https, too.
func checkKind(c *identity.Client, uri string) *Error {
	at, err := url.Parse(uri)
	switch {
	case err != nil:
		return refuse(InvalidRedirectURI, "A redirect URI is no URL.")
	case c.ApplicationType != "native" && c.MayGrant(identity.GrantImplicit) && (at.Scheme != "https" || onThisMachine(at.Hostname())):
		return refuse(InvalidRedirectURI, "A web client that uses the implicit grant is answered by https, and not on its own machine.")
	}
	return nil
}

// check holds a client against the rules of all clients, and says what is wrong in
// the words of registration. Its secret may still be missing.
func checkRegistered(pool *identity.Pool, c *identity.Client) *Error {
	held := *c
	if len(held.Secret) == 0 && needsSecret(&held) {
		held.Secret = []byte{0}
	}
	err := identity.ValidateRegistered(pool, &held)
	var broken *identity.Error
	if err == nil {
		return nil
	}
	if !errors.As(err, &broken) {
		return refuse(InvalidClientMetadata, "The members cannot be used.")
	}
	code, field := InvalidClientMetadata, broken.Field
	if strings.HasPrefix(field, "callback_urls") {
		code, field = InvalidRedirectURI, strings.Replace(field, "callback_urls", "redirect_uris", 1)
	}
	field = strings.Replace(field, "logout_urls", "post_logout_redirect_uris", 1)
	return refuse(code, sayText(fmt.Sprintf("%s: %v", field, broken.Err)))
}

func needsSecret(c *identity.Client) bool {
	return slices.Contains([]string{identity.AuthBasic, identity.AuthPost, identity.AuthSecretJWT}, c.AuthMethod)
}

// sayText leaves of a text what RFC 6749 §5.2 allows in a description.
func sayText(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return -1
		}
		return r
	}, text)
	return text[:min(len(text), 300)]
}

// told answers what a client is registered as (RFC 7591 §3.2.1), but for what is
// secret.
func told(c *identity.Client) (map[string]any, error) {
	m := metadata{
		RedirectURIs: c.CallbackURLs, LogoutURIs: c.LogoutURLs, Name: c.Name, Scope: joined(c.AllowedOAuthScopes),
		AuthMethod: c.AuthMethod, IDTokenAlg: signingAlg(c), ClientOAuth: c.ClientOAuth,
	}
	raw, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil, err
	}
	for _, name := range houses {
		delete(out, name)
	}
	for name, value := range c.Localized {
		out[name] = value
	}
	out["client_id"], out["client_id_issued_at"] = string(c.ID), c.CreatedAt.Unix()
	return out, nil
}

func onThisMachine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && ip.IsLoopback()
}
