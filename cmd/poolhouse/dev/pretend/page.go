package pretend

import (
	"html/template"
	"net/http"
)

const css = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; }
main { max-width: 32rem; margin: 2rem auto; padding: 0 1rem; }
.mark { margin: 0; padding: .75rem 1rem; background: #7a2e00; color: #fff; text-align: center; font-weight: 600; }
button { display: block; width: 100%; min-height: 48px; margin: .5rem 0; padding: .5rem 1rem; font: inherit; text-align: start; }
small { display: block; }
code { overflow-wrap: anywhere; }
`

const script = `document.forms[0].submit();
`

var pages = template.Must(template.New("frame").Parse(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Title}} (pretend)</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/pretend.css">
</head>
<body>
<p class="mark">Pretend provider of poolhouse dev: nobody is asked for a password, and anybody can be anybody.</p>
<main>
<h1>{{.Title}}</h1>
{{if .Words}}<p>{{.Words}}</p>{{end}}
{{if .Trip}}<form method="post" action="/choose">
<input type="hidden" name="trip" value="{{.Trip}}">
{{range .People}}<button name="person" value="{{.Subject}}">{{.Name}}
<small>{{if .Email}}{{.Email}}, {{if .EmailIsVerified}}verified{{else}}not verified{{end}}{{else}}without an e-mail address{{end}}</small></button>
{{end}}<button name="answer" value="cancel">Cancel: go back without signing in</button>
<button name="answer" value="error">Fail: answer with an error</button>
</form>{{end}}
{{if .Post}}<form method="post" action="{{.Post}}">
{{range .Fields}}<input type="hidden" name="{{.Name}}" value="{{.Value}}">
{{end}}<button>Continue</button>
</form>
<script src="/pretend.js"></script>{{end}}
{{if .Issuer}}<ul>
<li>OpenID Connect: issuer <code>{{.Issuer}}</code></li>
<li>SAML 2.0: metadata <a href="{{.SAML}}"><code>{{.SAML}}</code></a></li>
</ul>{{end}}
</main>
</body>
</html>
`))

// page is what a page of the providers says.
type page struct {
	Title, Words string
	Trip         string
	People       []Person
	Post         string
	Fields       []field
	Issuer, SAML string
}

type field struct{ Name, Value string }

func show(w http.ResponseWriter, status int, p page) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = pages.Execute(w, p) // the connection alone can fail
}

func (p *Providers) home(w http.ResponseWriter, _ *http.Request) {
	show(w, http.StatusOK, page{
		Title: "Pretend providers", Words: "Two identity providers to try signing in with. The app leads here by its buttons.",
		Issuer: p.Issuer(), SAML: p.SAMLMetadata(),
	})
}

// ask lets the person choose who they are.
func (p *Providers) ask(w http.ResponseWriter, title string, t trip) {
	show(w, http.StatusOK, page{Title: title, Words: "Who are you?", Trip: p.remember(t), People: people})
}

func (p *Providers) refuse(w http.ResponseWriter, words string) {
	show(w, http.StatusBadRequest, page{Title: "This does not work", Words: words})
}

func serveText(kind, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write([]byte(text))
	}
}
