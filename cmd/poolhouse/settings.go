package main

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"poolhouse.dev/cmd/poolhouse/config"
	"poolhouse.dev/cmd/poolhouse/dev"
)

// defaultFile is read when it lies in the current folder and no other is named.
const defaultFile = "poolhouse.yaml"

// settings is the effective configuration: flags over environment over file
// over defaults.
type settings struct {
	config.File
	parsed *config.Parsed // nil without a file
	path   string         // the file, or ""
	origin map[string]string

	// Set by `poolhouse dev`: the address it found free, and the mailbox that
	// takes the place of what carries messages.
	opened net.Listener
	watch  bool // handlers of triggers for changes
	box    *dev.Mailbox
}

// load reads the file, if there is one, and puts flags and environment over it.
func (a *app) load(cmd *cobra.Command) (*settings, error) {
	s := &settings{origin: map[string]string{}}
	if err := a.readFile(s); err != nil {
		return nil, err
	}
	a.override(cmd, s)
	s.defaults()
	if err := config.CheckServer(&s.File, s.parsed, s.origin); err != nil {
		return nil, err
	}
	return s, nil
}

func (a *app) readFile(s *settings) error {
	path := a.configFile
	if path == "" {
		path = defaultFile
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
	}
	parsed, err := config.Load(path, a.env)
	if err != nil {
		return fileFailure(path, err)
	}
	s.parsed, s.path, s.File = parsed, path, parsed.File
	s.beside(filepath.Dir(path))
	return nil
}

func fileFailure(path string, err error) error {
	var problems config.Problems
	if errors.As(err, &problems) {
		return err
	}
	why := err.Error()
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		why = pathError.Err.Error()
	}
	return &failure{exitUsage, "cannot read the configuration " + path, why, "name an existing file with --config"}
}

// beside makes the file's paths relative to the file, so that it means the
// same wherever the command is started.
func (s *settings) beside(folder string) {
	paths := []*string{&s.Data, &s.MasterKeyFile, &s.Places, &s.Breached.File, &s.Disposable, &s.TLS.Certificate, &s.TLS.PrivateKey, &s.ClientAuthorities}
	for i := range s.TLS.Certificates {
		paths = append(paths, &s.TLS.Certificates[i].Certificate, &s.TLS.Certificates[i].PrivateKey)
	}
	for _, path := range paths {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(folder, *path)
		}
	}
	s.Triggers.Beside(folder)
	s.Email.Transport = config.Beside(folder, s.Email.Transport)
	s.SMS.Transport = config.Beside(folder, s.SMS.Transport)
}

// override puts the flags, typed or from the environment, over the file.
func (a *app) override(cmd *cobra.Command, s *settings) {
	for name, target := range map[string]*string{
		"data": &s.Data, "storage": &s.Storage, "master-key-file": &s.MasterKeyFile,
		"listen": &s.Listen, "public-url": &s.PublicURL, "log": &s.Log, "log-level": &s.LogLevel,
		"tls-certificate": &s.TLS.Certificate, "tls-private-key": &s.TLS.PrivateKey,
	} {
		flag := cmd.Flags().Lookup(name)
		if flag == nil || !flag.Changed {
			continue
		}
		*target = flag.Value.String()
		s.origin[keyOf(name)] = "--" + name
		if flag.Annotations[fromEnv] != nil {
			s.origin[keyOf(name)] = variableOf(name)
		}
	}
}

// defaults fills what nobody set.
func (s *settings) defaults() {
	for key, d := range map[string]struct {
		target *string
		value  string
	}{
		"data": {&s.Data, "data"}, "listen": {&s.Listen, "127.0.0.1:8080"},
		"log": {&s.Log, "auto"}, "log_level": {&s.LogLevel, "info"},
	} {
		if *d.target == "" {
			*d.target = d.value
			s.origin[key] = "default"
		}
	}
	if s.Email.Transport == "" {
		s.Email.Transport = "file:" + filepath.Join(s.Data, "mail")
		s.origin["email.transport"] = "default"
	}
	if s.SMS.Transport == "" {
		s.SMS.Transport = "file:" + filepath.Join(s.Data, "sms")
		s.origin["sms.transport"] = "default"
	}
	if s.MetricsFrom == nil { // an empty list in the file switches them off
		s.MetricsFrom = []string{"127.0.0.0/8", "::1"}
		s.origin["metrics_from"] = "default"
	}
	if s.Email.From == "" {
		s.Email.From = "Poolhouse <poolhouse@localhost>"
		s.origin["email.from"] = "default"
	}
	s.defaultPool()
}

// defaultPool lets a server without any pool in its file begin with one.
func (s *settings) defaultPool() {
	if len(s.Pools) == 0 {
		s.Pools = config.DefaultPools()
		s.origin["pools"] = "default"
	}
}

// from says where a setting comes from, for `config show`.
func (s *settings) from(key string) string {
	if from, ok := s.origin[key]; ok {
		return from
	}
	if s.parsed != nil && s.parsed.Set(key) {
		return s.parsed.Name + ":" + strconv.Itoa(s.parsed.Line(key))
	}
	return "default"
}

func (s *settings) rateLimits() bool { return s.RateLimits == nil || *s.RateLimits }

// keyOf answers the file's key for a flag: --public-url is public_url.
func keyOf(flag string) string {
	if rest, ok := strings.CutPrefix(flag, "tls-"); ok {
		return "tls." + keyOf(rest)
	}
	return strings.ReplaceAll(flag, "-", "_")
}
