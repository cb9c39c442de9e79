package oauth

import (
	"slices"
	"strings"

	"poolhouse.dev/identity"
)

// The parts of a response type.
const (
	partCode    = "code"
	partToken   = "token"
	partIDToken = "id_token"
)

// responseTypes are those that we know, as clients are registered for them: RFC
// 6749 §3.1.1, OAuth 2.0 Multiple Response Types §3, §5. The words of one may
// come in any order.
var responseTypes = []string{
	"code", "token", "id_token", "id_token token", "code id_token", "code token", "code id_token token",
}

// checkResponseType: RFC 6749 §3.1.1.
func checkResponseType(q *AuthorizationRequest) *Error {
	asked := q.form.get("response_type")
	words := strings.Fields(asked)
	known := strings.Join(words, " ") == asked && slices.ContainsFunc(responseTypes, func(t string) bool { return sameWords(t, asked) })
	switch {
	case asked == "":
		return refuse(InvalidRequest, "The response_type is missing.")
	case !known:
		return refuse(UnsupportedResponseType, "The response_type is not known.")
	}
	slices.Sort(words)
	q.ResponseTypes = words
	return nil
}

// checkFlow: RFC 6749 §4.1.2.1 unauthorized_client. Implicit and hybrid answers
// are off unless the client's settings name them.
func checkFlow(q *AuthorizationRequest) *Error {
	asked := strings.Join(q.ResponseTypes, " ")
	switch {
	case !slices.ContainsFunc(q.Client.Responses(), func(t string) bool { return sameWords(t, asked) }):
		return refuse(UnauthorizedClient, "The client may not use this response_type.")
	case q.gives(partToken) && (q.Client.DPoPBound || q.Client.CertificateBound): // RFC 9449 §5.2, RFC 8705 §3
		return refuse(UnauthorizedClient, "Access tokens of this client are bound to a key, and none is proven here.")
	}
	return nil
}

// gives says that the answer holds the part: code, token or id_token.
func (q *AuthorizationRequest) gives(part string) bool { return slices.Contains(q.ResponseTypes, part) }

// givesIDToken says that an ID token comes with the answer. As in Cognito,
// response_type=token gives one beside the access token where openid is among
// the scopes; a client under OpenID's rules gets what it asks for.
func (q *AuthorizationRequest) givesIDToken() bool {
	cognitos := slices.Equal(q.ResponseTypes, []string{partToken}) && !oidcClaims(&q.Client) && slices.Contains(q.Scopes, scopeOpenID)
	return q.gives(partIDToken) || cognitos
}

// front says that tokens travel by the browser.
func (q *AuthorizationRequest) front() bool { return q.gives(partToken) || q.gives(partIDToken) }

// responseMode is a response_mode as it was sent.
type responseMode struct {
	base   string // ModeQuery, ModeFragment, ModeFormPost, or "" for the default
	signed bool   // JARM §2.3
	known  bool
}

func readMode(text string) responseMode {
	if text == "" || text == "jwt" { // JARM §2.3.4
		return responseMode{signed: text != "", known: true}
	}
	base, signed := strings.CutSuffix(text, ".jwt")
	return responseMode{base, signed, slices.Contains([]string{ModeQuery, ModeFragment, ModeFormPost}, base)}
}

// frontChannel says that a response_type as it was sent gives tokens.
func frontChannel(responseType string) bool {
	return slices.ContainsFunc(strings.Fields(responseType), func(part string) bool { return part == partToken || part == partIDToken })
}

// tentative reads how an error is answered, before the request is checked.
func (q *AuthorizationRequest) tentative() {
	if state := q.form.get("state"); checkStateText(state) {
		q.State = state
	}
	mode, front := readMode(q.form.get("response_mode")), frontChannel(q.form.get("response_type"))
	switch {
	case mode.known && mode.base != "" && !(front && mode.base == ModeQuery):
		q.ResponseMode = mode.base
	case front: // OAuth 2.0 Multiple Response Types §5
		q.ResponseMode = ModeFragment
	}
	q.Signed = mode.known && mode.signed || q.Client.FAPIProfile == identity.FAPIMessageSigning
}

// checkResponseMode: OAuth 2.0 Multiple Response Types §2.1, JARM §2.3. What mode
// the answer has, tentative has read.
func checkResponseMode(q *AuthorizationRequest) *Error {
	mode := readMode(q.form.get("response_mode"))
	switch sealed := mode.signed && q.Client.ResponseEncryptionAlg != ""; {
	case !mode.known:
		return refuse(InvalidRequest, "The response_mode is none of query, fragment, form_post, query.jwt, fragment.jwt, form_post.jwt and jwt.")
	case q.front() && mode.base == ModeQuery && !sealed: // OAuth 2.0 Multiple Response Types §3, §5; JARM §2.3.1
		return refuse(InvalidRequest, "Tokens do not travel in a query: the response_mode is fragment or form_post.")
	case q.front() && mode.base == ModeQuery:
		q.ResponseMode = ModeQuery
	}
	return nil
}

// checkNonce: OpenID Connect Core §3.2.2.1, §3.3.2.11: an ID token that travels by
// the browser is bound to the request by a nonce.
func checkNonce(q *AuthorizationRequest) *Error {
	q.Nonce = q.form.get("nonce")
	switch {
	case len(q.Nonce) > maxNonce:
		return refuse(InvalidRequest, "The nonce is too long.")
	case q.Nonce == "" && q.gives(partIDToken):
		return refuse(InvalidRequest, "A response_type with id_token needs a nonce.")
	}
	return nil
}
