package cognito

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"poolhouse.dev/identity"
)

// TestAClientIsAnsweredWhole fills every member by reflection, so that a new
// one cannot be left out.
func TestAClientIsAnsweredWhole(t *testing.T) {
	var rules ClientRules
	fill(reflect.ValueOf(&rules).Elem())
	var c identity.Client
	rules.apply(&c)
	if back := rulesOf(&c); !reflect.DeepEqual(back, rules) {
		t.Errorf("set %+v\nand shown %+v", rules, back)
	}
	fill(reflect.ValueOf(&c).Elem())
	c.CreatedAt, c.ModifiedAt = time.Unix(1, 0), time.Unix(2, 0)
	shown := reflect.ValueOf(clientOf(&c, "secret"))
	for i := range shown.NumField() {
		if shown.Field(i).IsZero() {
			t.Errorf("%s is not shown", shown.Type().Field(i).Name)
		}
	}
}

// TestAClientIsToldItsRegistrationNames: what Cognito has no member for is called
// as RFC 7591 §2 and OpenID Connect Registration §2 have it, as in the file.
func TestAClientIsToldItsRegistrationNames(t *testing.T) {
	in := `{"token_endpoint_auth_method":"private_key_jwt","id_token_signed_response_alg":"ES256","jwks_uri":"https://a.test/keys"}`
	var rules ClientRules
	if err := json.Unmarshal([]byte(in), &rules); err != nil {
		t.Fatal(err)
	}
	var c identity.Client
	rules.apply(&c)
	if c.AuthMethod != identity.AuthPrivateKeyJWT || c.SigningAlg != "ES256" || c.JWKSURI == "" {
		t.Errorf("understood as %+v", c)
	}
}

func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Int:
		v.SetInt(7)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fill(v.Field(i))
			}
		}
	}
}
