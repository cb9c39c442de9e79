package password

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Params are argon2id's cost: Memory in KiB, Time in passes, Threads in lanes.
type Params struct {
	Memory  uint32
	Time    uint32
	Threads uint8
}

// DefaultParams is the OWASP Password Storage minimum for argon2id.
var DefaultParams = Params{Memory: 19 * 1024, Time: 2, Threads: 1}

// Caps on the parameters of a stored hash. An imported hash must not decide
// how much memory and time a sign-in costs.
const (
	maxMemory  = 64 * 1024 // KiB
	maxTime    = 10
	maxThreads = 16
	maxWork    = 4 * maxMemory // Memory times Time
)

const (
	saltBytes = 16
	tagBytes  = 32
)

// hash is a parsed PHC string: $argon2id$v=19$m=…,t=…,p=…$salt$tag.
type hash struct {
	params    Params
	salt, tag []byte
}

// Strict, so that every hash has one spelling.
var b64 = base64.RawStdEncoding.Strict()

func (h hash) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		h.params.Memory, h.params.Time, h.params.Threads, b64.EncodeToString(h.salt), b64.EncodeToString(h.tag))
}

func readArgon2id(encoded string) (stored, error) {
	if !strings.HasPrefix(encoded, "$argon2") {
		return nil, nil
	}
	h, err := parse(encoded)
	if err != nil {
		return nil, err
	}
	return h, nil
}

func parse(encoded string) (hash, error) {
	// The longest that is accepted: parameters, 64 bytes of salt, 64 of tag.
	if len(encoded) > 256 {
		return hash{}, ErrMalformed
	}
	parts := strings.Split(encoded, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != "v=19" {
		return hash{}, ErrMalformed
	}
	params, err := parseParams(parts[3])
	if err != nil {
		return hash{}, err
	}
	h := hash{params: params}
	if h.salt, err = decode(parts[4], 8); err != nil {
		return hash{}, err
	}
	if h.tag, err = decode(parts[5], 16); err != nil {
		return hash{}, err
	}
	return h, nil
}

func decode(text string, atLeast int) ([]byte, error) {
	// The decoder would skip line breaks.
	if strings.ContainsAny(text, "\r\n") {
		return nil, ErrMalformed
	}
	raw, err := b64.DecodeString(text)
	if err != nil || len(raw) < atLeast || len(raw) > 64 {
		return nil, ErrMalformed
	}
	return raw, nil
}

func parseParams(text string) (Params, error) {
	fields := strings.Split(text, ",")
	if len(fields) != 3 {
		return Params{}, ErrMalformed
	}
	memory, ok1 := number(fields[0], "m=")
	time, ok2 := number(fields[1], "t=")
	threads, ok3 := number(fields[2], "p=")
	if !ok1 || !ok2 || !ok3 || time == 0 || threads == 0 {
		return Params{}, ErrMalformed
	}
	if memory > maxMemory || time > maxTime || threads > maxThreads || memory*time > maxWork {
		return Params{}, ErrCostly
	}
	// RFC 9106 §3.1: at least 8 KiB a lane.
	if memory < 8*threads {
		return Params{}, ErrMalformed
	}
	return Params{Memory: uint32(memory), Time: uint32(time), Threads: uint8(threads)}, nil
}

func number(field, name string) (uint64, bool) {
	digits, ok := strings.CutPrefix(field, name)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	// One spelling: no sign, no leading zero.
	return n, err == nil && strconv.FormatUint(n, 10) == digits
}

// weaker says that h was made with less than the house asks.
func (h hash) weaker(house Params) bool {
	return h.params.Memory < house.Memory || h.params.Time < house.Time ||
		len(h.salt) < saltBytes || len(h.tag) < tagBytes
}

func (h hash) kind() Kind { return Argon2id }

func (h hash) work() (of, full int) {
	return h.params.work(), maxWork
}

// work is KiB times passes.
func (p Params) work() int { return int(p.Memory) * int(p.Time) }

func (h hash) matches(_, text string) bool {
	return same(compute(text, h.params, h.salt, uint32(len(h.tag))), h.tag)
}

// beyond passes over the memory as often as the rest of the work allows, and over
// what is left once.
func (h hash) beyond(less stored) (rest []stored) {
	left, p := uint32(max(difference(h, less), 0)), h.params
	if passes := left / p.Memory; passes > 0 {
		rest = append(rest, hash{Params{p.Memory, passes, p.Threads}, h.salt, h.tag})
	}
	if left %= p.Memory; left >= 8*uint32(p.Threads) {
		rest = append(rest, hash{Params{left, 1, p.Threads}, h.salt, h.tag})
	}
	return rest
}

func compute(text string, p Params, salt []byte, size uint32) []byte {
	return argon2.IDKey([]byte(text), salt, p.Time, p.Memory, p.Threads, size)
}
