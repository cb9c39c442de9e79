package kit

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Tokens is an answer of the token endpoint.
type Tokens struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	IDToken      string `json:"id_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
	Scope        string `json:"scope"`
}

// Token posts to the token endpoint. clientID and secret go by HTTP Basic when
// there is a secret, else the id goes in the form. A refusal is a *Refusal.
func Token(client *http.Client, issuer, clientID, secret string, form url.Values) (Tokens, error) {
	var tokens Tokens
	body, err := post(client, issuer+"/oauth2/token", clientID, secret, form)
	if err != nil {
		return tokens, err
	}
	return tokens, json.Unmarshal(body, &tokens)
}

// Refresh redeems a refresh token.
func Refresh(client *http.Client, issuer, clientID, secret, token string) (Tokens, error) {
	return Token(client, issuer, clientID, secret, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
}

// Revoke ends a token (RFC 7009).
func Revoke(client *http.Client, issuer, clientID, secret, token string) error {
	_, err := post(client, issuer+"/oauth2/revoke", clientID, secret, url.Values{"token": {token}})
	return err
}

// Introspect asks about a token (RFC 7662).
func Introspect(client *http.Client, issuer, clientID, secret, token string) (map[string]any, error) {
	body, err := post(client, issuer+"/oauth2/introspect", clientID, secret, url.Values{"token": {token}})
	if err != nil {
		return nil, err
	}
	var answer map[string]any
	return answer, json.Unmarshal(body, &answer)
}

func post(client *http.Client, address, clientID, secret string, form url.Values) ([]byte, error) {
	if secret == "" {
		form.Set("client_id", clientID)
	}
	req, err := http.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if secret != "" {
		req.SetBasicAuth(url.QueryEscape(clientID), url.QueryEscape(secret)) // RFC 6749 §2.3.1
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if res.StatusCode >= 300 {
		return nil, refusal(res.StatusCode, body)
	}
	return body, nil
}

func refusal(status int, body []byte) error {
	var answer struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if json.Unmarshal(body, &answer) != nil {
		answer.Description = string(body)
	}
	return &Refusal{Status: status, Code: answer.Error, Description: answer.Description}
}
