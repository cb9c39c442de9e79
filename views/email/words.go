package email

import (
	"net/url"
	"strings"

	"poolhouse.dev/views/provider"
)

// word answers one of the messages of this kind.
func (p Props) word(part string) string {
	kind := p.Kind
	if p.byLink() {
		kind = SignUp
		if part == "text" {
			part = "link_text"
		}
	}
	return p.T("mail."+kind+"_"+part, "App", p.AppName)
}

// byLink says that the pool confirms sign-ups by a link, and no code.
func (p Props) byLink() bool {
	return (p.Kind == SignUp || p.Kind == ResendCode) && p.Code == "" && p.Link != ""
}

// Subject answers the subject line. It never holds the code: subjects are
// shown on locked screens.
func Subject(p Props) string { return strings.Join(strings.Fields(p.word("subject")), " ") }

// SMS answers a text message. One with a code ends in the line that binds the
// code to this host, so that phones fill it in there alone (the format of
// "Origin-bound one-time codes delivered via SMS").
func SMS(p Props) string {
	text := p.T("sms."+p.Kind, "App", p.AppName, "Code", p.Code, "Username", p.Username, "Password", p.Password, "Factor", p.factor(), "Link", p.Link, "Until", p.Until)
	if p.Code == "" || p.Host == "" {
		return text
	}
	return text + "\n\n@" + p.Host + " #" + p.Code
}

// Text answers the plain text part: the same words as the HTML part.
func Text(p Props) string {
	var parts []string
	add := func(lines ...string) { parts = append(parts, strings.Join(lines, "\n")) }
	add(p.word("title"))
	add(p.word("text"))
	if facts := p.facts(); len(facts) > 0 {
		var lines []string
		for _, f := range facts {
			lines = append(lines, f.name+": "+f.value)
		}
		add(lines...)
	}
	if p.Code != "" {
		add(p.Code)
	}
	if p.Link != "" {
		add(p.lead(), p.Link)
	}
	if p.HelpURL != "" {
		add(p.notYou(), p.HelpURL)
	}
	for _, line := range p.small() {
		add(line)
	}
	add("-- ", p.T("mail.footer", "App", p.AppName))
	return strings.Join(parts, "\n\n") + "\n"
}

// lead stands above the link.
func (p Props) lead() string {
	if p.Code != "" {
		return p.T("mail.or_link")
	}
	return p.word("button") + ":"
}

// fact is one line of a small table.
type fact struct {
	name, value string
	secret      bool // to be copied exactly
}

func (p Props) facts() []fact {
	var all []fact
	for _, f := range []fact{
		{"mail.username", p.Username, true}, {"mail.password", p.Password, true},
		{"mail.factor", p.factor(), false}, {"mail.address", p.Address, false},
		{"mail.until", p.Until, false}, {"mail.when", p.When, false}, {"mail.device", p.Device, false}, {"mail.where", p.Where, false},
	} {
		if f.value != "" {
			f.name = p.T(f.name)
			all = append(all, f)
		}
	}
	return all
}

// factor answers the name of the factor that the message is about; "" for none.
// Cognito names the providers of one brand by their type, which leads to the brand.
func (p Props) factor() string {
	id := "way." + strings.ToLower(p.Factor)
	if name := p.T(id, "Name", provider.Shown(p.Provider, p.Provider)); p.Factor != "" && name != id {
		return name
	}
	return ""
}

// notYou stands above the way out for somebody who did not do it.
func (p Props) notYou() string {
	switch {
	case p.ToAccount:
		return p.T("mail.not_you_account")
	case p.Kind == MFACode:
		return p.T("mail.not_you_code") // whoever gets here has passed the password
	}
	return p.T("mail.not_you")
}

// helpButton names the way out.
func (p Props) helpButton() string {
	if p.ToAccount {
		return p.T("mail.to_account")
	}
	return p.word("button")
}

// small is what stands below: how long it works, and what to do if it was
// somebody else.
func (p Props) small() []string {
	var lines []string
	if p.Minutes > 0 && p.Code+p.Link != "" {
		lines = append(lines, p.life())
	}
	if p.Days > 0 && p.Kind == AdminCreateUser {
		lines = append(lines, p.T("mail.admin_create_user_expires", "Count", p.Days))
	}
	if p.Kind == SignInCode || p.Kind == MFACode {
		lines = append(lines, p.T("mail.keep_code", "App", p.AppName))
	}
	if (p.Code != "" || p.byLink()) && p.HelpURL == "" || p.Kind == AccountExists || p.Kind == RecoveryLink {
		lines = append(lines, p.T("mail.ignore"))
	}
	return lines
}

// life says how long code and link work, in hours where they come out even.
func (p Props) life() string {
	id := "mail.expires"
	switch {
	case p.Link == "":
		id = "mail.code_expires"
	case p.Code == "":
		id = "mail.link_expires"
	}
	if p.Minutes%60 == 0 {
		return p.T(id+"_hours", "Count", p.Minutes/60)
	}
	return p.T(id, "Count", p.Minutes)
}

func (p Props) direction() string {
	if p.Dir == "rtl" {
		return "rtl"
	}
	return "ltr"
}

// colour answers a #rrggbb value, or the default for anything else: what a
// pool sets must not become another declaration.
func colour(value, otherwise string) string {
	if len(value) != 7 || value[0] != '#' || strings.Trim(strings.ToLower(value[1:]), "0123456789abcdef") != "" {
		return otherwise
	}
	return value
}

// paint is the style of the button.
func (p Props) paint() string {
	return "display:inline-block;padding:14px 28px;border-radius:10px;font-weight:600;text-decoration:none;background-color:" +
		colour(p.Primary, "#0f5fc2") + ";color:" + colour(p.OnPrimary, "#ffffff")
}

// site answers the host of a link, shown so that people can see where it leads.
func site(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return u.Host
}
