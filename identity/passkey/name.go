package passkey

import (
	_ "embed"
	"strings"
)

// One model a line. The ids are those of the community's list for naming
// passkeys (passkey-authenticator-aaguids) and of the FIDO metadata service;
// names are cut to what a person would call the thing.
//
//go:embed aaguids.txt
var models string

// Name answers what people call an authenticator model, "" when it is unknown.
// It is a name for a list: anybody can make an authenticator that claims it.
func Name(aaguid []byte) string {
	// The text is searched as it lies in the program: 6 KB, read when somebody
	// enrols a passkey, need no index in memory.
	_, after, found := strings.Cut(models, modelText(aaguid)+" ")
	if !found {
		return ""
	}
	name, _, _ := strings.Cut(after, "\n")
	return name
}
