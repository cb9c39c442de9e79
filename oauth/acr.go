package oauth

import (
	"slices"
	"strings"

	"poolhouse.dev/identity"
)

// How a person has proven themselves, as acr says it. Numbers are what clients
// and the certification suite ask for when nobody told them better; phr is
// OpenID's own name (OpenID Connect EAP ACR Values §2).
const (
	acrOne     = "1"   // one factor
	acrTwo     = "2"   // two factors, or a remembered browser in place of the second
	acrPasskey = "phr" // a passkey: nobody can be lured into giving it away
)

// acrValues are all of them, the strongest first.
var acrValues = []string{acrPasskey, acrTwo, acrOne}

const maxACR = 20

// supportedACR are all values that mean something in a pool: acrValues, and Cognito's
// levels by the names that the pool gives them.
func supportedACR(p *identity.Pool) []string { return slices.Concat(acrValues, p.LevelNames()) }

// proven answers the values that a sign-in meets, ours before Cognito's, and the
// strongest of each first.
func (q *AuthorizationRequest) proven(auth identity.Authentication) []string {
	var met []string
	if slices.Contains(auth.Methods(), "pop") { // RFC 8176 §2: proof of possession of a key
		met = append(met, acrPasskey)
	}
	if auth.Twice() && !slices.Equal(auth.Methods(), elsewhere) {
		met = append(met, acrTwo)
	}
	met = append(met, acrOne)
	for l := auth.Level(); l > 0; l-- {
		met = append(met, q.Pool.LevelName(l))
	}
	return met
}

// elsewhere are the methods of somebody whom a provider vouched for alone: how
// they proved themselves there nobody has said.
var elsewhere = []string{"fed", "mfa"}

// Twice says that the sign-in must prove two factors, as the page asks them of
// package identity.
func (q *AuthorizationRequest) Twice() bool {
	must := q.essentialACR()
	return slices.Contains(must, acrTwo) && !slices.Contains(must, acrOne)
}

// Passkey says that the sign-in must be by a passkey.
func (q *AuthorizationRequest) Passkey() bool {
	return slices.Equal(q.essentialACR(), []string{acrPasskey})
}

// Levels are those of Cognito's of which the sign-in must reach one, the one that is
// named first before the others; none where something else will do.
func (q *AuthorizationRequest) Levels() []identity.Level {
	must := q.essentialACR()
	if slices.ContainsFunc(must, func(v string) bool { return slices.Contains(acrValues, v) }) {
		return nil
	}
	return q.Pool.Levels(must)
}

// checkACR: OpenID Connect Core §5.5.1.1: acr_values is the same as a voluntary
// wish for the claim; the default counts where the request says nothing.
func checkACR(q *AuthorizationRequest) *Error {
	text := q.form.get("acr_values")
	q.ACRValues = strings.Fields(text)
	if len(text) > maxHint || len(q.ACRValues) > maxACR {
		return refuse(InvalidRequest, "The acr_values are too long.")
	}
	if len(q.ACRValues) == 0 {
		q.ACRValues = q.acrWish().texts()
	}
	if must := q.essentialACR(); len(must) > 0 && !slices.ContainsFunc(must, func(v string) bool { return slices.Contains(supportedACR(&q.Pool), v) }) {
		return refuse(UnmetAuthentication, "The acr that is essential is none of acr_values_supported.")
	}
	if len(q.ACRValues) == 0 {
		q.ACRValues = q.Client.DefaultACRValues
	}
	return nil
}

func (q *AuthorizationRequest) acrWish() ClaimWish {
	if q.Claims == nil {
		return ClaimWish{}
	}
	return q.Claims.IDToken["acr"]
}

// essentialACR answers the values of which the sign-in must meet one; none for
// any sign-in.
func (q *AuthorizationRequest) essentialACR() []string {
	if wish := q.acrWish(); wish.Essential {
		return wish.texts()
	}
	return nil
}

// suffices says that a sign-in is as strong as the request must have it.
func (q *AuthorizationRequest) suffices(auth identity.Authentication) bool {
	must := q.essentialACR()
	return len(must) == 0 || slices.ContainsFunc(q.proven(auth), func(v string) bool { return slices.Contains(must, v) })
}

// acr answers what the tokens say of a sign-in: the first value that was asked
// for and is met, else the strongest.
func (q *AuthorizationRequest) acr(auth identity.Authentication) string {
	met := q.proven(auth)
	for _, v := range slices.Concat(q.essentialACR(), q.ACRValues) {
		if slices.Contains(met, v) {
			return v
		}
	}
	return met[0]
}
