package bench

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"poolhouse.dev/test/kit"
)

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

// BenchmarkPasswordSignIn compares the server's processor time for a whole
// sign-in (page, form, code, tokens) with that of the argon2id hash in it.
func BenchmarkPasswordSignIn(b *testing.B) {
	s := kit.Start(b, quiet)
	spend := func(n int) {
		for range n {
			page, err := kit.NewClient().SignIn(s.App.URL+"/start", "ann@example.test", kit.AnnPassword)
			if err != nil {
				b.Fatal(err)
			}
			page.Want(b, http.StatusOK, "Hello")
		}
	}
	spend(3)
	const n = 40
	before := cpu(b, s.PID())
	spend(n)
	whole := (cpu(b, s.PID()) - before) / n
	before = cpu(b, s.PID())
	posts(b, s, n)
	post := (cpu(b, s.PID()) - before) / n
	bare := hash()
	b.ReportMetric(float64(whole.Microseconds()), "µs/sign-in")
	add("CPU of a password", fmt.Sprintf("%.1f ms, %.2f ×", ms(post), ratio(post, bare)), fmt.Sprintf("%.1f ms argon2id, 19 MiB, 2 passes", ms(bare)), "1.15 ×")
	add("CPU of page, password, tokens", fmt.Sprintf("%.1f ms, %.2f ×", ms(whole), ratio(whole, bare)), "the same", "")
}

func ms(d time.Duration) float64 { return d.Seconds() * 1000 }

// posts sends the sign-in form alone, n times: a wrong password costs the same
// hash and needs no page afterwards but the form itself.
func posts(b *testing.B, s *kit.Server, n int) {
	b.Helper()
	page := kit.NewClient().Open(b, s.App.URL+"/start")
	for range n {
		if _, err := page.Send(kit.Fields{"username": "ann@example.test", "password": "not the password"}); err != nil {
			b.Fatal(err)
		}
	}
}

// hash is the bare argon2id with the server's parameters (OWASP 2026: 19 MiB, 2
// passes, 1 lane).
func hash() time.Duration {
	const n = 20
	before := own()
	for range n {
		argon2.IDKey([]byte(kit.AnnPassword), []byte("sixteen bytes of"), 2, 19<<10, 1, 32)
	}
	return (own() - before) / n
}

// BenchmarkSignInPage weighs what a browser transfers to show the sign-in page.
func BenchmarkSignInPage(b *testing.B) {
	s := kit.Start(b, quiet)
	page := kit.NewClient().Open(b, s.App.URL+"/start")
	addresses := []string{page.URL.String()}
	for _, tag := range [][2]string{{"link[rel=stylesheet]", "href"}, {"script[src]", "src"}, {"img[src]", "src"}} {
		for _, found := range page.Doc.Find(tag[0]).EachIter() {
			to, err := page.URL.Parse(found.AttrOr(tag[1], ""))
			if err != nil {
				b.Fatal(err)
			}
			addresses = append(addresses, to.String())
		}
	}
	total, bare := 0, 0
	for _, address := range addresses {
		sent, zipped := weigh(b, address)
		total, bare = total+sent, bare+zipped
	}
	b.ReportMetric(float64(total), "bytes/page")
	add("sign-in page", fmt.Sprintf("%.1f KB in %d requests", float64(total)/1000, len(addresses)),
		fmt.Sprintf("%.1f KB compressed by gzip -9", float64(bare)/1000), "30 KB in 3 requests")
}

// weigh answers how many bytes of body travel, and how many gzip makes of it.
func weigh(b *testing.B, address string) (sent, zipped int) {
	b.Helper()
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "gzip")
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.Fatal(err)
	}
	if res.Header.Get("Content-Encoding") == "gzip" {
		return len(body), len(body)
	}
	var small bytes.Buffer
	w, err := gzip.NewWriterLevel(&small, gzip.BestCompression)
	if err != nil {
		b.Fatal(err)
	}
	_, err1 := w.Write(body)
	if err2 := w.Close(); err1 != nil || err2 != nil {
		b.Fatal(err1, err2)
	}
	return len(body), small.Len()
}

// BenchmarkThousandSignIns sends a thousand passwords at once: each is answered,
// with success or with 503 and Retry-After, and memory stays bounded.
func BenchmarkThousandSignIns(b *testing.B) {
	s := kit.Start(b, quiet)
	page := kit.NewClient().Open(b, s.App.URL+"/start")
	idle := status(b, s.PID(), "VmRSS")
	var in, busy, other atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for range 1000 {
		all.Go(func() {
			answer, err := page.Send(kit.Fields{"username": "ann@example.test", "password": kit.AnnPassword})
			switch {
			case err == nil && answer.Status == http.StatusServiceUnavailable && answer.Header.Get("Retry-After") != "":
				busy.Add(1)
			case err == nil && (strings.Contains(answer.Text(), "Hello") || answer.URL.Host != s.Address):
				in.Add(1)
			default:
				other.Add(1)
			}
		})
	}
	all.Wait()
	took := time.Since(began)
	peak := status(b, s.PID(), "VmHWM")
	b.ReportMetric(float64(in.Load())/took.Seconds(), "sign-ins/s")
	add("1,000 sign-ins at once", fmt.Sprintf("%d in, %d busy, %d other", in.Load(), busy.Load(), other.Load()),
		fmt.Sprintf("%.1f s; %.0f/s if only argon2id", took.Seconds(), 2/hash().Seconds()), "all answered")
	add("memory while they last", fmt.Sprintf("%.0f MiB at most", peak), fmt.Sprintf("%.0f MiB idle + 19 MiB a hash", idle), "bounded by the pool")
}
