package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"poolhouse.dev/web/cognito"
)

func (a *app) idpRebind() *cobra.Command {
	cmd := &cobra.Command{
		Use: "rebind NAME", Short: "Let an identity provider that has moved to another issuer vouch for its people again", Args: exactly("NAME"),
		Long: "Every identity is bound to the issuer that first vouched for it; the same key from\n" +
			"another issuer is refused, since it may be somebody else there. Where the provider\n" +
			"itself has moved, and the same people keep their keys, this frees those that are bound\n" +
			"to the old issuer. Each is bound anew by whoever signs in with its key next. The audit\n" +
			"event sign_in_elsewhere of a refused sign-in names both issuers.",
		Example: "poolhouse idp rebind Acme --from https://old.acme.test --yes",
		RunE:    a.onIdP(a.rebindIdP),
	}
	cmd.Flags().String("from", "", "the `ISSUER` that the identities are bound to")
	return writing(cmd)
}

func (a *app) rebindIdP(cmd *cobra.Command, c *caller, one cognito.OneProvider) error {
	in := cognito.RebindIdentityProviderRequest{UserPoolID: one.UserPoolID, ProviderName: one.ProviderName}
	if in.FromIssuer, _ = cmd.Flags().GetString("from"); in.FromIssuer == "" {
		return usage("--from is missing", "name the issuer that the identities are bound to: --from https://old.acme.test")
	}
	if err := a.confirm(cmd, "Let whoever "+one.ProviderName+" vouches for now have the accounts bound to "+in.FromIssuer); err != nil {
		return err
	}
	if isSet(cmd, "dry-run") {
		return a.would(cmd, "free the identities of %s that are bound to %s", one.ProviderName, in.FromIssuer)
	}
	var out cognito.RebindIdentityProviderResponse
	if err := c.house(cmd.Context(), "RebindIdentityProvider", in, &out); err != nil {
		return err
	}
	if out.Identities == 0 {
		return &failure{exitRefused, fmt.Sprintf("no identity of %s is bound to %s", one.ProviderName, in.FromIssuer), "",
			"the issuer must be the same to the letter; the audit event sign_in_elsewhere names it as bound_issuer"}
	}
	return a.did(cmd, "Freed %d identities of %s from %s", out.Identities, one.ProviderName, in.FromIssuer)
}
