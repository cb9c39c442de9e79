package password

import (
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"poolhouse.dev/identity/fetch"
)

// Breached tells passwords that are known from breaches (63B-4 §3.1.1.2, ASVS
// V6.2.12). It has two implementations: RangeQuery asks a service, Filter a file.
type Breached interface {
	// Breached answers false beside an error: a service that is down must not
	// keep people out, so the caller logs the error and goes on.
	Breached(ctx context.Context, password string) (bool, error)
}

var (
	_ Breached = (*RangeQuery)(nil)
	_ Breached = (*Filter)(nil)
)

// RangeURL is the service of Have I Been Pwned, https://haveibeenpwned.com/API/v3#PwnedPasswords.
const RangeURL = "https://api.pwnedpasswords.com/range/"

// Bounds of what a RangeQuery remembers: some 40 KB a range.
const (
	rangeLife = 5 * time.Minute
	rangesMax = 32
)

// RangeQuery asks a service by k-anonymity: the first five of forty hexadecimal
// characters of the SHA-1 leave, every known hash that begins with them comes
// back, and the rest is compared here. Answers are padded, so that their length
// does not tell the range either. Use it by pointer.
type RangeQuery struct {
	URL    string        // to which the five characters are appended; RangeURL by default
	Client *fetch.Client // required
	Now    func() time.Time

	mu     sync.Mutex
	ranges map[string]knownRange
}

type knownRange struct {
	at       time.Time
	suffixes map[string]struct{}
}

// Breached asks the service, or the answer it gave within the last minutes. It
// answers false with ErrTooLong, with the errors of package fetch, or when the
// answer is not a list of hashes.
func (q *RangeQuery) Breached(ctx context.Context, password string) (bool, error) {
	sum, err := breachSum(password)
	if err != nil {
		return false, err
	}
	digest := fmt.Sprintf("%X", sum)
	suffixes, err := q.lookUp(ctx, digest[:5])
	if err != nil {
		return false, err
	}
	_, found := suffixes[digest[5:]]
	return found, nil
}

// breachSum is SHA-1 because that is what breach lists are indexed by; nothing
// rests on its strength.
func breachSum(password string) ([sha1.Size]byte, error) {
	text, err := Normalise(password)
	if err != nil {
		return [sha1.Size]byte{}, err
	}
	return sha1.Sum([]byte(text)), nil
}

func (q *RangeQuery) lookUp(ctx context.Context, prefix string) (map[string]struct{}, error) {
	if known, ok := q.remembered(prefix); ok {
		return known, nil
	}
	base := q.URL
	if base == "" {
		base = RangeURL
	}
	answer, err := q.Client.Get(ctx, strings.TrimSuffix(base, "/")+"/"+prefix, map[string]string{"Add-Padding": "true"})
	if err != nil {
		return nil, err
	}
	if answer.Status != 200 {
		return nil, fmt.Errorf("password: the breach service answers %d", answer.Status)
	}
	suffixes, err := readRange(string(answer.Body))
	if err != nil {
		return nil, err
	}
	q.remember(prefix, suffixes)
	return suffixes, nil
}

// readRange reads lines of SUFFIX:COUNT. A count of 0 is padding.
func readRange(body string) (map[string]struct{}, error) {
	suffixes := map[string]struct{}{}
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		suffix, text, _ := strings.Cut(line, ":")
		count, err := strconv.ParseUint(text, 10, 64)
		if err != nil || len(suffix) != 35 || !hexadecimal(suffix) {
			return nil, errors.New("password: the breach service answers something else than hashes")
		}
		if count > 0 {
			suffixes[strings.ToUpper(suffix)] = struct{}{}
		}
	}
	return suffixes, nil
}

func hexadecimal(text string) bool { return strings.Trim(text, "0123456789ABCDEFabcdef") == "" }

func (q *RangeQuery) now() time.Time {
	if q.Now == nil {
		return time.Now()
	}
	return q.Now()
}

func (q *RangeQuery) remembered(prefix string) (map[string]struct{}, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	known, ok := q.ranges[prefix]
	if !ok || q.now().Sub(known.at) >= rangeLife {
		return nil, false
	}
	return known.suffixes, true
}

func (q *RangeQuery) remember(prefix string, suffixes map[string]struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ranges == nil {
		q.ranges = map[string]knownRange{}
	}
	if len(q.ranges) >= rangesMax {
		q.forgetOldest()
	}
	q.ranges[prefix] = knownRange{at: q.now(), suffixes: suffixes}
}

func (q *RangeQuery) forgetOldest() {
	oldest := ""
	for prefix, known := range q.ranges {
		if oldest == "" || known.at.Before(q.ranges[oldest].at) {
			oldest = prefix
		}
	}
	delete(q.ranges, oldest)
}
