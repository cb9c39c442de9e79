// Package pgtest gives tests a PostgreSQL of their own: the server that
// POOLHOUSE_TEST_POSTGRES names, or a throw-away one from the system's packages
// that ends with the test process, however that ends.
package pgtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Variable names the environment variable that holds the DSN of a server to
// test against. Each test makes a schema of its own in it.
const Variable = "POOLHOUSE_TEST_POSTGRES"

var (
	quick   = sync.OnceValues(func() (string, error) { return start("off") })
	durable = sync.OnceValues(func() (string, error) { return start("on") })
	serial  atomic.Int64
)

// DSN answers where an empty schema of the test's own is; it is dropped at the end.
func DSN(t testing.TB) string {
	t.Helper()
	return schema(t, quick)
}

// DurableDSN is DSN on a server that syncs its commits, for measuring.
func DurableDSN(t testing.TB) string {
	t.Helper()
	return schema(t, durable)
}

func schema(t testing.TB, server func() (string, error)) string {
	t.Helper()
	dsn := os.Getenv(Variable)
	if dsn == "" {
		var err error
		if dsn, err = server(); err != nil {
			t.Fatalf("PostgreSQL for tests: %v", err)
		}
	}
	name := fmt.Sprintf("poolhouse_test_%d_%d", os.Getpid(), serial.Add(1))
	run(t, dsn, "create schema "+name)
	t.Cleanup(func() { run(t, dsn, "drop schema "+name+" cascade") })
	return within(dsn, name)
}

// within adds the schema to either form of a DSN.
func within(dsn, schema string) string {
	if !strings.Contains(dsn, "://") {
		return dsn + " search_path=" + schema
	}
	joint := "?"
	if strings.Contains(dsn, "?") {
		joint = "&"
	}
	return dsn + joint + "search_path=" + url.QueryEscape(schema)
}

func run(t testing.TB, dsn, statement string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), dsn)
	if err != nil {
		t.Fatalf("PostgreSQL for tests: %v", err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(context.Background(), statement); err != nil {
		t.Fatalf("PostgreSQL for tests: %s: %v", statement, err)
	}
}
