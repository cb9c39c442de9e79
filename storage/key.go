package storage

// Key is an encoded tuple: its byte order is the order of the tuples.
type Key []byte
