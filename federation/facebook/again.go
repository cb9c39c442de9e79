package facebook

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/url"
	"strings"

	"poolhouse.dev/federation"
)

// again asks for the password once more, and has Facebook say that it was given:
// https://developers.facebook.com/docs/facebook-login/guides/advanced/re-authentication
func again(client, secret, me string) *federation.Freshness {
	return &federation.Freshness{
		Parameters: url.Values{"auth_type": {"reauthenticate"}}, Nonce: "auth_nonce",
		Proven: func(ctx context.Context, get federation.Get, access, nonce string) error {
			address := debugURL(me) + "?" + url.Values{"input_token": {access}}.Encode()
			answer, err := get(ctx, address, client+"|"+secret) // the app's own token
			if err != nil {
				return err
			}
			return proven(answer, client, nonce)
		},
	}
}

// debugURL is beside the person's own address at the Graph API.
func debugURL(me string) string {
	me, _, _ = strings.Cut(me, "?")
	return strings.TrimSuffix(me, "/me") + "/debug_token"
}

// proven reads https://developers.facebook.com/docs/graph-api/reference/debug_token
func proven(answer any, client, nonce string) error {
	outer, _ := answer.(map[string]any)
	data, _ := outer["data"].(map[string]any)
	metadata, _ := data["metadata"].(map[string]any)
	if data["is_valid"] != true || data["app_id"] != client {
		return errors.New("the access token is not of this app (debug_token)")
	}
	kind, _ := metadata["auth_type"].(string)
	got, _ := metadata["auth_nonce"].(string)
	if nonce == "" || !strings.Contains(kind, "reauthenticate") || subtle.ConstantTimeCompare([]byte(got), []byte(nonce)) != 1 {
		return errors.New("no word that the person signed in anew (auth_nonce)")
	}
	return nil
}
