package cognito

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/netip"
	"slices"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
)

// app is an app client that asks something for a person, and where it asks from.
type app struct {
	pool   identity.Pool
	client identity.Client
	origin identity.Origin
}

// appOf answers the app client of an input. At a pool's path, or where an
// administrator names a pool, it is that pool's; at the root an id need not say
// whose it is.
func (h *Handler) appOf(ctx context.Context, pool identity.PoolID, id identity.ClientID) (app, error) {
	if pool == "" {
		pool = callerOf(ctx).At
	}
	p, c, err := h.Settings.ClientOf(ctx, pool, h.First, id)
	if code, _ := identity.CodeOf(err); code == identity.ClientNotFound {
		err = exception("ResourceNotFoundException", "User pool client "+string(id)+" does not exist.")
	}
	if err == nil && !takesSecrets(&c) {
		err = exception("NotAuthorizedException", "Client "+string(id)+" proves itself by "+c.AuthMethod+", which this API cannot take.")
	}
	concerns(ctx, p.ID)
	return app{pool: p, client: c, origin: originOf(ctx)}, err
}

// takesSecrets says that the client proves itself by a secret or by nothing, which
// is all that the API has room for.
func takesSecrets(c *identity.Client) bool {
	return slices.Contains([]string{"", identity.AuthNone, identity.AuthBasic, identity.AuthPost}, c.AuthMethod)
}

// provenApp is appOf for an input with a secret hash over the username.
func (h *Handler) provenApp(ctx context.Context, id identity.ClientID, username, hash string, said Surroundings) (app, error) {
	a, err := h.appOf(ctx, "", id)
	if err != nil {
		return a, err
	}
	a.origin.Told.Client = said.ClientMetadata
	if err = h.checkHash(ctx, &a.client, hash, username); err == nil {
		a.heed(said.UserContextData, hash)
	}
	return a, err
}

// heed takes the person's address from an app whose client may say it, once its
// secret is proven. Anybody could say so of a public client (Cognito
// EnablePropagateAdditionalUserContextData). The server that says it is counted too.
func (a *app) heed(said *UserContextData, proven string) {
	if on := a.client.PropagateContext; said == nil || proven == "" || on == nil || !*on {
		return
	}
	if at, err := netip.ParseAddr(said.IPAddress); err == nil {
		a.origin = a.origin.Said(at)
	}
}

// secretsOf answers the live secrets of a client; none for one without.
func (h *Handler) secretsOf(ctx context.Context, c *identity.Client) (secrets []string, err error) {
	if c.AuthMethod == identity.AuthNone {
		return nil, nil
	}
	err = h.Settings.Store.View(ctx, func(r storage.Reader) error {
		secrets, err = h.Settings.LiveSecrets(r, *c)
		return err
	})
	return secrets, err
}

// checkHash holds a SECRET_HASH against the client's secrets, for any of the names
// that the app may call the person by.
func (h *Handler) checkHash(ctx context.Context, c *identity.Client, hash string, names ...string) error {
	secrets, err := h.secretsOf(ctx, c)
	switch {
	case err != nil:
		return err
	case len(secrets) == 0 && hash == "":
		return nil
	case hash == "":
		return exception("NotAuthorizedException", "Client "+string(c.ID)+" is configured with secret but SECRET_HASH was not received")
	}
	sent, err := base64.StdEncoding.DecodeString(hash)
	right := false
	for _, secret := range secrets {
		for _, name := range names {
			right = hmac.Equal(sent, secretHash(secret, name, c.ID)) || right
		}
	}
	if err != nil || !right {
		return exception("NotAuthorizedException", "Unable to verify secret hash for client "+string(c.ID))
	}
	return nil
}

// secretHash is Cognito's SECRET_HASH before base64.
func secretHash(secret, username string, client identity.ClientID) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(username + string(client)))
	return mac.Sum(nil)
}

// proveSecret holds the plain secret of an input against the client's. name is the
// exception that the operation has for that.
func (h *Handler) proveSecret(ctx context.Context, c *identity.Client, secret Secret, name string) error {
	right, err := h.OAuth.ProveSecret(ctx, c, string(secret))
	if err == nil && !right {
		err = exception(name, "Unable to verify secret for client "+string(c.ID))
	}
	return err
}
