package fetch

import (
	"bytes"
	"io"
	"net/http"
)

// HTTP answers a client for libraries that want one. Each request is one Do,
// with all its bounds and refusals: the body has been read when the answer is
// there, and redirects have been followed or stand as the answer.
func (c *Client) HTTP() *http.Client {
	return &http.Client{
		Transport:     transport{c},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

type transport struct{ client *Client }

// RoundTrip sends one request under guard; errors are Do's.
func (t transport) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Body != nil {
		defer request.Body.Close() // http.RoundTripper: also when it is refused
	}
	answer, err := t.client.Do(request.Context(), request)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		Status:        http.StatusText(answer.Status),
		StatusCode:    answer.Status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        answer.Header,
		Body:          io.NopCloser(bytes.NewReader(answer.Body)),
		ContentLength: int64(len(answer.Body)),
		Request:       request,
	}, nil
}
