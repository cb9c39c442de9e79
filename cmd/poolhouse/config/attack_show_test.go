package config

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestAttackSecretsOfTransportsAreShown(t *testing.T) {
	for _, dsn := range []string{
		"https://sms.test/?sms.header.Authorization=Bearer+CANARY", "https://sms.test/?sms.field.auth=CANARY", "https://sms.test/?x=CANARY",
		"https://CANARY@sms.test/", "smtp://user:CANARY@mail.test:587", "smtp://mail.test?credential=CANARY", "postgres://u@db/x?sslpassword=CANARY",
	} {
		shown, err := Shown(map[string]any{"sms": map[string]any{"transport": dsn}})
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(shown)
		if err != nil || strings.Contains(string(text), "CANARY") {
			t.Errorf("%s is shown as %s", dsn, text)
		}
	}
}
