package script

import (
	"bytes"
	"net/http"
	"strings"

	"github.com/dop251/goja"

	"poolhouse.dev/identity/fetch"
)

// maxFetches bounds the fetches of one machine that are under way.
const maxFetches = 16

// fetch is what the prelude's fetch is made of: it answers a promise of status,
// header fields and body.
func (m *machine) fetch(method, address string, header [][]string, body []byte) *goja.Promise {
	promise, resolve, reject := m.js.NewPromise()
	request, err := http.NewRequest(strings.ToUpper(method), address, bytes.NewReader(body))
	switch {
	case m.engine.options.Fetch == nil:
		err = fetch.ErrForbidden
	case m.pending >= maxFetches:
		_ = reject(m.wrong("more than 16 fetches at once"))
		return promise
	}
	if err != nil {
		_ = reject(m.wrong("fetch failed: " + err.Error()))
		return promise
	}
	for _, pair := range header {
		request.Header.Add(pair[0], pair[1])
	}
	m.later(func() func() {
		answer, err := m.engine.options.Fetch.Do(m.ctx, request)
		return func() {
			if err != nil {
				_ = reject(m.wrong("fetch failed: " + err.Error())) // a stop is found by stopped
				return
			}
			_ = resolve(m.answered(address, answer))
		}
	})
	return promise
}

func (m *machine) answered(address string, answer fetch.Response) map[string]any {
	var header [][]string
	for name, values := range answer.Header {
		for _, value := range values {
			header = append(header, []string{strings.ToLower(name), value})
		}
	}
	return map[string]any{
		"url": address, "status": answer.Status, "statusText": http.StatusText(answer.Status), "headers": header,
		"body": m.js.NewArrayBuffer(answer.Body),
	}
}
