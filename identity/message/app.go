package message

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"poolhouse.dev/identity/fetch"
)

// OpenApp answers the transport of calls to apps: it posts a content's text, with
// its header, to the URL that the content is for. The client must follow no
// redirect. An app that answers 2xx took the call. One that answers 400 has read
// and refused it (OpenID Connect Back-Channel Logout §2.8): it will not be asked
// again; no more one that does not take the bearer token which it gave us for the
// call (CIBA §10.2: 401, 403). So it is with an address that must not be asked.
// Anything else may pass.
func OpenApp(client *fetch.Client) Transport { return appTransport{client} }

type appTransport struct{ client *fetch.Client }

func (t appTransport) Send(ctx context.Context, c Content) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.To, strings.NewReader(c.Text))
	if err != nil {
		return permanent("the app's address cannot be read")
	}
	for name, value := range c.Header {
		request.Header.Set(name, value)
	}
	answer, err := t.client.Do(ctx, request)
	switch {
	case errors.Is(err, fetch.ErrForbidden):
		return &PermanentError{err}
	case err != nil:
		return err
	case answer.Status/100 == 2:
		return nil
	case answer.Status == http.StatusBadRequest:
		return permanent("the app refuses it (400)")
	case c.Header["Authorization"] != "" && (answer.Status == http.StatusUnauthorized || answer.Status == http.StatusForbidden):
		return permanent("the app does not take its own token")
	}
	return fmt.Errorf("message: the app answers %d", answer.Status)
}

func (appTransport) Close() error   { return nil }
func (appTransport) String() string { return "https" }
