package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// keeper runs the server until its standard input ends, which it does when the
// test process is gone, even by SIGKILL; then it removes the folder.
const keeper = `"$1/postgres" -D "$2/data" -k "$2" -h 127.0.0.1 -p "$3" -c fsync="$4" -c synchronous_commit="$4" \
	-c full_page_writes="$4" -c max_connections=200 -c shared_buffers=64MB >"$2/log" 2>&1 &
server=$!
cat >/dev/null
kill -QUIT $server
wait $server
rm -rf "$2"`

// pipes keeps the keepers' inputs open: a collected file would be closed.
var pipes []*os.File

// start answers the DSN of a new server.
func start(sync string) (string, error) {
	programs, err := findPrograms()
	if err != nil {
		return "", err
	}
	owner, err := findOwner()
	if err != nil {
		return "", err
	}
	folder, err := initialise(programs, owner)
	if err != nil {
		return "", err
	}
	for range 5 { // another process may take the port first
		var dsn string
		if dsn, err = launch(programs, folder, sync, owner); err == nil {
			return dsn, nil
		}
	}
	return "", err
}

func findPrograms() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if len(found) == 0 {
		return "", fmt.Errorf("it is not installed: apt-get install postgresql, or set %s to the DSN of a server", Variable)
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}

// findOwner: PostgreSQL refuses to run as root.
func findOwner() (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Setpgid: true} // a Ctrl-C goes to the test alone
	if os.Geteuid() != 0 {
		return attr, nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(account.Gid, 10, 32)
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attr, errors.Join(err, err2)
}

func initialise(programs string, owner *syscall.SysProcAttr) (folder string, err error) {
	if folder, err = os.MkdirTemp("", "pgtest"); err != nil {
		return "", err
	}
	if c := owner.Credential; c != nil {
		if err := os.Chown(folder, int(c.Uid), int(c.Gid)); err != nil {
			return "", err
		}
	}
	initdb := exec.Command(filepath.Join(programs, "initdb"), "--pgdata="+folder+"/data",
		"--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions")
	initdb.SysProcAttr, initdb.Dir, initdb.Env = owner, folder, []string{"PATH=" + os.Getenv("PATH"), "TZ=UTC"}
	if out, err := initdb.CombinedOutput(); err != nil {
		return "", errors.Join(fmt.Errorf("initdb: %w: %s", err, out), os.RemoveAll(folder))
	}
	return folder, nil
}

func launch(programs, folder, sync string, owner *syscall.SysProcAttr) (string, error) {
	port, err := freePort()
	if err != nil {
		return "", err
	}
	input, hold, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer func() { _ = input.Close() }()
	cmd := exec.Command("/bin/sh", "-c", keeper, "sh", programs, folder, port, sync)
	cmd.SysProcAttr, cmd.Dir, cmd.Stdin, cmd.Env = owner, folder, input, []string{"PATH=" + os.Getenv("PATH"), "TZ=UTC"}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	dsn := "postgres://postgres@127.0.0.1:" + port + "/postgres?sslmode=disable"
	if err := ready(dsn); err != nil {
		said, _ := os.ReadFile(filepath.Join(folder, "log"))
		return "", errors.Join(fmt.Errorf("%w: %s", err, said), hold.Close(), cmd.Wait())
	}
	pipes = append(pipes, hold)
	return dsn, nil
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port, l.Close()
}

func ready(dsn string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, dsn)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}
