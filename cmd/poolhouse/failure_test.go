package main

import (
	"strings"
	"testing"

	"poolhouse.dev/web/cognito"
)

func TestARefusalIsTheReadersBusinessNotTheProtocols(t *testing.T) {
	for kind, want := range map[string]string{
		"InternalErrorException":    "poolhouse: that could not be done\n  why: something failed inside, or the store does not answer\n  fix: ",
		"InvalidParameterException": "poolhouse: An attribute cannot be written: foo\n  why: it must be true or false\n  fix: see what",
		"UserNotFoundException":     "poolhouse: An attribute cannot be written: foo\n  why: it must be true or false\n  fix: see who",
	} {
		var said strings.Builder
		code := report(&said, &cognito.Exception{Type: kind, Message: "An attribute cannot be written: foo (it must be true or false)."})
		if code != exitRefused || !strings.HasPrefix(said.String(), want) {
			t.Errorf("%s, code %d:\n%s", kind, code, said.String())
		}
	}
}
