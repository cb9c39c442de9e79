//go:build unix

package main

import "syscall"

// private makes every file that the process creates its owner's alone
// (security baseline: 0600 files, 0700 folders), the admin socket included.
func private() { syscall.Umask(0o077) }

// strictModes: a key that others can read is refused.
const strictModes = true

// openFiles answers how many files the process may have open. Go has raised the
// soft limit to the hard one (os, since 1.19).
func openFiles() uint64 {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 1024
	}
	return uint64(limit.Cur) // signed on some systems
}
