package main

import (
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/lmittmann/tint"
	"golang.org/x/term"
)

// newLogger writes JSON for machines and lines for people at a terminal.
func newLogger(w io.Writer, format, level string, env func(string) (string, bool)) *slog.Logger {
	min := levels[level]
	if format == "text" || format == "auto" && isTerminal(w) {
		return slog.New(tint.NewTextHandler(w, &tint.Options{Level: min, TimeFormat: time.TimeOnly, NoColor: !coloured(w, env)}))
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: min}))
}

var levels = map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// coloured obeys https://no-color.org: any value of NO_COLOR switches colour off.
func coloured(w io.Writer, env func(string) (string, bool)) bool {
	if value, ok := env("NO_COLOR"); ok && value != "" {
		return false
	}
	return isTerminal(w)
}
