package fetch

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

var hourly = Rule{Fresh: time.Hour, Retry: time.Minute, Keep: 24 * time.Hour}

// shop counts what it is asked for, and is closed while err is set.
type shop struct {
	visits int
	err    error
}

func (s *shop) load(context.Context) (int, error) {
	s.visits++
	return s.visits, s.err
}

func (s *shop) want(t *testing.T, what string, got int, err error, value, visits int) {
	t.Helper()
	if got != value || s.visits != visits || (err != nil) != (value == 0) {
		t.Errorf("%s: %d after %d visits, %v", what, got, s.visits, err)
	}
}

func TestADocumentIsFetchedWhenItIsOldAndKeptWhileTheProviderIsDown(t *testing.T) {
	c, s := NewCache(0), &shop{err: errors.New("down")}
	at := func(after time.Duration) (int, error) {
		return Load(t.Context(), c, "a", noon.Add(after), hourly, s.load)
	}
	got, err := at(0)
	s.want(t, "down", got, err, 0, 1)
	got, err = at(4 * time.Second)
	s.want(t, "down a moment ago", got, err, 0, 1)
	s.err = nil
	got, err = at(5 * time.Second)
	s.want(t, "up", got, err, 2, 2)
	got, err = at(time.Hour)
	s.want(t, "fresh", got, err, 2, 2)
	s.err = errors.New("down")
	got, err = at(time.Hour + 5*time.Second)
	s.want(t, "old and down", got, err, 2, 3)
	got, err = at(time.Hour + 64*time.Second)
	s.want(t, "within the minute", got, err, 2, 3)
	got, err = at(time.Hour + 65*time.Second)
	s.want(t, "down for a minute", got, err, 2, 4)
	got, err = at(24*time.Hour + 6*time.Second)
	s.want(t, "too old to serve", got, err, 0, 5)
}

func TestAReloadIsDoneOnceAMinute(t *testing.T) {
	c, s := NewCache(0), &shop{}
	Load(t.Context(), c, "a", noon, hourly, s.load)
	for second := range 125 {
		Reload(t.Context(), c, "a", noon.Add(time.Duration(second)*time.Second), hourly, s.load)
	}
	if s.visits != 4 { // at 0, when it had just been loaded, at 60 and at 120
		t.Error(s.visits)
	}
}

func TestACacheForgetsWhatNobodyHasNeededForLongest(t *testing.T) {
	c, s := NewCache(2), &shop{}
	for i, key := range []string{"a", "b", "a", "c", "a", "b"} {
		Load(t.Context(), c, key, noon.Add(time.Duration(i)), hourly, s.load)
	}
	if s.visits != 4 || len(c.entries) != 2 {
		t.Error(s.visits, len(c.entries))
	}
	if _, err := Load(t.Context(), c, "a", noon, hourly, func(context.Context) (string, error) { return "", nil }); err == nil {
		t.Error("a document of another kind is answered")
	}
}

func TestManyWhoNeedADocumentFetchItOnce(t *testing.T) {
	c, s := NewCache(0), &shop{}
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if got, err := Load(t.Context(), c, "a", noon, hourly, s.load); got != 1 || err != nil {
				t.Error(got, err)
			}
		})
	}
	all.Wait()
}

func TestAnImpatientCallerFailsAlone(t *testing.T) {
	c, s := NewCache(0), &shop{}
	ctx, cancel := context.WithCancel(t.Context())
	started, goOn := make(chan struct{}), make(chan struct{})
	var first sync.WaitGroup
	first.Go(func() {
		Load(ctx, c, "a", noon, hourly, func(ctx context.Context) (int, error) {
			close(started)
			<-goOn
			s.visits++
			return 7, ctx.Err()
		})
	})
	<-started
	cancel()
	if _, err := Load(ctx, c, "a", noon, hourly, s.load); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(goOn)
	first.Wait()
	if got, err := Load(t.Context(), c, "a", noon, hourly, s.load); got != 7 || err != nil {
		t.Error(got, err)
	}
}
