package hosted

import (
	"net/http"
	"slices"
	"strings"

	"poolhouse.dev/federation"
	"poolhouse.dev/federation/saml"
	"poolhouse.dev/identity"
	"poolhouse.dev/web"
)

// longestResponse bounds the form that a SAML response comes in, as
// federation.ParseReturn has it.
const longestResponse = 320 << 10

// samlMetadata answers what the pool says of itself to SAML identity providers:
// to the one of the parameter provider, else what serves all of them. It is
// there before any is, for they ask for it first.
func samlMetadata(r *web.Request) error {
	settings := identity.Settings{Core: r.Server().Identity}
	all, err := settings.Providers(r.Ctx(), r.Pool.ID)
	if err != nil {
		return err
	}
	name := r.Arg("provider")
	all = slices.DeleteFunc(all, func(p identity.IdentityProvider) bool {
		return p.Type != federation.SAML || name != "" && p.Name != name
	})
	if name != "" && len(all) == 0 {
		return &identity.Error{Code: identity.ResourceNotFound, Op: "saml metadata"}
	}
	key, err := r.SAMLKey()
	if err != nil {
		return err
	}
	signed := func(p identity.IdentityProvider) bool { return p.Details[saml.DetailSigning] != "" }
	body, err := saml.Metadata(saml.Own{
		Pool: string(r.Pool.ID), Callback: r.Server().URL(r.Pool.ID, "/saml2/idpresponse"), Base: r.Server().URL(r.Pool.ID, ""), Key: key,
		Encrypted: slices.ContainsFunc(all, func(p identity.IdentityProvider) bool {
			return strings.EqualFold(p.Details[saml.DetailEncrypted], "true")
		}),
		Signed: len(all) > 0 && !slices.ContainsFunc(all, func(p identity.IdentityProvider) bool { return !signed(p) }),
	})
	if err != nil {
		return err
	}
	return r.XML(http.StatusOK, "application/samlmetadata+xml", body)
}
