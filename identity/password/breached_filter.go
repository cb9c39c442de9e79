package password

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/bits"
	"os"
	"sync"
)

// ErrFilter says that a file is no breach filter of ours, or damaged.
var ErrFilter = errors.New("password: not a breach filter")

// A filter file is a header and then the 16-bit fingerprints of a binary fuse
// filter (Graf and Lemire, "Binary Fuse Filters", 2022), all little-endian.
// A password that was not put in is taken for breached once in 65,536.
const (
	filterMagic   = "PHBREACH"
	filterFormat  = 1
	filterHeader  = 52
	filterSegment = 262_144 // the longest segment that the library makes
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// shape is the header of a filter file.
type shape struct {
	count    uint64 // passwords put in
	minCount uint32 // seen so often at least, by the list it was made from
	seed     uint64
	segment  uint32 // length of a segment, a power of two
	segments uint32 // segments that a first position may fall into; two more follow
	sum      uint32 // CRC-32C of the fingerprints
}

func (s shape) fingerprints() uint64 { return (uint64(s.segments) + 2) * uint64(s.segment) }

// encode: magic, format, width of a fingerprint in bits, then the shape, two
// reserved words and the CRC-32C of what stands before.
func (s shape) encode() []byte {
	b := append(make([]byte, 0, filterHeader), filterMagic...)
	b = binary.LittleEndian.AppendUint16(b, filterFormat)
	b = binary.LittleEndian.AppendUint16(b, 16)
	b = binary.LittleEndian.AppendUint32(b, s.minCount)
	b = binary.LittleEndian.AppendUint64(b, s.count)
	b = binary.LittleEndian.AppendUint64(b, s.seed)
	b = binary.LittleEndian.AppendUint32(b, s.segment)
	b = binary.LittleEndian.AppendUint32(b, s.segments)
	b = binary.LittleEndian.AppendUint32(b, 0)
	b = binary.LittleEndian.AppendUint32(b, s.sum)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

func decodeShape(b []byte) (shape, error) {
	if string(b[:8]) != filterMagic {
		return shape{}, fmt.Errorf("%w: it begins otherwise", ErrFilter)
	}
	if format, width := binary.LittleEndian.Uint16(b[8:]), binary.LittleEndian.Uint16(b[10:]); format != filterFormat || width != 16 {
		return shape{}, fmt.Errorf("%w: format %d with %d bits, not %d with 16", ErrFilter, format, width, filterFormat)
	}
	if crc32.Checksum(b[:48], castagnoli) != binary.LittleEndian.Uint32(b[48:]) {
		return shape{}, fmt.Errorf("%w: its header is damaged", ErrFilter)
	}
	s := shape{
		minCount: binary.LittleEndian.Uint32(b[12:]), count: binary.LittleEndian.Uint64(b[16:]), seed: binary.LittleEndian.Uint64(b[24:]),
		segment: binary.LittleEndian.Uint32(b[32:]), segments: binary.LittleEndian.Uint32(b[36:]), sum: binary.LittleEndian.Uint32(b[44:]),
	}
	// Positions are computed in 32 bits.
	if bits.OnesCount32(s.segment) != 1 || s.segment > filterSegment || s.segments == 0 || s.fingerprints() > 1<<32-1 {
		return shape{}, fmt.Errorf("%w: its sizes are impossible", ErrFilter)
	}
	return s, nil
}

// Filter answers from a file that BuildFilter wrote. Nothing of it is kept in
// memory: a question reads three places of two bytes, which the system caches.
// It is safe for concurrent use.
type Filter struct {
	file  *os.File
	shape shape
	whole func() error
}

// OpenFilter opens the file at path and reads its header; what follows is
// compared with its checksum once, at the first question. It answers ErrFilter
// for a file that is foreign, cut short or of another format.
func OpenFilter(path string) (*Filter, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	f := &Filter{file: file}
	if err := f.readHeader(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), file.Close())
	}
	f.whole = sync.OnceValue(f.checksum)
	return f, nil
}

func (f *Filter) readHeader() error {
	var header [filterHeader]byte
	if _, err := f.file.ReadAt(header[:], 0); errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: it is too short", ErrFilter)
	} else if err != nil {
		return err
	}
	var err error
	if f.shape, err = decodeShape(header[:]); err != nil {
		return err
	}
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	if want := filterHeader + 2*int64(f.shape.fingerprints()); info.Size() != want {
		return fmt.Errorf("%w: it has %d bytes, not %d", ErrFilter, info.Size(), want)
	}
	return nil
}

func (f *Filter) checksum() error {
	sum := crc32.New(castagnoli)
	if _, err := io.Copy(sum, io.NewSectionReader(f.file, filterHeader, 2*int64(f.shape.fingerprints()))); err != nil {
		return err
	}
	if sum.Sum32() != f.shape.sum {
		return fmt.Errorf("%w: it is damaged", ErrFilter)
	}
	return nil
}

// Len is how many passwords were put in.
func (f *Filter) Len() uint64 { return f.shape.count }

// Breached asks the file. It answers false with ErrTooLong, with ErrFilter for
// a damaged file, or with what reading it gave.
func (f *Filter) Breached(ctx context.Context, password string) (bool, error) {
	sum, err := breachSum(password)
	if err != nil {
		return false, err
	}
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if err := f.whole(); err != nil {
		return false, err
	}
	return f.contains(filterKey(sum[:]))
}

// filterKey is the first 64 bits of the SHA-1.
func filterKey(sum []byte) uint64 { return binary.BigEndian.Uint64(sum) }

// contains is xorfilter's Contains over a file instead of a slice.
func (f *Filter) contains(key uint64) (bool, error) {
	hash := murmur(key + f.shape.seed)
	mask := f.shape.segment - 1
	hi, _ := bits.Mul64(hash, uint64(f.shape.segments)*uint64(f.shape.segment))
	first := uint32(hi)
	second, third := first+f.shape.segment, first+2*f.shape.segment
	second ^= uint32(hash>>18) & mask
	third ^= uint32(hash) & mask
	left := uint16(hash ^ hash>>32)
	for _, position := range []uint32{first, second, third} {
		var raw [2]byte
		if _, err := f.file.ReadAt(raw[:], filterHeader+2*int64(position)); err != nil {
			return false, err
		}
		left ^= binary.LittleEndian.Uint16(raw[:])
	}
	return left == 0, nil
}

// murmur is the finaliser of MurmurHash3.
func murmur(h uint64) uint64 {
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// Close gives the file back; questions are errors from then on.
func (f *Filter) Close() error { return f.file.Close() }
