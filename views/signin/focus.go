package signin

import (
	"strings"

	"github.com/a-h/templ"

	"poolhouse.dev/views/layout"
)

// The caret starts in the first empty field. After a refusal the name stays
// and the password is asked again; other errors leave the caret to the summary.
func (p Props) focusName() bool { return p.Identifier == "" && len(p.Errors) == 0 }

func (p Props) focusPassword() bool {
	return p.Identifier != "" && (len(p.Errors) == 0 || p.Error("username") == "")
}

func (p Props) foot() templ.Component {
	if p.SignUpURL == "" {
		return nil
	}
	return layout.Aside(p.T("signin.no_account"), p.T("signin.sign_up"), p.SignUpURL)
}

func (p ChooseProps) initial() string {
	for _, r := range strings.TrimSpace(p.Name) {
		return strings.ToUpper(string(r))
	}
	return ""
}
