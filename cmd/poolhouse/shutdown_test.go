package main

import (
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestAStopBreaksNoRequest: clients that keep their connections get an answer
// to every request until nobody listens any more.
func TestAStopBreaksNoRequest(t *testing.T) {
	r := serveIn(t, dataFolder(t))
	var answered atomic.Int64
	var clients sync.WaitGroup
	for range 6 {
		clients.Go(func() { hammer(t, r.url+"/oauth2/token", &answered) })
	}
	for answered.Load() < 200 {
		time.Sleep(time.Millisecond)
	}
	if err := r.stop(); err != nil {
		t.Error(err)
	}
	clients.Wait()
}

// hammer asks until nobody takes a new connection; what goes wrong on one that
// was taken is a broken request.
func hammer(t *testing.T, url string, answered *atomic.Int64) {
	client := &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second}
	for {
		taken := false
		trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { taken = info.Reused }}
		// A body that cannot be read again keeps the client from trying twice in silence.
		const form = "grant_type=none"
		req, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), http.MethodPost, url, io.MultiReader(strings.NewReader(form)))
		if err != nil {
			t.Error(err)
			return
		}
		req.ContentLength = int64(len(form))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := client.Do(req)
		if err != nil {
			if taken {
				t.Errorf("a request was broken: %v", err)
			}
			return
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		if res.StatusCode >= http.StatusInternalServerError {
			t.Errorf("a request was answered %s", res.Status)
			return
		}
		answered.Add(1)
	}
}

func TestReadyzSaysNoFirst(t *testing.T) {
	r := serveIn(t, dataFolder(t))
	stopped := make(chan struct{})
	go func() { defer close(stopped); _ = r.stop() }()
	saw := 0
	for {
		res, err := http.Get(r.url + "/readyz")
		if err != nil {
			break
		}
		_ = res.Body.Close()
		if res.StatusCode == http.StatusServiceUnavailable {
			saw++
		}
		time.Sleep(5 * time.Millisecond)
	}
	<-stopped
	if saw == 0 {
		t.Error("the listener closed while /readyz still said yes")
	}
}
