package oidc

import (
	"context"
	"errors"
	"maps"
	"mime"
	"net/http"
	"strconv"

	"poolhouse.dev/federation"
	"poolhouse.dev/identity/fetch"
)

// claims gathers what the provider says: in the ID token, at the userinfo
// endpoint, and where its profile looks.
func (p *Provider) claims(ctx context.Context, m metadata, trip pending, tokens federation.Tokens) (map[string]any, error) {
	claims := map[string]any{}
	if p.wantsIDToken() {
		if tokens.ID == "" {
			return nil, p.fail(federation.Invalid, "the token endpoint issued no ID token; is the scope openid asked for?")
		}
		var err error
		if claims, err = p.verify(ctx, m, tokens.ID, expected{nonce: trip.Nonce, access: tokens.Access, since: trip.since()}); err != nil {
			return nil, err
		}
	}
	if p.profile.Gather != nil {
		more, err := p.profile.Gather(ctx, p.get, tokens.Access)
		if err != nil {
			return nil, p.named(err)
		}
		claims, err = p.join(claims, more)
		return clean(claims), err
	}
	if m.endpoints.UserInfo == "" {
		return clean(claims), nil
	}
	info, err := p.userInfo(ctx, m, tokens.Access)
	if err != nil {
		return nil, err
	}
	claims, err = p.join(claims, info)
	return clean(claims), err
}

// join puts claims of an ID token over those fetched with the access token,
// which must be of the same person (OpenID Connect Core §5.3.2).
func (p *Provider) join(token, info map[string]any) (map[string]any, error) {
	if len(token) == 0 {
		return info, nil
	}
	if sub, ok := info["sub"].(string); !ok || sub != token["sub"] {
		e := p.fail(federation.Invalid, "the userinfo endpoint speaks of another person than the ID token (sub)")
		e.Claims = clean(info)
		return nil, e
	}
	all := maps.Clone(info)
	maps.Copy(all, token)
	keepTogether(all, token, info, "email", "email_verified")
	keepTogether(all, token, info, "phone_number", "phone_number_verified")
	return all, nil
}

// keepTogether takes whether an address is verified from where the address is:
// the address of one source with the word of the other would say what nobody said.
func keepTogether(all, token, info map[string]any, address, verified string) {
	source := token
	if _, ok := token[address]; !ok {
		source = info
	}
	here, _ := token[address].(string)
	there, _ := info[address].(string)
	if here != "" && here == there {
		return
	}
	delete(all, verified)
	if word, ok := source[verified]; ok {
		all[verified] = word
	}
}

// clean leaves out distributed claims: they are addresses to ask, with access
// tokens (OpenID Connect Core §5.6.2).
func clean(claims map[string]any) map[string]any {
	delete(claims, "_claim_names")
	delete(claims, "_claim_sources")
	return claims
}

// userInfo asks the userinfo endpoint (OpenID Connect Core §5.3), which may sign
// its answer.
func (p *Provider) userInfo(ctx context.Context, m metadata, access string) (map[string]any, error) {
	method := http.MethodGet
	if p.profile.PostUserInfo {
		method = http.MethodPost
	}
	answer, err := p.ask(ctx, method, m.endpoints.UserInfo, access)
	if err != nil {
		return nil, err
	}
	if kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type")); kind == "application/jwt" {
		return p.signedInfo(ctx, m, string(answer.Body))
	}
	info, err := object(answer.Body)
	if err != nil {
		return nil, p.fail(federation.Invalid, "the userinfo endpoint answers no JSON object")
	}
	return info, nil
}

// signedInfo: OpenID Connect Core §5.3.4: a signed answer names us and its issuer.
func (p *Provider) signedInfo(ctx context.Context, m metadata, raw string) (map[string]any, error) {
	if !p.wantsIDToken() {
		return nil, p.fail(federation.Invalid, "the userinfo endpoint answers a token where no keys are known")
	}
	token, _, err := p.verifySignature(ctx, m, raw)
	if err != nil {
		return nil, err
	}
	claims, err := payload(token)
	if err != nil {
		return nil, p.invalid("the userinfo endpoint's claims cannot be read", raw)
	}
	if fault := checkIssuer(idToken{claims: claims, profile: p.profile}); fault != "" {
		return nil, p.invalid("userinfo: "+fault, raw)
	}
	return claims, nil
}

// get is federation.Get for profiles that look elsewhere.
func (p *Provider) get(ctx context.Context, address, bearer string) (any, error) {
	answer, err := p.ask(ctx, http.MethodGet, address, bearer)
	if err != nil {
		return nil, err
	}
	value, err := decode(answer.Body)
	if err != nil {
		return nil, p.fail(federation.Invalid, "the answer with the person's attributes is no JSON")
	}
	return value, nil
}

// ask fetches attributes. What the provider says to a refusal stays out: it may
// repeat the token.
func (p *Provider) ask(ctx context.Context, method, address, bearer string) (fetch.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return fetch.Response{}, p.fail(federation.Misconfigured, "the address for attributes cannot be read")
	}
	request.Header.Set("Accept", "application/json")
	if bearer != "" {
		request.Header.Set("Authorization", "Bearer "+bearer)
	}
	answer, err := p.deps.Client.Do(ctx, request)
	switch {
	case ctx.Err() != nil:
		return fetch.Response{}, ctx.Err()
	case err != nil:
		return fetch.Response{}, p.unanswered("the attributes cannot be had", err)
	case answer.Status >= http.StatusInternalServerError, tooMany(answer.Status, answer.Header):
		return fetch.Response{}, p.status(federation.Unreachable, answer.Status)
	case answer.Status != http.StatusOK:
		return fetch.Response{}, p.status(federation.Refused, answer.Status)
	}
	return answer, nil
}

// tooMany says that the provider takes no more requests for now. GitHub says so
// with 403, and in headers alone: "Rate limits for the REST API".
func tooMany(status int, header http.Header) bool {
	return status == http.StatusTooManyRequests ||
		status == http.StatusForbidden && (header.Get("X-RateLimit-Remaining") == "0" || header.Get("Retry-After") != "")
}

func (p *Provider) status(code federation.Code, status int) *federation.Error {
	e := p.fail(code, "the attributes were refused with status "+strconv.Itoa(status))
	e.Reason = strconv.Itoa(status)
	return e
}

// named puts the provider's name into what a profile found wrong.
func (p *Provider) named(err error) error {
	if _, ok := federation.CodeOf(err); ok {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return p.fail(federation.Invalid, federation.Plain(err.Error(), detailLimit))
}
