package bench

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"poolhouse.dev/test/kit"
)

const span = 2 * time.Second

// crowds are how many people work at once.
var crowds = []int{1, 8, 64}

// BenchmarkDurableRefreshes redeems refresh tokens, each answered only after its
// rotation is on the disk.
func BenchmarkDurableRefreshes(b *testing.B) {
	s := kit.Start(b, quiet)
	client := crowdClient()
	tokens := make([]string, crowds[len(crowds)-1])
	for i := range tokens {
		page, err := kit.NewClient().SignIn(s.App.URL+"/start", "ann@example.test", kit.AnnPassword)
		if err != nil {
			b.Fatal(err)
		}
		page.Want(b, http.StatusOK, "Hello")
		tokens[i] = s.App.Last(b).Token.RefreshToken
	}
	rates := perSecond(b, func(worker int) error {
		got, err := kit.Refresh(client, s.URL, kit.WebClient, kit.WebSecret, tokens[worker])
		tokens[worker] = got.RefreshToken
		return err
	})
	sign := spent(500, signer(b, "RS256"))
	add("durable refreshes at 1, 8, 64", rates, fmt.Sprintf("%s; 2 signatures of %d µs", syncs(b), sign.Microseconds()), "grows with the crowd")
}

// BenchmarkDurableSignUps sends sign-up forms, each answered only after the new
// account and its mail are on the disk. It costs a password hash.
func BenchmarkDurableSignUps(b *testing.B) {
	s := kit.Start(b, quiet)
	forms := make([]*kit.Page, crowds[len(crowds)-1])
	for i := range forms {
		page := kit.NewClient().Open(b, s.App.URL+"/start")
		form, err := page.Follow("/signup")
		if err != nil {
			b.Fatal(err)
		}
		forms[i] = form
	}
	var names atomic.Int64
	rates := perSecond(b, func(worker int) error {
		name := fmt.Sprintf("new-%d@example.test", names.Add(1))
		page, err := forms[worker].Send(kit.Fields{"username": name, "password": "correct horse battery staple"})
		if err == nil && !page.Has("code") {
			err = fmt.Errorf("status %d: %s", page.Status, page.Text())
		}
		return err
	})
	add("durable sign-ups at 1, 8, 64", rates, fmt.Sprintf("%s; argon2id %.1f ms", syncs(b), ms(hash())), "grows with the crowd")
}

// perSecond answers how often work is done a second by each crowd.
func perSecond(b *testing.B, work func(worker int) error) string {
	b.Helper()
	text := ""
	for _, crowd := range crowds {
		var done atomic.Int64
		var all sync.WaitGroup
		began := time.Now()
		for worker := range crowd {
			all.Go(func() {
				for time.Since(began) < span {
					if err := work(worker); err != nil {
						b.Error(err)
						return
					}
					done.Add(1)
				}
			})
		}
		all.Wait()
		rate := float64(done.Load()) / time.Since(began).Seconds()
		b.ReportMetric(rate, fmt.Sprintf("at-%d/s", crowd))
		text += fmt.Sprintf("%.0f ", rate)
	}
	return text + "a second"
}

// syncs measures what one writer with one fsync a change could do at most.
func syncs(b *testing.B) string {
	b.Helper()
	f, err := os.Create(filepath.Join(b.TempDir(), "bare"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	n, began := 0, time.Now()
	for ; time.Since(began) < span/4; n++ {
		if _, err := f.WriteAt(make([]byte, 4096), 0); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
	return fmt.Sprintf("%.0f fsyncs", float64(n)/time.Since(began).Seconds())
}

func crowdClient() *http.Client {
	pool := http.DefaultTransport.(*http.Transport).Clone()
	pool.MaxIdleConnsPerHost = crowds[len(crowds)-1]
	return &http.Client{Transport: pool}
}
