package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

const keyVariable = "POOLHOUSE_MASTER_KEY"

// masterKey finds the key that seals the store's secrets: in the environment,
// in the file that was named, or in the data folder. fresh says that the store
// holds nothing yet; only then may a key be made.
func (a *app) masterKey(s *settings, fresh bool) ([]byte, error) {
	if text, ok := a.env(keyVariable); ok && text != "" {
		return parseKey(text, keyVariable)
	}
	if s.MasterKeyFile != "" {
		return readKey(s.MasterKeyFile)
	}
	path := folder(s.Data).key()
	if !exists(path) && fresh {
		return newKey(path)
	}
	return readKey(path)
}

func readKey(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &failure{exitKey, "the master key " + path + " is missing", "the store's secrets cannot be read without it",
			"restore the file, or give the key with --master-key-file or " + keyVariable + "; nothing was changed"}
	}
	if err != nil {
		return nil, keyUnread(path, err)
	}
	if info.Mode().Perm()&0o077 != 0 && strictModes {
		return nil, &failure{exitKey, "the master key " + path + " is open to others", "its mode is " + info.Mode().Perm().String(), "chmod 600 " + path}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, keyUnread(path, err)
	}
	return parseKey(string(bytes.TrimSpace(text)), path)
}

func keyUnread(path string, err error) error {
	return &failure{exitKey, "cannot read the master key " + path, oneLine(err.Error()), "let this user read it (chown, chmod 600)"}
}

// parseKey reads 32 bytes as base64 or hex.
func parseKey(text, where string) ([]byte, error) {
	text = strings.TrimSpace(text)
	for _, decode := range []func(string) ([]byte, error){
		hex.DecodeString, base64.StdEncoding.DecodeString, base64.RawURLEncoding.DecodeString,
	} {
		if key, err := decode(text); err == nil && len(key) == 32 {
			return key, nil
		}
	}
	return nil, &failure{exitKey, "the master key in " + where + " is not one", "it must be 32 bytes as base64 or hex",
		fmt.Sprintf("for a new installation make one: head -c 32 /dev/urandom | base64; otherwise restore the old %s", where)}
}

func newKey(path string) ([]byte, error) {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails (crypto/rand)
	text := base64.StdEncoding.EncodeToString(key) + "\n"
	if err := writeFile(path, []byte(text)); err != nil {
		return nil, &failure{exitFolder, "cannot write the master key " + path, oneLine(err.Error()), "make room, or let this user write there"}
	}
	return key, nil
}
