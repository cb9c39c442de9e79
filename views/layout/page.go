// Package layout is the frame every page stands in: head, logo, card, error
// summary, notice, language switcher and footer. Pages embed Page in their
// props.
//
// All links arrive as finished strings and all words through Page.T, so that a
// page renders without a server.
package layout

// Page is what every page needs to know. The zero value of a field leaves its
// part of the page out, except T and Assets, which are required.
type Page struct {
	Lang string // BCP 47 tag of the words shown
	Dir  string // "ltr" or "rtl"; "" is ltr

	// T answers the message with this id in the page's language. data holds
	// name and value pairs; "Count" chooses the plural form.
	T func(id string, data ...any) string

	// Assets answers the URL of a file in assets/ by its plain name, for
	// example "app.css".
	Assets func(name string) string

	Styles  []string // stylesheets of this page, by plain name; a theme comes after them
	Scripts []string // further scripts after app.js, by plain name

	Title       string // replaces the page's own title; the "Error: " prefix is added here
	ThemeCSS    string // URL of one file that holds app.css and the theme after it; "" loads app.css alone
	ColorScheme string // "light" or "dark" forces one; "" and "auto" follow the system
	LogoURL     string // "" shows the app's name in words
	LogoDarkURL string // "" uses LogoURL in the dark too

	AppName    string // the app to return to, or the pool's name
	ReturnHost string // host of the redirect URI, shown under the card
	// What the app says of itself; "" leaves it out. See AppSays.
	AppLogoURL, AppPolicyURL, AppTermsURL string
	ReturnURL                             string // where "Back to <app>" leads; "" leaves the button out

	Languages []Language // the switcher; fewer than two leave it out
	FormToken string     // value of the hidden field "csrf"
	Request   string     // value of the hidden field "request": the request to come back to
	RequestID string     // reference number, shown on failures

	Errors []FieldError // shown as a summary first in <main>, and before each field
	Notice string       // one line that went well, for example "Your password was changed."
	Warn   bool         // Notice is something to act on

	Puzzle *Puzzle // what stands before the form while there is pressure; nil for nothing
}

// Puzzle is a check against programs: work for the browser's script, a wait
// without it, or a CAPTCHA in its place.
type Puzzle struct {
	Token       string // value of the hidden field "puzzle"
	Salt        string // the script seeks a number n for which SHA-256(Salt + n) …
	Bits        int    // … begins with so many zero bits, and puts it into "puzzle_solution"
	WaitSeconds int    // how long to wait before the form is sent without script
	Captcha     *Captcha
}

// Captcha is a provider's widget. Its script fills the element of the class and
// adds the form field with the answer.
type Captcha struct {
	Script  string // URL; the page's policy must allow it
	Class   string
	SiteKey string
}

// Language is one choice of the language switcher.
type Language struct {
	Tag  string // BCP 47
	Name string // in the language itself: Deutsch, العربية
	Dir  string // "rtl" or ""
	Href string // this page in that language
}

// FieldError ties a message to the field it is about.
type FieldError struct {
	Field string // name of the form field; "" concerns the whole form
	Text  string // in the page's language
}

// Moment is a point in time, formatted by the caller.
type Moment struct {
	Machine string // RFC 3339, for <time datetime>
	Words   string // in the page's language
}
