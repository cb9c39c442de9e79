package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"

	"poolhouse.dev/storage"
)

// meta is what a bbolt meta page says about its file (bbolt
// internal/common/meta.go; the layout is fixed since version 2 of the format).
type meta struct {
	pageSize  uint32
	pages     uint64 // the file has at least so many
	committed uint64 // transaction id
}

const (
	metaHeader = 16 // page header in front
	metaSize   = 64
	metaMagic  = 0xED0CDAED
	metaLayout = 2
)

// inspect looks at the file before it is mapped: reading a mapped page behind
// the end of the file is a SIGBUS, which no program survives, and bbolt takes an
// empty file for a new one.
func inspect(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s does not exist; create it, or name the right path", storage.ErrMissing, path)
	}
	if err != nil {
		return explain(path, err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return explain(path, err)
	}
	if !info.Mode().IsRegular() {
		return refused(path, "is no regular file; name a file")
	}
	return inspectPages(f, path, info.Size())
}

func inspectPages(f *os.File, path string, size int64) error {
	if size == 0 {
		return refused(path, "is empty; restore it from a backup, or remove it to begin anew")
	}
	newest, ok := newestMeta(f)
	switch {
	case !ok && hasMagic(f):
		return refused(path, "is damaged: neither of its first two pages is sound; restore it from a backup")
	case !ok:
		return refused(path, "was made by something else; name another path")
	}
	if need := newest.pages * uint64(newest.pageSize); uint64(size) < need {
		return refused(path, fmt.Sprintf("is cut short: it has %d bytes of at least %d; restore it from a backup", size, need))
	}
	return nil
}

// newestMeta reads both meta pages. The second one stands behind the first
// page, whose size is unknown when the first is torn.
func newestMeta(f *os.File) (newest meta, ok bool) {
	for at := int64(0); at <= 16<<20; at = max(1024, at*2) {
		m, sound := readMeta(f, at)
		if sound && (at == 0 || int64(m.pageSize) == at) && (!ok || m.committed > newest.committed) {
			newest, ok = m, true
		}
	}
	return newest, ok
}

func readMeta(f *os.File, at int64) (meta, bool) {
	var b [metaSize]byte
	if _, err := f.ReadAt(b[:], at+metaHeader); err != nil {
		return meta{}, false
	}
	order := binary.NativeEndian
	sum := fnv.New64a()
	_, _ = sum.Write(b[:metaSize-8])
	sound := order.Uint32(b[0:]) == metaMagic && order.Uint32(b[4:]) == metaLayout &&
		order.Uint64(b[metaSize-8:]) == sum.Sum64()
	return meta{
		pageSize:  order.Uint32(b[8:]),
		pages:     order.Uint64(b[40:]),
		committed: order.Uint64(b[48:]),
	}, sound
}

// hasMagic says that the file once began like one of bbolt's.
func hasMagic(f *os.File) bool {
	var b [4]byte
	_, err := f.ReadAt(b[:], metaHeader)
	return err == nil && binary.NativeEndian.Uint32(b[:]) == metaMagic
}
