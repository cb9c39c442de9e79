package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/cognito"
)

// onIdP is within for commands about one identity provider, which must exist.
func (a *app) onIdP(work func(cmd *cobra.Command, c *caller, one cognito.OneProvider) error) func(*cobra.Command, []string) error {
	return a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, args []string) error {
		if _, err := c.idp(cmd, pool, args[0]); err != nil {
			return err
		}
		return work(cmd, c, cognito.OneProvider{UserPoolID: pool, ProviderName: args[0]})
	})
}

func (a *app) idpRemove() *cobra.Command {
	return writing(&cobra.Command{
		Use: "remove NAME", Short: "Remove an identity provider; who came by it stays, and comes in some other way", Args: exactly("NAME"),
		Example: "poolhouse idp remove Google --yes",
		RunE: a.onIdP(func(cmd *cobra.Command, c *caller, one cognito.OneProvider) error {
			if err := a.confirm(cmd, "Remove the identity provider "+one.ProviderName); err != nil {
				return err
			}
			if isSet(cmd, "dry-run") {
				return a.would(cmd, "remove the identity provider %s", one.ProviderName)
			}
			if err := c.cognito(cmd.Context(), "DeleteIdentityProvider", one, nil); err != nil {
				return err
			}
			return a.did(cmd, "Removed the identity provider %s", one.ProviderName)
		}),
	})
}

func (a *app) idpSwitch(use, short, done string, disabled bool) *cobra.Command {
	return writing(&cobra.Command{
		Use: use + " NAME", Short: short, Args: exactly("NAME"), Example: "poolhouse idp " + use + " Google",
		RunE: a.onIdP(func(cmd *cobra.Command, c *caller, one cognito.OneProvider) error {
			if isSet(cmd, "dry-run") {
				return a.would(cmd, "%s the identity provider %s", use, one.ProviderName)
			}
			in := cognito.UpdateIdentityProviderRequest{UserPoolID: one.UserPoolID, ProviderName: one.ProviderName}
			in.Disabled = &disabled
			if err := c.cognito(cmd.Context(), "UpdateIdentityProvider", in, nil); err != nil {
				return err
			}
			return a.did(cmd, done, one.ProviderName)
		}),
	})
}

func (a *app) idpTest() *cobra.Command {
	return reading(&cobra.Command{
		Use: "test NAME", Short: "Ask an identity provider whether it can be used, and print a link that signs in by it for a test", Args: exactly("NAME"),
		Long: "Asks an identity provider for its discovery document or metadata, says what to enter\n" +
			"there, and prints a link. It works once, for ten minutes: it signs in at the provider\n" +
			"and shows all that comes back, and whose account somebody would get. Nobody is signed\n" +
			"in here and nothing is kept, so that it also works while the provider is switched off.",
		Example: "poolhouse idp test Google",
		RunE: a.onIdP(func(cmd *cobra.Command, c *caller, one cognito.OneProvider) error {
			out := idpTrial{}
			if err := c.house(cmd.Context(), "TestIdentityProvider", one, &out.TestIdentityProviderResponse); err != nil {
				return err
			}
			if out.Failure == "" {
				if err := c.house(cmd.Context(), "CreateProviderTestLink", one, &out.Trial); err != nil {
					return err
				}
			}
			if err := a.show(cmd, out, func(w io.Writer) { printTrial(w, out) }); err != nil || out.Failure == "" {
				return err
			}
			return &failure{exitRefused, one.ProviderName + " cannot be used", printable(out.Failure), "correct the provider's settings, or wait until it answers"}
		}),
	})
}

// idpTrial is what is found out by asking a provider, and where a person asks it.
type idpTrial struct {
	cognito.TestIdentityProviderResponse
	Trial cognito.CreateProviderTestLinkResponse `json:"TestSignIn,omitzero"`
}

func printTrial(w io.Writer, t idpTrial) {
	lines := [][2]string{{"Enter there", t.Callback}, {"Our entity id", t.EntityID}, {"Our metadata", t.Metadata}, {"People go to", t.SignIn}}
	for _, line := range lines {
		if line[1] != "" {
			fmt.Fprintf(w, "%-14s %s\n", line[0], printable(line[1]))
		}
	}
	for _, c := range t.Certificates {
		fmt.Fprintf(w, "%-14s %s, until %s, SHA-256 %s\n", "Signed by", printable(c.Subject), created(c.NotAfter), printable(c.Fingerprint))
		if c.EndsSoon {
			fmt.Fprintf(w, "%-14s it ends within 30 days, or has ended: see that the provider publishes the next\n", "Warning")
		}
	}
	if t.Trial.Link != "" {
		fmt.Fprintf(w, "%-14s %s\n%-14s once, until %s; nobody is signed in and nothing is kept\n", "Test sign-in", string(t.Trial.Link), "", created(t.Trial.ExpiresAt))
	}
}
