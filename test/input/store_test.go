package input

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"poolhouse.dev/test/kit"
)

// A store that is no whole store is refused with the fix named, left as it is,
// and never taken for a new one.
func TestDamagedStoreIsRefused(t *testing.T) {
	s := used(t)
	good, err := os.ReadFile(store(s))
	if err != nil {
		t.Fatal(err)
	}
	for _, damage := range []struct {
		name string
		body []byte
	}{
		{"empty", nil},
		{"foreign", bytes.Repeat([]byte("this is a shopping list\n"), 4096)},
		{"truncated to one page", good[:page]},
		{"truncated to half of what is used", good[:pages(good)/2*page]},
		{"truncated by one page of what is used", good[:(pages(good)-1)*page]},
		{"zeros", make([]byte, len(good))},
	} {
		t.Run(damage.name, func(t *testing.T) {
			write(t, store(s), damage.body)
			wantRefusal(t, s, exitStore, "restore it from a backup")
			after, err := os.ReadFile(store(s))
			if err != nil || !bytes.Equal(after, damage.body) {
				t.Errorf("the file was changed (%d bytes, %v)", len(after), err)
			}
		})
	}
	t.Run("restored", func(t *testing.T) {
		write(t, store(s), good)
		wantAnn(t, s)
	})
}

const page = 4096

// pages answers how many pages of a bbolt file are used: the file itself is
// larger. Each of the first two pages holds the count and the number of the
// transaction that wrote it, after a header of 16 bytes; the newer one counts.
func pages(file []byte) int {
	meta := func(n int) (count, transaction uint64) {
		at := n*page + 16
		return binary.LittleEndian.Uint64(file[at+40:]), binary.LittleEndian.Uint64(file[at+48:])
	}
	count, newest := meta(0)
	if other, later := meta(1); later > newest {
		count = other
	}
	return int(count)
}

func TestMissingStoreIsNotANewOne(t *testing.T) {
	s := used(t)
	if err := os.Rename(store(s), store(s)+".away"); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, s, exitStore, "is missing", "restore it from a backup")
	if _, err := os.Stat(store(s)); err == nil {
		t.Error("a new store was made in its place")
	}
	if err := os.Rename(store(s)+".away", store(s)); err != nil {
		t.Fatal(err)
	}
	wantAnn(t, s)
}

func TestLockedStoreIsRefused(t *testing.T) {
	s := kit.Start(t)
	second := &kit.Server{Folder: s.Folder, Args: []string{"--listen", kit.FreeAddress(t)}}
	wantRefusal(t, second, exitLocked, "another process holds it")
	if !s.Ready() {
		t.Error("the first server no longer answers")
	}
}

func TestWrongMasterKeyIsRefused(t *testing.T) {
	s := used(t)
	wrong := filepath.Join(s.Folder, "wrong.key")
	write(t, wrong, []byte(base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))))
	s.Args = []string{"--master-key-file", wrong}
	wantRefusal(t, s, exitKey, "does not open this store")
	write(t, wrong, []byte("password1"))
	wantRefusal(t, s, exitKey, "32 bytes")
	s.Args = nil
	wantAnn(t, s)
}

func TestMissingMasterKeyIsRefused(t *testing.T) {
	s := used(t)
	key := filepath.Join(s.Folder, "data", "master.key")
	body, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, s, exitKey, "master.key is missing")
	write(t, key, body)
	wantAnn(t, s)
}

func TestFilesAreTheirOwnersAlone(t *testing.T) {
	s := kit.Start(t)
	for _, path := range []string{store(s), filepath.Join(s.Folder, "data", "master.key"), filepath.Join(s.Folder, "data", "admin.sock")} {
		info, err := os.Stat(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o, want 600", filepath.Base(path), info.Mode().Perm())
		}
	}
}

func write(t *testing.T, path string, body []byte) {
	t.Helper()
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
}
