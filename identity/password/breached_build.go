package password

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/FastFilter/xorfilter"
)

// FilterOptions say what BuildFilter reads.
type FilterOptions struct {
	// MinCount leaves out passwords that were seen less often; 0 takes all.
	MinCount int
	// Plain reads a password a line, without counts, in place of hashes.
	Plain bool
}

// BuildFilter writes a filter file from a list and answers how many passwords
// are in it. A line is HASH:COUNT, the SHA-1 in hexadecimal as in the files of
// Have I Been Pwned, or with Plain a password. It needs about 40 bytes of memory
// a password, and the file takes about 2.3. It answers an error that names the
// line of a list in another form, and one for a list with nothing to put in.
func BuildFilter(in io.Reader, out io.Writer, o FilterOptions) (int, error) {
	keys, err := readKeys(in, o)
	if err != nil {
		return 0, err
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	if len(keys) == 0 {
		return 0, errors.New("password: the list holds nothing to put into a filter")
	}
	made, err := xorfilter.NewBinaryFuse[uint16](keys)
	if err != nil {
		return 0, err
	}
	return len(keys), writeFilter(out, made, shape{
		count: uint64(len(keys)), minCount: uint32(max(o.MinCount, 0)),
		seed: made.Seed, segment: made.SegmentLength, segments: made.SegmentCount,
	})
}

func readKeys(in io.Reader, o FilterOptions) ([]uint64, error) {
	var keys []uint64
	lines := bufio.NewScanner(in)
	for n := 1; lines.Scan(); n++ {
		key, wanted, err := readKey(lines.Text(), o)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if wanted {
			keys = append(keys, key)
		}
	}
	return keys, lines.Err()
}

func readKey(line string, o FilterOptions) (key uint64, wanted bool, err error) {
	if o.Plain {
		line = strings.TrimSuffix(line, "\r")
		sum, err := breachSum(line)
		return filterKey(sum[:]), line != "" && err == nil, nil // nobody's password is too long
	}
	line = strings.TrimSpace(line)
	if line == "" {
		return 0, false, nil
	}
	digest, text, _ := strings.Cut(line, ":")
	sum, err := hex.DecodeString(digest)
	if err != nil || len(sum) != 20 {
		return 0, false, errors.New("password: no SHA-1 in hexadecimal")
	}
	count, err := strconv.ParseInt(text, 10, 64)
	if err != nil || count < 0 {
		return 0, false, errors.New("password: no count after the hash")
	}
	return filterKey(sum), count > 0 && count >= int64(o.MinCount), nil
}

// fingerprintsAtOnce is how many are encoded before they are written.
const fingerprintsAtOnce = 32 << 10

func writeFilter(out io.Writer, made *xorfilter.BinaryFuse[uint16], s shape) error {
	sum := crc32.New(castagnoli)
	if err := writeFingerprints(sum, made.Fingerprints); err != nil {
		return err
	}
	s.sum = sum.Sum32()
	if _, err := out.Write(s.encode()); err != nil {
		return err
	}
	return writeFingerprints(out, made.Fingerprints)
}

func writeFingerprints(out io.Writer, all []uint16) error {
	buffer := make([]byte, 0, 2*fingerprintsAtOnce)
	for some := range slices.Chunk(all, fingerprintsAtOnce) {
		buffer = buffer[:0]
		for _, fingerprint := range some {
			buffer = binary.LittleEndian.AppendUint16(buffer, fingerprint)
		}
		if _, err := out.Write(buffer); err != nil {
			return err
		}
	}
	return nil
}
