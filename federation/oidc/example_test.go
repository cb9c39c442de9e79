package oidc_test

import (
	"fmt"

	"poolhouse.dev/federation"
	"poolhouse.dev/federation/amazon"
	"poolhouse.dev/federation/apple"
	"poolhouse.dev/federation/facebook"
	"poolhouse.dev/federation/github"
	"poolhouse.dev/federation/google"
	"poolhouse.dev/federation/microsoft"
	"poolhouse.dev/federation/oauth2"
	"poolhouse.dev/federation/oidc"
)

// The table of a program that knows every provider of the code flow.
func ExampleType() {
	types := federation.Types{
		federation.Google:          oidc.Type(google.Profile),
		federation.Facebook:        oidc.Type(facebook.Profile),
		federation.LoginWithAmazon: oidc.Type(amazon.Profile),
		federation.SignInWithApple: oidc.Type(apple.Profile),
		federation.Microsoft:       oidc.Type(microsoft.Profile),
		federation.GitHub:          oidc.Type(github.Profile),
		federation.OIDC:            oidc.Type(oidc.Profile),
		federation.OAuth2:          oidc.Type(oauth2.Profile),
	}
	fmt.Println(types.Check(federation.Settings{Type: federation.Google, Details: map[string]string{"client_id": "a"}}))
	fmt.Println(types.Check(federation.Settings{Type: federation.OIDC, Details: map[string]string{"client_id": "a", "client_secret": "b", "oidc_issuer": "https://example.test"}}))
	// Output:
	// client_secret is missing
	// <nil>
}
