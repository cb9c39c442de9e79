package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"poolhouse.dev/web/cognito"
)

// caller calls operations: of the running server over its admin socket, or of
// a closed store that this process opened. Both speak the same HTTP, so that a
// command is written once.
type caller struct {
	http    *http.Client
	running bool
	close   func() error
}

// connect reaches the server, or opens the store when none is running.
func (a *app) connect(cmd *cobra.Command) (*caller, error) {
	s, err := a.load(cmd)
	if err != nil {
		return nil, err
	}
	socket := folder(s.Data).socket()
	if alive(socket) {
		return overSocket(socket), nil
	}
	return a.inProcess(cmd.Context(), s)
}

// alive says that a server answers on the socket; one that was killed leaves
// the file behind.
func alive(socket string) bool {
	conn, err := dialSocket(context.Background(), socket)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

func dialSocket(ctx context.Context, socket string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: 2 * time.Second}
	return dialer.DialContext(ctx, "unix", socket)
}

func overSocket(socket string) *caller {
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dialSocket(ctx, socket)
	}}
	return &caller{
		http: &http.Client{Transport: transport, Timeout: time.Minute}, running: true,
		close: func() error { transport.CloseIdleConnections(); return nil },
	}
}

func (a *app) inProcess(ctx context.Context, s *settings) (*caller, error) {
	h, err := a.openHouse(ctx, s, existing)
	if err != nil {
		return nil, err
	}
	if h.base == "" { // the start of the server knows better; links need some URL
		h.base = urlOf(s.Listen)
	}
	return &caller{http: &http.Client{Transport: inside{h.adminAs(atTerminal)}}, close: h.close}, nil
}

// inside is a RoundTripper that hands requests to a handler of this process.
type inside struct{ handler http.Handler }

func (i inside) RoundTrip(req *http.Request) (*http.Response, error) {
	answer := &answer{header: http.Header{}, status: http.StatusOK}
	i.handler.ServeHTTP(answer, req)
	return &http.Response{
		StatusCode: answer.status, Header: answer.header, Body: io.NopCloser(&answer.body), Request: req,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, ContentLength: int64(answer.body.Len()),
	}, nil
}

// answer keeps what a handler writes.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(p []byte) (int, error) { return a.body.Write(p) }

// cognito calls an operation that Cognito has.
func (c *caller) cognito(ctx context.Context, name string, in, out any) error {
	return c.call(ctx, cognito.Target+name, in, out)
}

// house calls an operation of our own.
func (c *caller) house(ctx context.Context, name string, in, out any) error {
	return c.call(ctx, cognito.AdminTarget+name, in, out)
}

func (c *caller) call(ctx context.Context, target string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://poolhouse/", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("X-Amz-Target", target)
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	resp, err := c.http.Do(req)
	if err != nil {
		return &failure{exitRefused, "the running server did not answer", oneLine(err.Error()), "look at its log, then try again"}
	}
	defer func() { _ = resp.Body.Close() }()
	return understand(resp, out)
}

func understand(resp *http.Response, out any) error {
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode == http.StatusOK {
		if out == nil {
			return nil
		}
		return json.Unmarshal(body, out)
	}
	refusal := &cognito.Exception{}
	if err := json.Unmarshal(body, refusal); err != nil {
		return fmt.Errorf("the server answered %s", resp.Status)
	}
	return refusal
}

// refusedAs says that the server refused with this exception.
func refusedAs(err error, name string) bool {
	var refusal *cognito.Exception
	return errors.As(err, &refusal) && refusal.Type == name
}
