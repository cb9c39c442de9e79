//go:build unix

package main

import "syscall"

// private makes every file that the process creates its owner's alone
// (security baseline: 0600 files, 0700 folders), the admin socket included.
func private() { syscall.Umask(0o077) }

// strictModes: a key that others can read is refused.
const strictModes = true
