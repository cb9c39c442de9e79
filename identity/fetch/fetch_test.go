package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
)

// loopback is what a test opens to reach its own servers.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func TestAnAnswerIsReadToItsEnd(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Agent", r.UserAgent())
		w.WriteHeader(418)
		io.WriteString(w, r.Header.Get("Add-Padding"))
	})
	answer, err := New(Options{Allow: loopback}).Get(t.Context(), s.URL, map[string]string{"Add-Padding": "true"})
	if err != nil || answer.Status != 418 || string(answer.Body) != "true" || answer.Header.Get("X-Agent") != "Poolhouse" {
		t.Errorf("%+v %v", answer, err)
	}
}

func TestAFormIsPosted(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Method+r.PostFormValue("a")) })
	answer, err := New(Options{Allow: loopback}).PostForm(t.Context(), s.URL, url.Values{"a": {"b c"}})
	if err != nil || string(answer.Body) != "POSTb c" {
		t.Errorf("%s %v", answer.Body, err)
	}
}

func TestAHugeBodyIsRefused(t *testing.T) {
	for name, announce := range map[string]bool{"announced": true, "streamed": false} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if announce {
					w.Header().Set("Content-Length", "1001")
				} else {
					http.NewResponseController(w).Flush()
				}
				w.Write(make([]byte, 1001))
			})
			if _, err := New(Options{Allow: loopback, MaxBytes: 1000}).Get(t.Context(), s.URL, nil); !errors.Is(err, ErrTooLarge) {
				t.Error(err)
			}
			if answer, err := New(Options{Allow: loopback, MaxBytes: 1001}).Get(t.Context(), s.URL, nil); err != nil || len(answer.Body) != 1001 {
				t.Error(len(answer.Body), err)
			}
		})
	}
}

func TestAPackedBodyIsNeverUnpacked(t *testing.T) {
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	w.Write(make([]byte, 8<<20))
	w.Close()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "" {
			t.Error("packing was asked for")
		}
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(bomb.Bytes())
	})
	if _, err := New(Options{Allow: loopback}).Get(t.Context(), s.URL, nil); !errors.Is(err, ErrForbidden) {
		t.Error(err)
	}
}

func TestSlownessEndsAtTheTimeout(t *testing.T) {
	hang := func(r *http.Request) { <-r.Context().Done() }
	for name, h := range map[string]http.HandlerFunc{
		"headers never come": func(_ http.ResponseWriter, r *http.Request) { hang(r) },
		"the body stops": func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "begun")
			http.NewResponseController(w).Flush()
			hang(r)
		},
		"the body drips": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				io.WriteString(w, ".")
				http.NewResponseController(w).Flush()
				time.Sleep(time.Millisecond)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, h)
			if _, err := New(Options{Allow: loopback, Timeout: 50 * time.Millisecond}).Get(t.Context(), s.URL, nil); !errors.Is(err, ErrTimeout) {
				t.Error(err)
			}
		})
	}
}

func TestACallerWhoGivesUpIsToldSo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	if _, err := New(Options{Allow: loopback}).Get(ctx, s.URL, nil); !errors.Is(err, context.Canceled) || errors.Is(err, ErrTimeout) {
		t.Error(err)
	}
}

func TestErrorsNameTheHostAlone(t *testing.T) {
	s := serve(t, says(200, ""))
	address := strings.Replace(s.URL, "http://", "http://user:secret@", 1) + "/secret?token=secret"
	s.Close()
	for _, c := range []*Client{New(Options{Allow: loopback}), New(Options{})} {
		_, err := c.Get(t.Context(), address, nil)
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Error(err)
		}
	}
	if _, err := New(Options{}).Get(t.Context(), "http://secret\x7f", nil); !errors.Is(err, ErrForbidden) || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
}

func TestTheProxyOfTheEnvironmentIsNotUsed(t *testing.T) {
	proxy := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the proxy was asked") })
	t.Setenv("HTTP_PROXY", proxy.URL)
	c := New(Options{Resolver: answering(t, "192.0.2.1"), Timeout: time.Second})
	if _, err := c.Get(t.Context(), "http://proxied.example", nil); !errors.Is(err, ErrForbidden) {
		t.Error(err)
	}
	// The standard library reads the environment once, so a test alone cannot
	// show the difference; the setting can.
	if c.http.Transport.(*http.Transport).Proxy != nil {
		t.Error("the transport has a proxy")
	}
}

func TestCertificatesAreChecked(t *testing.T) {
	s := httptest.NewTLSServer(says(200, "sealed"))
	t.Cleanup(s.Close)
	s.Config.ErrorLog = nil
	if _, err := New(Options{Allow: loopback}).Get(t.Context(), s.URL, nil); !errors.As(err, new(x509.UnknownAuthorityError)) {
		t.Error(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	answer, err := New(Options{Allow: loopback, Roots: roots}).Get(t.Context(), s.URL, nil)
	if err != nil || string(answer.Body) != "sealed" {
		t.Error(err)
	}
}

func TestTheRequestStaysTheCallers(t *testing.T) {
	s := serve(t, says(200, ""))
	request := httptest.NewRequest(http.MethodGet, s.URL, nil)
	request.RequestURI = ""
	if _, err := New(Options{Allow: loopback}).Do(t.Context(), request); err != nil || len(request.Header) != 0 {
		t.Error(err, request.Header)
	}
}
