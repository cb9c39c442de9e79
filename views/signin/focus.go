package signin

import (
	"strings"

	"github.com/a-h/templ"

	"poolhouse.dev/views/layout"
)

// The caret starts in the first empty field. After a refusal the name stays
// and the password is asked again; other errors leave the caret to the summary.
func (p Props) focusName() bool {
	return (p.Identifier == "" || p.NameOnly) && len(p.Errors) == 0
}

func (p Props) focusPassword() bool {
	return p.Identifier != "" && !p.NameOnly && (len(p.Errors) == 0 || p.Error("username") == "")
}

func (p Props) submit() string {
	if p.NameOnly {
		return p.T("choose.continue")
	}
	return p.T("signin.submit")
}

// way is the way in that is remembered as the last used, by the browser alone.
func (p Props) way() string {
	if p.NameOnly {
		return ""
	}
	return "PASSWORD"
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
