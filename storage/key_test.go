package storage_test

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"poolhouse.dev/storage"
)

// tuples draws parts that meet at their edges: empty, zero bytes, prefixes.
func tuples() *rapid.Generator[[]any] {
	texts := rapid.OneOf(rapid.SampledFrom([]string{"", "\x00", "\x01", "a", "a\x00", "a\x01", "a\xff", "aa", "\xff"}), rapid.String())
	part := rapid.OneOf(
		rapid.Map(texts, func(s string) any { return s }),
		rapid.Map(texts, func(s string) any { return []byte(s) }),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Map(rapid.Int64(), func(n int64) any { return n }),
		rapid.Map(rapid.Uint64(), func(n uint64) any { return n }),
		rapid.Map(rapid.Int64Range(-1<<40, 1<<40), func(n int64) any { return time.Unix(n/1000, n%1000).UTC() }),
	)
	return rapid.SliceOfN(part, 0, 4)
}

func TestByteOrderIsTupleOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := tuples().Draw(t, "a"), tuples().Draw(t, "b")
		if n := rapid.IntRange(0, len(a)).Draw(t, "common"); n > 0 {
			b = append(slices.Clone(a[:n]), b...)
		}
		if got, want := bytes.Compare(storage.K(a...), storage.K(b...)), compareTuples(a, b); got != want {
			t.Fatalf("%#v and %#v: the bytes compare %d, the tuples %d", a, b, got, want)
		}
	})
}

func compareTuples(a, b []any) int {
	return slices.CompareFunc(a, b, func(a, b any) int {
		if kinds := cmp.Compare(kind(a), kind(b)); kinds != 0 {
			return kinds
		}
		switch a := a.(type) {
		case string:
			return cmp.Compare(a, b.(string))
		case []byte:
			return bytes.Compare(a, b.([]byte))
		case bool:
			return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) // "false" before "true"
		case int64:
			return cmp.Compare(a, b.(int64))
		case uint64:
			return cmp.Compare(a, b.(uint64))
		}
		return a.(time.Time).Compare(b.(time.Time))
	})
}

func kind(part any) int {
	return slices.IndexFunc([]any{[]byte{}, "", false, int64(0), uint64(0), time.Time{}}, func(sample any) bool {
		return reflect.TypeOf(sample) == reflect.TypeOf(part)
	})
}

func TestKeysComeBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := tuples().Draw(t, "tuple")
		got, err := storage.K(want...).Parts()
		if err != nil || len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Fatalf("got %#v (%v), want %#v", got, err, want)
		}
	})
}

func TestPrefixSelectsExactlyTheTuplesThatBeginSo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		prefix, tuple := tuples().Draw(t, "prefix"), tuples().Draw(t, "tuple")
		if rapid.Bool().Draw(t, "begins") {
			tuple = append(slices.Clone(prefix), tuple...)
		}
		span, key := storage.Prefix(prefix...), storage.K(tuple...)
		inside := bytes.Compare(key, span.Start) >= 0 && bytes.Compare(key, span.End) < 0
		begins := len(tuple) >= len(prefix) && compareTuples(tuple[:len(prefix)], prefix) == 0
		if inside != begins || bytes.HasPrefix(key, storage.K(prefix...)) != begins {
			t.Fatalf("%#v in the range of %#v: %v, begins so: %v", tuple, prefix, inside, begins)
		}
	})
}

func TestEdgesOfKeys(t *testing.T) {
	t.Run("an int is an int64", func(t *testing.T) {
		if !bytes.Equal(storage.K(7), storage.K(int64(7))) {
			t.Error("they differ")
		}
	})
	t.Run("numbers and times are in order to their ends", func(t *testing.T) {
		ordered := []any{math.MinInt64, -1, 0, 1, math.MaxInt64, uint64(0), uint64(math.MaxUint64), time.Time{}, time.Unix(0, 0),
			time.Unix(0, 1), time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC)}
		for i := 1; i < len(ordered); i++ {
			if bytes.Compare(storage.K(ordered[i-1]), storage.K(ordered[i])) >= 0 {
				t.Errorf("%v does not come before %v", ordered[i-1], ordered[i])
			}
		}
	})
	t.Run("a zone does not matter", func(t *testing.T) {
		now := time.Now()
		if !bytes.Equal(storage.K(now), storage.K(now.In(time.FixedZone("x", 3600)).Round(0))) {
			t.Error("they differ")
		}
	})
	t.Run("an unknown type is a programming error", func(t *testing.T) {
		defer func() {
			if cause := recover(); !strings.Contains(fmt.Sprint(cause), "float64") {
				t.Errorf("got %v, want a panic that names the type", cause)
			}
		}()
		storage.K(1.5)
	})
}

// The bytes are on disks: they never change.
func TestKeyFormatIsPermanent(t *testing.T) {
	got := fmt.Sprintf("%x", storage.K("a\x00\x01b", []byte{1, 255}, false, true, -1, 258, uint64(3), time.Unix(1, 5)))
	want := "20610101010262001001" + "02ff00" + "3031" + "407fffffffffffffff" + "408000000000000102" + "410000000000000003" + "50800000000000000100000005"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func FuzzKeyParts(f *testing.F) {
	f.Add([]byte(storage.K("user", []byte("x"), true, 1, uint64(2), time.Unix(3, 4))))
	f.Fuzz(func(t *testing.T, b []byte) {
		parts, err := storage.Key(b).Parts()
		if err != nil {
			return
		}
		if again := storage.K(parts...); !bytes.Equal(again, b) {
			t.Fatalf("%x decodes to %#v, which encodes to %x", b, parts, again)
		}
	})
}

func FuzzKeyOrder(f *testing.F) {
	f.Add("a", "a\x00", int64(-1), int64(1))
	f.Fuzz(func(t *testing.T, a, b string, m, n int64) {
		left, right := storage.K(a, m, []byte(b)), storage.K(b, n, []byte(a))
		want := cmp.Or(cmp.Compare(a, b), cmp.Compare(m, n), cmp.Compare(b, a))
		if got := bytes.Compare(left, right); got != want {
			t.Fatalf("(%q %d) and (%q %d): the bytes compare %d, the tuples %d", a, m, b, n, got, want)
		}
		if parts, err := left.Parts(); err != nil || !reflect.DeepEqual(parts, []any{a, m, []byte(b)}) {
			t.Fatalf("%q %d %q came back as %#v (%v)", a, m, b, parts, err)
		}
	})
}
