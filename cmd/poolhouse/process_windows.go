//go:build windows

package main

// private does nothing: on Windows files inherit their folder's permissions.
func private() {}

// strictModes: modes say nothing here.
const strictModes = false
