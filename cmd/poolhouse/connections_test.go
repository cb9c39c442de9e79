package main

import (
	"math"
	"net"
	"testing"
	"time"
)

func TestMostConnectionsLeaveAReserve(t *testing.T) {
	for files, want := range map[uint64]int{0: 1, 1: 1, 256: 128, 400: 200, 1024: 824, math.MaxUint64: 1 << 20} {
		if got := mostConnections(files); got != want {
			t.Errorf("%d files: %d connections, want %d", files, got, want)
		}
	}
}

func TestAttackIdleConnectionsTakeEveryFile(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener := limited(inner, 4)
	accepted := make(chan net.Conn, 8)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				close(accepted)
				return
			}
			accepted <- conn
		}
	}()
	for range 3 {
		conn, err := net.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	first := <-accepted
	defer (<-accepted).Close()
	select {
	case <-accepted:
		t.Fatal("a third connection is accepted with files for two")
	case <-time.After(100 * time.Millisecond):
	}
	_ = first.Close()
	select {
	case conn := <-accepted:
		defer conn.Close()
	case <-time.After(5 * time.Second):
		t.Fatal("a closed connection makes no room")
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
}
