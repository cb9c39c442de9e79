package oauth

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"poolhouse.dev/identity"
)

func TestIDTokenNamesIdentities(t *testing.T) {
	k, ctx := start(t), context.Background()
	settings := &identity.Settings{Core: k.Identity}
	for _, name := range []string{"Up", "Gone"} {
		_, err := settings.PutProvider(ctx, identity.IdentityProvider{PoolID: testPool, Name: name, Type: "OIDC"})
		k.must(err)
		k.must(k.admin().LinkProvider(ctx, testPool, "ann@example.test", name, "s-1"))
	}
	k.must(settings.DeleteProvider(ctx, testPool, "Gone"))
	want := fmt.Sprintf(`[{"dateCreated":"%d","issuer":null,"primary":"false","providerName":"Up","providerType":"OIDC","userId":"s-1"}]`, k.clock().UnixMilli())
	for scope, want := range map[string]string{"openid": want, "openid profile": want, "openid email": "null"} {
		got, err := json.Marshal(claimsOf(t, k.tokens(web, "scope", scope).IDToken)["identities"])
		k.must(err)
		if string(got) != want {
			t.Errorf("%s: %s", scope, got)
		}
	}
}
