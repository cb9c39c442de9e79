package main

import (
	"context"
	"errors"
	"io"
	"log/slog"

	"poolhouse.dev/cmd/poolhouse/config"
	"poolhouse.dev/identity"
	"poolhouse.dev/identity/password"
	"poolhouse.dev/identity/risk"
)

// lookups are what the core asks beside its store: files and services that the
// operator chose.
type lookups struct {
	places   *risk.Places
	breached []password.Breached
	domains  *config.Domains
	puzzles  identity.Puzzles
	opened   []io.Closer
	log      *slog.Logger
}

// openLookups opens what the settings name. They were checked, so that what
// fails here went away since.
func openLookups(s *settings, log *slog.Logger) (*lookups, error) {
	l := &lookups{log: log}
	captcha, err := s.OpenCaptcha()
	l.puzzles.Captcha = captcha
	if err := errors.Join(err, l.openPlaces(s.Places), l.openBreached(s), l.openDomains(s.Disposable)); err != nil {
		return nil, errors.Join(usage(oneLine(err.Error()), "check the files that the configuration names"), l.close())
	}
	return l, nil
}

func (l *lookups) openPlaces(path string) (err error) {
	if path == "" {
		return nil
	}
	if l.places, err = risk.OpenPlaces(path); err == nil {
		l.opened = append(l.opened, l.places)
	}
	return err
}

func (l *lookups) openBreached(s *settings) error {
	if s.Breached.File != "" {
		filter, err := password.OpenFilter(s.Breached.File)
		if err != nil {
			return err
		}
		l.opened, l.breached = append(l.opened, filter), append(l.breached, filter)
	}
	if s.Breached.RangeURL != "" {
		l.breached = append(l.breached, &password.RangeQuery{URL: s.Breached.RangeURL, Client: s.Fetcher()})
	}
	return nil
}

func (l *lookups) openDomains(path string) (err error) {
	if path == "" {
		return nil
	}
	l.domains, err = config.OpenDomains(path, func(err error) {
		l.log.Warn("disposable_domains was not read again; the list before serves on", "error", err)
	})
	return err
}

// serve gives the core what there is; what is nil is not asked.
func (l *lookups) serve(core *identity.Core) {
	core.Places, core.Puzzles = l.places, &l.puzzles
	if len(l.breached) > 0 {
		core.Breached = l.isBreached
	}
	if l.domains != nil {
		core.Disposable = l.domains.Has
	}
}

// isBreached asks each list in turn. One that cannot say keeps nobody out.
func (l *lookups) isBreached(ctx context.Context, text string) bool {
	for _, list := range l.breached {
		found, err := list.Breached(ctx, text)
		if err != nil && ctx.Err() == nil && !errors.Is(err, password.ErrTooLong) {
			l.log.Warn("a list of breached passwords cannot say; the password is taken", "error", err)
		}
		if found {
			return true
		}
	}
	return false
}

func (l *lookups) close() error {
	var failed error
	for _, each := range l.opened {
		failed = errors.Join(failed, each.Close())
	}
	return failed
}
