package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/cognito"
)

func (a *app) idpCommand() *cobra.Command {
	return inPool(group("idp", "Identity providers: list, show, add, remove, enable, disable, test, rebind",
		a.idpList(), a.idpShow(), a.idpAdd(), a.idpRemove(),
		a.idpSwitch("enable", "Let people sign in with an identity provider again", "People sign in with %s again", false),
		a.idpSwitch("disable", "Keep people from signing in with an identity provider; its settings stay", "Nobody signs in with %s any more", true),
		a.idpTest(), a.idpRebind(),
	))
}

func (a *app) idpList() *cobra.Command {
	return reading(&cobra.Command{
		Use: "list", Short: "List identity providers", Args: none, Example: "poolhouse idp list",
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, _ []string) error {
			all := []cognito.ProviderDescription{}
			in := cognito.ListIdentityProvidersRequest{UserPoolID: pool, MaxResults: 60}
			for {
				var page cognito.ListIdentityProvidersResponse
				if err := c.cognito(cmd.Context(), "ListIdentityProviders", in, &page); err != nil {
					return err
				}
				if all, in.NextToken = append(all, page.Providers...), page.NextToken; in.NextToken == "" {
					break
				}
			}
			return a.show(cmd, all, func(w io.Writer) { printProviders(w, all) })
		}),
	})
}

func printProviders(w io.Writer, all []cognito.ProviderDescription) {
	var rows [][]string
	for _, p := range all {
		rows = append(rows, []string{p.ProviderName, p.ProviderType, yes(!p.Disabled), created(p.LastModifiedDate)})
	}
	table(w, "No identity providers.", []string{"NAME", "TYPE", "ENABLED", "CHANGED"}, rows)
}

// idp reads one; its secrets are shown only on demand.
func (c *caller) idp(cmd *cobra.Command, pool identity.PoolID, name string) (cognito.IdentityProvider, error) {
	var out cognito.IdentityProviderResponse
	err := c.cognito(cmd.Context(), "DescribeIdentityProvider", cognito.OneProvider{UserPoolID: pool, ProviderName: name}, &out)
	if refusedAs(err, "ResourceNotFoundException") {
		return out.IdentityProvider, &failure{exitRefused, fmt.Sprintf("there is no identity provider %s in %s", name, pool), "", "see which there are: poolhouse idp list"}
	}
	for key := range out.IdentityProvider.ProviderDetails {
		if identity.IsSecretDetail(key) && !isSet(cmd, "show-secret") {
			out.IdentityProvider.ProviderDetails[key] = "[hidden]"
		}
	}
	return out.IdentityProvider, err
}

func (a *app) idpShow() *cobra.Command {
	cmd := &cobra.Command{
		Use: "show NAME", Short: "Show an identity provider", Args: exactly("NAME"), Example: "poolhouse idp show Google",
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, args []string) error {
			p, err := c.idp(cmd, pool, args[0])
			if err != nil {
				return err
			}
			return a.show(cmd, p, func(w io.Writer) { printProvider(w, p) })
		}),
	}
	cmd.Flags().Bool("show-secret", false, "print its secrets")
	return reading(cmd)
}

func printProvider(w io.Writer, p cognito.IdentityProvider) {
	on := func(is *bool) string { return yes(is != nil && *is) }
	rows := [][]string{
		{"Type", p.ProviderType}, {"Enabled", yes(p.Disabled == nil || !*p.Disabled)},
		{"Identifiers", strings.Join(p.IdpIdentifiers, " ")}, {"Trusted domains", strings.Join(p.TrustedEmailDomains, " ")},
		{"Attributes", refreshed(p.AttributeRefresh)}, {"Keeps tokens", keeps(p)}, {"Second factor", on(p.MFARequired)},
	}
	for _, key := range slices.Sorted(maps.Keys(p.ProviderDetails)) {
		value := p.ProviderDetails[key]
		if strings.ContainsRune(value, '\n') {
			value = fmt.Sprintf("%d bytes", len(value))
		}
		rows = append(rows, []string{key, value})
	}
	for _, name := range slices.Sorted(maps.Keys(p.AttributeMapping)) {
		rows = append(rows, []string{name + " from", p.AttributeMapping[name]})
	}
	table(w, "", []string{"Name", printable(p.ProviderName)}, rows)
}

// keeps names the tokens that are kept for attributes, where not all are.
func keeps(p cognito.IdentityProvider) string {
	kept := slices.Sorted(maps.Values(p.AttributeMapping))
	kept = slices.DeleteFunc(slices.Compact(kept), func(source string) bool { return !identity.IsToken(source) })
	if len(kept) == 0 || p.StoreTokens != nil && *p.StoreTokens {
		return yes(p.StoreTokens != nil && *p.StoreTokens)
	}
	return strings.Join(kept, " ")
}

func refreshed(when string) string {
	if when == "first" {
		return "taken over at the first sign-in"
	}
	return "taken over at each sign-in"
}

func (a *app) idpAdd() *cobra.Command {
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Set up an identity provider", Args: exactly("NAME"),
		Long: "Sets up an identity provider, with Cognito's keys as details. A value that begins\n" +
			"with @ is read from that file; @- is standard input, where a secret belongs: other\n" +
			"users of this machine can read a command line. Apps show it once it is among their\n" +
			"supported_identity_providers.",
		Example: "poolhouse idp add Google --type Google --detail client_id=123.apps.googleusercontent.com --detail client_secret=@google.secret",
		RunE:    a.within(a.addIdP),
	}
	flags := cmd.Flags()
	flags.String("type", "", "`TYPE`: "+strings.Join(identity.ProviderTypes, ", "))
	flags.StringArray("detail", nil, "detail `KEY=VALUE`, repeatable")
	flags.StringArray("map", nil, "our attribute from their claim, `ATTRIBUTE=CLAIM`, repeatable")
	flags.StringArray("identifier", nil, "a name or mail domain that leads to it, repeatable")
	flags.StringArray("trust-domain", nil, "a mail domain that it answers for, repeatable")
	return writing(cmd)
}

func (a *app) addIdP(cmd *cobra.Command, c *caller, pool identity.PoolID, args []string) error {
	in := cognito.CreateIdentityProviderRequest{UserPoolID: pool, ProviderName: args[0]}
	if in.ProviderType, _ = cmd.Flags().GetString("type"); in.ProviderType == "" {
		return usage("--type is missing", "name one of: "+strings.Join(identity.ProviderTypes, ", "))
	}
	in.IdpIdentifiers, _ = cmd.Flags().GetStringArray("identifier")
	in.TrustedEmailDomains, _ = cmd.Flags().GetStringArray("trust-domain")
	details, err := a.keyValues(cmd, "detail", true)
	if err == nil {
		in.AttributeMapping, err = a.keyValues(cmd, "map", false)
	}
	if err != nil {
		return err
	}
	in.ProviderDetails = details
	if isSet(cmd, "dry-run") {
		return a.would(cmd, "set up the identity provider %s in %s", args[0], pool)
	}
	if err := c.cognito(cmd.Context(), "CreateIdentityProvider", in, nil); err != nil {
		return err
	}
	return a.did(cmd, "Set up the identity provider %s in %s", args[0], pool)
}

// keyValues reads a flag of KEY=VALUE; with files, @PATH stands for what is there.
func (a *app) keyValues(cmd *cobra.Command, flag string, files bool) (map[string]string, error) {
	given, _ := cmd.Flags().GetStringArray(flag)
	out := map[string]string{}
	for _, text := range given {
		key, value, ok := strings.Cut(text, "=")
		if !ok || key == "" {
			return nil, usage(fmt.Sprintf("--%s %q is not KEY=VALUE", flag, text), "see: "+cmd.CommandPath()+" --help")
		}
		if path, named := strings.CutPrefix(value, "@"); named && files {
			content, err := a.contentOf(path)
			if err != nil {
				return nil, &failure{exitUsage, "cannot read the " + key, oneLine(err.Error()), "name a file that can be read, or @- for standard input"}
			}
			value = content
		}
		out[key] = value
	}
	return out, nil
}

// contentOf reads a file, or standard input, without the line end behind it.
func (a *app) contentOf(path string) (string, error) {
	from := a.in
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return "", err
		}
		defer func() { _ = file.Close() }()
		from = file
	}
	text, err := io.ReadAll(io.LimitReader(from, 1<<20))
	return strings.TrimRight(string(text), "\r\n"), err
}
