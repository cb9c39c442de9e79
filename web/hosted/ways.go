package hosted

import (
	"encoding/json"
	"slices"

	"poolhouse.dev/identity"
	"poolhouse.dev/views/signin"
	"poolhouse.dev/web"
)

// waysIn answers the ways in that the app's client, else the pool, takes.
// Asking has run before.
func waysIn(r *web.Request) ([]identity.Factor, error) {
	client, err := r.Served()
	if err != nil {
		return nil, err
	}
	ways := r.Pool.Policies.SignInPolicy.AllowedFirstAuthFactors
	if client != nil && len(client.AllowedFirstFactors) > 0 {
		ways = client.AllowedFirstFactors
	}
	if len(ways) == 0 {
		ways = []identity.Factor{identity.FactorPassword, identity.FactorPasskey}
	}
	return ways, nil
}

// twice says that the app asks for two factors. Asking has run before.
func twice(r *web.Request) bool {
	asking, err := r.Asking()
	return err == nil && asking != nil && asking.Twice()
}

// levels are how strongly the app asks people to sign in. Asking has run before.
func levels(r *web.Request) []identity.Level {
	asking, err := r.Asking()
	if err != nil || asking == nil {
		return nil
	}
	return asking.Levels()
}

// byPasskey says that the app asks for a passkey, and nothing else does. Asking
// has run before.
func byPasskey(r *web.Request) bool {
	asking, err := r.Asking()
	return err == nil && asking != nil && asking.Passkey()
}

// nameFirst says that the sign-in page asks for the name alone: a password is
// not the only thing that may follow it.
func nameFirst(ways []identity.Factor) bool {
	return !slices.Contains(ways, identity.FactorPassword) ||
		slices.Contains(ways, identity.FactorEmailCode) || slices.Contains(ways, identity.FactorSMSCode)
}

// pagePasskey is a challenge for a passkey that says itself whose it is; nil
// where there are none.
func pagePasskey(r *web.Request) (*signin.Passkey, error) {
	client, err := clientOf(r)
	if err != nil {
		return nil, err
	}
	options, ok, err := signIns(r).PasskeyOptions(r.Ctx(), r.Pool.ID, client, r.Channel())
	if err != nil || !ok {
		return nil, err
	}
	return &signin.Passkey{Action: r.To("/login/withPasskey"), Options: string(options.Options), State: options.State}, nil
}

// signInByPasskey signs in with the passkey that was chosen on the sign-in page.
func signInByPasskey(r *web.Request) error {
	client, err := clientOf(r)
	if err != nil {
		return err
	}
	if led, err := leadOn(r); led || err != nil {
		return err
	}
	step, err := signIns(r).Passkey(r.Ctx(), identity.PasskeyStart{
		Pool: r.Pool.ID, Client: client, Channel: r.Channel(), State: r.Form.Get("passkey_state"),
		Credential: []byte(r.Form.Get("credential")), Twice: twice(r), Levels: levels(r), Origin: r.Origin(),
	})
	switch {
	case over(err):
		return startOver(r)
	case err != nil:
		return signInRefused(r, "", err)
	}
	return proceed(r, step)
}

// unknownPasskey is what the browser's passkey manager is told of a passkey
// that is not known here (WebAuthn Level 3 §5.1.10, signalUnknownCredential).
func unknownPasskey(r *web.Request, p *signin.Passkey, err error) string {
	if code, _ := identity.CodeOf(err); code != identity.PasskeyUnknown || p == nil {
		return ""
	}
	var asked struct {
		PublicKey struct {
			RPID string `json:"rpId"`
		} `json:"publicKey"`
	}
	var came struct {
		ID string `json:"id"`
	}
	if json.Unmarshal([]byte(p.Options), &asked) != nil || json.Unmarshal([]byte(r.Form.Get("credential")), &came) != nil {
		return ""
	}
	signal, err := json.Marshal(map[string]string{"rpId": asked.PublicKey.RPID, "credentialId": came.ID})
	if err != nil {
		return ""
	}
	return string(signal)
}
