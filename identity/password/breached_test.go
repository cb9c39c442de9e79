package password

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/FastFilter/xorfilter"

	"poolhouse.dev/identity/fetch"
)

// SHA-1 of "password" is 5BAA6 1E4C9B93F3F0682250B6CF8331B7EE68FD8.
const (
	rangeOfPassword  = "5BAA6"
	suffixOfPassword = "1E4C9B93F3F0682250B6CF8331B7EE68FD8"
)

// service is a breach service that answers body and remembers what it was asked.
type service struct {
	*RangeQuery
	mu    sync.Mutex
	asked []string
}

func breachService(t *testing.T, status int, body string) *service {
	t.Helper()
	s := &service{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked = append(s.asked, r.Method+" "+r.RequestURI+" padding="+r.Header.Get("Add-Padding"))
		s.mu.Unlock()
		w.WriteHeader(status)
		io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	client := fetch.New(fetch.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	s.RangeQuery = &RangeQuery{URL: server.URL + "/range/", Client: client}
	return s
}

func TestFiveCharactersLeaveAndNoMore(t *testing.T) {
	s := breachService(t, 200, "0018A45C4D1DEF81644B54AB7F969B88D65:1\r\n"+suffixOfPassword+":52256179\r\n")
	if found, err := s.Breached(t.Context(), "password"); !found || err != nil {
		t.Error(found, err)
	}
	if len(s.asked) != 1 || s.asked[0] != "GET /range/"+rangeOfPassword+" padding=true" {
		t.Error(s.asked)
	}
}

func TestARangeAnswersForItsOwnHashesAlone(t *testing.T) {
	for name, body := range map[string]string{
		"another hash": "0018A45C4D1DEF81644B54AB7F969B88D65:1",
		"padding":      suffixOfPassword + ":0",
		"nothing":      "",
	} {
		if found, err := breachService(t, 200, body).Breached(t.Context(), "password"); found || err != nil {
			t.Error(name, found, err)
		}
	}
	if found, err := breachService(t, 200, strings.ToLower(suffixOfPassword)+":3\n").Breached(t.Context(), "password"); !found || err != nil {
		t.Error("lower case:", found, err)
	}
}

func TestAServiceThatFailsKeepsNobodyOut(t *testing.T) {
	for name, s := range map[string]*service{
		"a fault":        breachService(t, 503, suffixOfPassword+":1"),
		"a page":         breachService(t, 200, "<!doctype html>"),
		"short hashes":   breachService(t, 200, "1E4C9B93:7"),
		"no count":       breachService(t, 200, suffixOfPassword),
		"other letters":  breachService(t, 200, strings.Repeat("Z", 35)+":7"),
		"a closed place": {RangeQuery: &RangeQuery{URL: "http://10.0.0.1/", Client: fetch.New(fetch.Options{})}},
	} {
		if found, err := s.Breached(t.Context(), "password"); found || err == nil || strings.Contains(err.Error(), rangeOfPassword) {
			t.Error(name, found, err)
		}
	}
}

func TestARangeIsAskedOnceInAWhile(t *testing.T) {
	s := breachService(t, 200, suffixOfPassword+":1")
	now := time.Now()
	s.Now = func() time.Time { return now }
	ask := func(want int) {
		t.Helper()
		if found, err := s.Breached(t.Context(), "password"); !found || err != nil || len(s.asked) != want {
			t.Errorf("%v %v, asked %d times, want %d", found, err, len(s.asked), want)
		}
	}
	ask(1)
	now = now.Add(rangeLife - time.Second)
	ask(1)
	now = now.Add(time.Second)
	ask(2)
	for i := range rangesMax + 10 {
		now = now.Add(time.Millisecond)
		s.Breached(t.Context(), fmt.Sprint("other ", i))
	}
	if len(s.ranges) != rangesMax {
		t.Errorf("%d ranges are remembered", len(s.ranges))
	}
	if _, kept := s.ranges[rangeOfPassword]; kept {
		t.Error("the oldest range is kept")
	}
}

func TestAPasswordIsLookedUpAsItIsHashed(t *testing.T) {
	composed, _ := breachSum("caf\u00e9")
	apart, _ := breachSum("cafe\u0301")
	if composed != apart {
		t.Error("one password typed two ways is looked up twice")
	}
	s := breachService(t, 200, "")
	if _, err := s.Breached(t.Context(), strings.Repeat("a", MaxBytes+1)); !errors.Is(err, ErrTooLong) || len(s.asked) != 0 {
		t.Error(err)
	}
}

func filterOf(t *testing.T, list string, o FilterOptions) (path string, n int) {
	t.Helper()
	var out bytes.Buffer
	n, err := BuildFilter(strings.NewReader(list), &out, o)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "breached.filter")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, n
}

func openFilter(t *testing.T, path string) *Filter {
	t.Helper()
	f, err := OpenFilter(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func holds(t *testing.T, f *Filter, password string) bool {
	t.Helper()
	found, err := f.Breached(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestAFilterHoldsWhatWasPutIn(t *testing.T) {
	var list strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&list, "known %d\r\n", i)
	}
	path, n := filterOf(t, list.String()+"known 1\n\n"+strings.Repeat("x", MaxBytes+1)+"\n", FilterOptions{Plain: true})
	f := openFilter(t, path)
	if n != 20_000 || f.Len() != 20_000 {
		t.Fatalf("%d passwords were put in, %d are said to be", n, f.Len())
	}
	wrong := 0
	for i := range 20_000 {
		if !holds(t, f, fmt.Sprintf("known %d", i)) {
			t.Fatalf("known %d is missing", i)
		}
		if holds(t, f, fmt.Sprintf("unknown %d", i)) {
			wrong++
		}
	}
	// Expected 0.3; more than 6 has a chance below one in ten million.
	if wrong > 6 {
		t.Errorf("%d of 20,000 others are taken for breached", wrong)
	}
}

func TestAFilterIsMadeFromHashesAndCounts(t *testing.T) {
	list := rangeOfPassword + suffixOfPassword + ":52256179\r\n" +
		"7c4a8d09ca3762af61e59520943dc26494f8941b:9\n\n" + // 123456
		"B1B3773A05C0ED0176787A4F1574FF0075F7521E:0\n" // qwerty, as padding
	path, n := filterOf(t, list, FilterOptions{})
	f := openFilter(t, path)
	if n != 2 || !holds(t, f, "password") || !holds(t, f, "123456") || holds(t, f, "qwerty") {
		t.Errorf("all: %d", n)
	}
	path, n = filterOf(t, list, FilterOptions{MinCount: 10})
	f = openFilter(t, path)
	if n != 1 || !holds(t, f, "password") || holds(t, f, "123456") {
		t.Errorf("ten and more: %d", n)
	}
}

func TestAListInAnotherFormIsRefusedByItsLine(t *testing.T) {
	good := rangeOfPassword + suffixOfPassword + ":1\n"
	for name, list := range map[string]string{
		"passwords": good + "password\n", "no count": good + rangeOfPassword + suffixOfPassword + "\n", "a negative count": good + rangeOfPassword + suffixOfPassword + ":-1\n",
		"NTLM hashes": good + "8846F7EAEE8FB117AD06BDD830B7586C:1\n", "no hexadecimal": good + strings.Repeat("g", 40) + ":1\n",
	} {
		var out bytes.Buffer
		if _, err := BuildFilter(strings.NewReader(list), &out, FilterOptions{}); err == nil || !strings.Contains(err.Error(), "line 2") || out.Len() != 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, list := range []string{"", "\n\n", rangeOfPassword + suffixOfPassword + ":0"} {
		if _, err := BuildFilter(strings.NewReader(list), io.Discard, FilterOptions{}); err == nil {
			t.Errorf("a filter of nothing was made from %q", list)
		}
	}
}

func TestAForeignOrDamagedFilterIsRefused(t *testing.T) {
	path, _ := filterOf(t, "one\ntwo\nthree\n", FilterOptions{Plain: true})
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// opened answers the first error of opening and asking.
	opened := func(content []byte) error {
		path := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := OpenFilter(path)
		if err != nil {
			return err
		}
		defer f.Close()
		found, err := f.Breached(t.Context(), "one")
		if err != nil && found {
			t.Error("breached beside an error")
		}
		return err
	}
	if err := opened(whole); err != nil {
		t.Fatal("the file itself:", err)
	}
	for name, content := range map[string][]byte{
		"empty": nil, "a header cut short": whole[:40], "a header alone": whole[:filterHeader], "cut short": whole[:len(whole)-1],
		"too long": append(bytes.Clone(whole), 0), "a list": []byte(strings.Repeat(rangeOfPassword+suffixOfPassword+":1\n", 20)),
	} {
		if err := opened(content); !errors.Is(err, ErrFilter) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for at := range whole {
		damaged := bytes.Clone(whole)
		damaged[at] ^= 0x10
		if err := opened(damaged); !errors.Is(err, ErrFilter) {
			t.Fatalf("byte %d: %v", at, err)
		}
	}
	if _, err := OpenFilter(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func TestImpossibleSizesAreRefusedWithAGoodChecksum(t *testing.T) {
	for _, s := range []shape{{segment: 3, segments: 1}, {segment: 0, segments: 1}, {segment: 4, segments: 0}, {segment: 1 << 19, segments: 1}, {segment: 1 << 18, segments: 1 << 31}} {
		if _, err := decodeShape(s.encode()); !errors.Is(err, ErrFilter) {
			t.Errorf("%+v: %v", s, err)
		}
	}
}

func TestAnotherKindOfFileIsRefusedWithAGoodChecksum(t *testing.T) {
	for name, change := range map[string]func(header []byte){
		"another magic": func(h []byte) { h[0] = 'Q' }, "a later format": func(h []byte) { h[8] = 2 }, "wider fingerprints": func(h []byte) { h[10] = 32 },
	} {
		header := shape{segment: 4, segments: 1}.encode()
		if _, err := decodeShape(header); err != nil {
			t.Fatal(err)
		}
		change(header)
		binary.LittleEndian.PutUint32(header[48:], crc32.Checksum(header[:48], castagnoli))
		if _, err := decodeShape(header); !errors.Is(err, ErrFilter) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The look-up is written twice, there over a slice and here over a file.
func TestTheFileAnswersAsTheLibraryDoes(t *testing.T) {
	for _, size := range []uint64{1, 2, 5, 100, 30_000} {
		var keys []uint64
		for i := range size {
			keys = append(keys, murmur(i))
		}
		made, err := xorfilter.NewBinaryFuse[uint16](keys)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := writeFilter(&out, made, shape{seed: made.Seed, segment: made.SegmentLength, segments: made.SegmentCount}); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		f := openFilter(t, path)
		for i := range 3 * size {
			if found, err := f.contains(murmur(i)); err != nil || found != made.Contains(murmur(i)) || i < size && !found {
				t.Fatalf("key %d of %d: %v %v", i, size, found, err)
			}
		}
	}
}

func BenchmarkFilter(b *testing.B) {
	var list, out bytes.Buffer
	for i := range 100_000 {
		fmt.Fprintln(&list, "known", i)
	}
	if _, err := BuildFilter(&list, &out, FilterOptions{Plain: true}); err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "f")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	f, err := OpenFilter(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	for b.Loop() {
		f.Breached(b.Context(), "unknown")
	}
}
