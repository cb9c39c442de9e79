//go:build windows

package main

// private does nothing: on Windows files inherit their folder's permissions.
func private() {}

// strictModes: modes say nothing here.
const strictModes = false

// openFiles answers how many files the process may have open: Windows names no limit.
func openFiles() uint64 { return 1 << 20 }
