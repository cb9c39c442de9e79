package cognito

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"poolhouse.dev/identity"
)

// keyRefusal says in Cognito's words why a passkey is not taken.
func keyRefusal(err error) error {
	var refusal *identity.Error
	if !errors.As(err, &refusal) {
		return err
	}
	why := ""
	if refusal.Err != nil {
		why = refusal.Err.Error()
	}
	switch {
	case refusal.Code == identity.FactorNotFound || refusal.Code == identity.NotAllowed:
		return exception("WebAuthnNotEnabledException", "Passkeys are not enabled, or the user has as many as one may.")
	case refusal.Code == identity.AttemptExpired:
		return exception("WebAuthnChallengeNotFoundException", "Call StartWebAuthnRegistration first.")
	case refusal.Code != identity.PasskeyRefused:
		return err
	case strings.Contains(why, "origin"):
		return exception("WebAuthnOriginNotAllowedException", "The origin of the credential is not one of the relying party's.")
	case strings.Contains(why, "RP ID"):
		return exception("WebAuthnRelyingPartyMismatchException", "The credential is for another relying party.")
	case strings.Contains(why, "challenge"):
		return exception("WebAuthnChallengeNotFoundException", "The credential answers another challenge.")
	}
	return exception("WebAuthnCredentialNotSupportedException", "The credential cannot be taken.")
}

func (h *Handler) startWebAuthnRegistration(ctx context.Context, in OneToken) (out StartWebAuthnRegistrationResponse, err error) {
	who, err := h.personOf(ctx, in.AccessToken)
	if err != nil {
		return out, err
	}
	up, err := h.Factors.BeginKept(ctx, who.auth, identity.FactorPasskey, who.origin)
	if err != nil {
		return out, who.ended(keyRefusal(err))
	}
	options, err := publicKey(up.Passkey)
	out.CredentialCreationOptions = json.RawMessage(options)
	return out, err
}

func (h *Handler) completeWebAuthnRegistration(ctx context.Context, in CompleteWebAuthnRegistrationRequest) (done, error) {
	who, err := h.personOf(ctx, in.AccessToken)
	if err != nil {
		return done{}, err
	}
	err = h.Factors.FinishKept(ctx, who.auth, identity.SetUpAnswer{Factor: identity.FactorPasskey, Credential: in.Credential}, who.origin)
	return done{}, who.ended(keyRefusal(err))
}

// maxCredentials is the largest page of passkeys, and how many somebody can have.
const maxCredentials = 20

func (h *Handler) listWebAuthnCredentials(ctx context.Context, in ListWebAuthnCredentialsRequest) (out ListWebAuthnCredentialsResponse, err error) {
	out.Credentials = []WebAuthnCredential{}
	who, err := h.personOf(ctx, in.AccessToken)
	if err != nil {
		return out, err
	}
	list, err := h.Factors.List(ctx, who.auth)
	if err != nil {
		return out, who.ended(err)
	}
	slices.SortFunc(list.Passkeys, func(a, b identity.Passkey) int { return strings.Compare(a.ID, b.ID) })
	asked := listing{operation: "ListWebAuthnCredentials", pool: who.pool, asked: []string{string(who.auth.User())}, member: "NextToken"}
	page, err := h.pageAt(asked, in.MaxResults, in.NextToken)
	if err != nil {
		return out, err
	}
	limit := min(page.Limit, maxCredentials)
	for _, k := range list.Passkeys {
		if k.ID <= string(page.Cursor) {
			continue
		}
		if len(out.Credentials) == limit {
			out.NextToken = h.pageFrom(asked, []byte(out.Credentials[limit-1].CredentialID))
			break
		}
		out.Credentials = append(out.Credentials, WebAuthnCredential{
			CredentialID: k.ID, FriendlyCredentialName: k.Name, RelyingPartyID: list.Site, AuthenticatorAttachment: k.Record.Attachment, AuthenticatorTransports: transports(&k), CreatedAt: stamp(k.CreatedAt),
		})
	}
	return out, nil
}

func transports(k *identity.Passkey) []string {
	if k.Record.Transports == nil {
		return []string{}
	}
	return k.Record.Transports
}

func (h *Handler) deleteWebAuthnCredential(ctx context.Context, in DeleteWebAuthnCredentialRequest) (done, error) {
	who, err := h.personOf(ctx, in.AccessToken)
	if err != nil {
		return done{}, err
	}
	return done{}, who.ended(h.Factors.Remove(ctx, who.auth, identity.FactorPasskey, in.CredentialID, who.origin))
}
