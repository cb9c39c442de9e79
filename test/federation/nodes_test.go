package federation

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"golang.org/x/oauth2"

	"poolhouse.dev/test/kit"
)

// nodes are two processes of the program on one PostgreSQL.
type nodes struct{ first, second *kit.Server }

// answer is what a provider sent back by a browser, not taken yet.
type answer struct {
	browser *kit.Client // whose it is
	path    string
	form    url.Values // nil: by GET
}

// takes brings an answer to a node, and says whether that made a session. Where
// it made none the page must say that the sign-in is over.
func (n nodes) takes(a answer, at *kit.Server) (bool, error) {
	stop := a.browser.AtNode(at).WithoutRedirects()
	var page *kit.Page
	var err error
	if a.form != nil {
		page, err = stop.Post(n.first.URL+a.path, a.form)
	} else {
		page, err = stop.Get(n.first.URL + a.path)
	}
	if err != nil {
		return false, err
	}
	for _, c := range (&http.Response{Header: page.Header}).Cookies() {
		if strings.HasSuffix(c.Name, "ph_session") && c.MaxAge >= 0 && c.Value != "" {
			return true, nil
		}
	}
	if !strings.Contains(page.Text(), "This sign-in has ended") {
		return false, fmt.Errorf("%s answers %d: %s", at.Address, page.Status, page.Text())
	}
	return false, nil
}

func (n nodes) wants(t *testing.T, what string, a answer, at *kit.Server, want bool) {
	t.Helper()
	if got, err := n.takes(a, at); err != nil || got != want {
		t.Errorf("%s: a session: %v, want %v, %v", what, got, want, err)
	}
}

// onceOnly holds one answer, and another one that comes 20 times at once, to
// one session each; and both to none after a restart.
func (n nodes) onceOnly(t *testing.T, one, crowd answer) {
	t.Helper()
	n.wants(t, "at the first node", one, n.first, true)
	n.wants(t, "then at the second", one, n.second, false)
	n.wants(t, "and at the first again", one, n.first, false)
	var all sync.WaitGroup
	var mu sync.Mutex
	sessions := 0
	for i := range 20 {
		at := []*kit.Server{n.first, n.second}[i%2]
		all.Go(func() {
			in, err := n.takes(crowd, at)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			if in {
				sessions++
			}
		})
	}
	all.Wait()
	if sessions != 1 {
		t.Errorf("20 at once made %d sessions", sessions)
	}
	n.second.Kill()
	n.second.Run(t)
	for _, a := range []answer{one, crowd} {
		n.wants(t, "at the node that was restarted", a, n.second, false)
		n.wants(t, "at the other", a, n.first, false)
	}
}

// onNodes has a server run on PostgreSQL, and another beside it.
func onNodes(t *testing.T, first *kit.Server) nodes {
	t.Helper()
	first.Env = append(first.Env, kit.SharedKey)
	first.Run(t)
	n := nodes{first, first.Beside(t)}
	n.second.Run(t)
	return n
}

func inPostgres(t *testing.T) func(kit.Map) {
	t.Helper()
	dsn := kit.Postgres(t)
	return func(m kit.Map) { m["storage"] = dsn }
}

// samlNodes are nodes with SimpleSAMLphp in their pool.
func samlNodes(t *testing.T) (works, nodes) {
	t.Helper()
	t.Parallel()
	saml := kit.NewSimpleSAML(t, kit.SAMLOptions{})
	saml.Run(t)
	w := works{kit.Prepare(t, kit.AtLocalhost, outgoing, inPostgres(t), providers(corpSAML(saml.MetadataURL(), kit.Map{"IDPInit": "true"}))), saml}
	n := onNodes(t, w.Server)
	saml.Knows(t, kit.NewClient().Open(t, w.URL+"/saml2/metadata").Body)
	return w, n
}

// response is the provider's, from its sign-in page on.
func (w works) response(t *testing.T, c *kit.Client, page *kit.Page) answer {
	t.Helper()
	page = page.Submit(t, kit.Fields{"username": "bob", "password": "bobpass"})
	if !page.Has("SAMLResponse") {
		t.Fatalf("no response:\n%s", page.Text())
	}
	form := url.Values{"SAMLResponse": {page.Value("SAMLResponse")}, "RelayState": {page.Value("RelayState")}}
	return answer{c, "/saml2/idpresponse?hop=1", form}
}

// SA-26 (ASVS V6.8.3): the trip that the response belongs to is taken once.
func TestAttackSAMLReplayOnASecondNode(t *testing.T) {
	w, n := samlNodes(t)
	asked := func() answer {
		c := kit.NewClient()
		return w.response(t, c, c.Open(t, w.App.URL+"/start").Click(t, "Continue with Works"))
	}
	n.onceOnly(t, asked(), asked())
}

// SA-26: a response without a trip is told by its assertion alone, and whoever
// replays it has another browser.
func TestAttackSAMLReplayOfAnUnaskedResponseOnASecondNode(t *testing.T) {
	w, n := samlNodes(t)
	begin, err := w.App.Begin(oauth2.SetAuthURLParam("identity_provider", "Works"))
	if err != nil {
		t.Fatal(err)
	}
	request, err := url.Parse(begin)
	if err != nil {
		t.Fatal(err)
	}
	unasked := func() answer {
		c := kit.NewClient()
		a := w.response(t, c, c.Open(t, w.saml.URL+"/saml2/idp/SSOService.php?spentityid="+url.QueryEscape("urn:amazon:cognito:sp:"+kit.PoolID)+
			"&RelayState="+url.QueryEscape(request.RawQuery)))
		a.browser = kit.NewClient()
		return a
	}
	n.onceOnly(t, unasked(), unasked())
}

func TestAttackOIDCCallbackReplayOnASecondNode(t *testing.T) {
	u := prepare(t, inPostgres(t))
	u.oidc.InIDToken = true
	u.oidc.Run(t)
	n := onNodes(t, u.Server)
	callback := func() answer {
		c := kit.NewClient()
		return answer{browser: c, path: strings.TrimPrefix(u.answered(t, c, "Google", "carl"), u.URL)}
	}
	n.onceOnly(t, callback(), callback())
}
