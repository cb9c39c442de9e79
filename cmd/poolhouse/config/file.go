// Package config reads poolhouse.yaml: strictly, with the line of every
// mistake and its fix. The keys of pools, clients, groups and users are the
// JSON names of the types they fill, so that file, store and API share one
// vocabulary (docs/configure).
package config

import (
	"poolhouse.dev/web/cognito"
)

// File is poolhouse.yaml. The zero value is a working configuration once
// Defaults has filled it.
type File struct {
	PublicURL      string                 `json:"public_url,omitempty"`
	Listen         string                 `json:"listen,omitempty"`
	Data           string                 `json:"data,omitempty"`
	Storage        string                 `json:"storage,omitempty"`
	MasterKeyFile  string                 `json:"master_key_file,omitempty"`
	Hosts          []string               `json:"hosts,omitempty"`           // further host names that are answered
	TrustedProxies []string               `json:"trusted_proxies,omitempty"` // networks that may say who a request comes from
	MetricsFrom    []string               `json:"metrics_from,omitempty"`    // networks that may read /metrics; nil is this machine, empty is nobody
	Log            string                 `json:"log,omitempty"`             // auto, text, json
	LogLevel       string                 `json:"log_level,omitempty"`
	Email          Email                  `json:"email"`
	SMS            SMS                    `json:"sms"`
	RateLimits     *bool                  `json:"rate_limits,omitempty"`
	Pools          []cognito.PoolSettings `json:"pools,omitempty"`
}

// Email says who mails come from and what carries them.
type Email struct {
	From      string `json:"from,omitempty"`
	Transport string `json:"transport,omitempty"`
}

// SMS says what carries text messages.
type SMS struct {
	Transport string `json:"transport,omitempty"`
}

// kept lists the members that the server keeps itself; a file cannot set them.
var kept = map[string]bool{"user_pool_id": true, "creation_date": true, "last_modified_date": true}
