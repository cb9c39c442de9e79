package main

import (
	"net"

	"golang.org/x/net/netutil"
)

// reservedFiles are kept for the store, mail and the admin socket: connections
// that do nothing may not take the last file the process can open.
const reservedFiles = 200

// limited holds a listener to the connections that the process has files for.
func limited(listener net.Listener, files uint64) net.Listener {
	return netutil.LimitListener(listener, mostConnections(files))
}

// mostConnections leaves the reserve, or half of the files where they are few.
func mostConnections(files uint64) int {
	const most = 1 << 20 // more than memory has room for
	if files < 2*reservedFiles {
		return max(1, int(files/2))
	}
	return int(min(files-reservedFiles, most))
}
