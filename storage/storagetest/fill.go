package storagetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"poolhouse.dev/storage"
)

// RoundTrip stores a record of the collection with every field filled and reads
// it back by id: a field that is dropped on the way cannot hide at its zero value.
func RoundTrip[T any](t testing.TB, s storage.Store, c *storage.Collection[T]) {
	t.Helper()
	want := Filled[T](t, 1)
	update(t, s, func(w storage.Writer) error { return c.Insert(w, want) })
	view(t, s, func(r storage.Reader) error {
		got, err := c.Get(r, c.ID(&want)...)
		if err == nil && !reflect.DeepEqual(got, want) {
			t.Errorf("%s changed on its way through the store:\ngot  %+v\nwant %+v", c.Name, got, want)
		}
		return err
	})
	update(t, s, func(w storage.Writer) error { return c.Delete(w, c.ID(&want)...) })
	view(t, s, func(r storage.Reader) error {
		left, err := r.Scan(storage.Prefix(c.Name))
		if len(left) != 0 {
			t.Errorf("%s left behind: %s", c.Name, show(left))
		}
		return err
	})
}

// Filled answers a value with no zero inside; different seeds give different values.
func Filled[T any](t testing.TB, seed int) T {
	t.Helper()
	var v T
	if err := fillValue(reflect.ValueOf(&v).Elem(), &seed); err != nil {
		t.Fatalf("%T: %v", v, err)
	}
	return v
}

var errUnexported = errors.New("an unexported field is lost in the store")

func fillValue(v reflect.Value, n *int) error {
	*n++
	if _, ok := v.Interface().(time.Time); ok {
		v.Set(reflect.ValueOf(time.Date(2026, 1, 2, 3, 4, *n, 123456789, time.UTC)))
		return nil
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.String:
		v.SetString(fmt.Sprintf("text \x00é\U0001F3E0 %d", *n))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(*n%127 + 1))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(*n%255 + 1))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(*n) + 0.5)
	default:
		return fillComposite(v, n)
	}
	return nil
}

func fillComposite(v reflect.Value, n *int) error {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return fillValue(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		return errors.Join(fillValue(v.Index(0), n), fillValue(v.Index(1), n))
	case reflect.Array:
		for i := range v.Len() {
			if err := fillValue(v.Index(i), n); err != nil {
				return err
			}
		}
		return nil
	case reflect.Map:
		return fillMap(v, n)
	case reflect.Struct:
		return fillStruct(v, n)
	}
	return fmt.Errorf("a record cannot hold a %s", v.Type())
}

func fillMap(v reflect.Value, n *int) error {
	v.Set(reflect.MakeMap(v.Type()))
	for range 2 {
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		if err := errors.Join(fillValue(key, n), fillValue(value, n)); err != nil {
			return err
		}
		v.SetMapIndex(key, value)
	}
	return nil
}

func fillStruct(v reflect.Value, n *int) error {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !field.IsExported() {
			return fmt.Errorf("%s.%s: %w", v.Type(), field.Name, errUnexported)
		}
		if err := fillValue(v.Field(i), n); err != nil {
			return fmt.Errorf("%s.%s: %w", v.Type(), field.Name, err)
		}
	}
	return nil
}

// everything has a field of each kind that records use.
type everything struct {
	ID      string            `json:"id"`
	Number  int               `json:"number,omitempty"`
	Big     int64             `json:"big"`
	Flag    bool              `json:"flag,omitempty"`
	Ratio   float64           `json:"ratio"`
	When    time.Time         `json:"when,omitzero"`
	Bytes   []byte            `json:"bytes"`
	Secret  storage.Sealed    `json:"secret"`
	List    []string          `json:"list"`
	Map     map[string]string `json:"map"`
	Maybe   *int              `json:"maybe"`
	Inner   inner             `json:"inner"`
	Inners  []inner           `json:"inners"`
	Pointer *inner            `json:"pointer"`
}

type inner struct {
	Name string     `json:"name"`
	At   *time.Time `json:"at"`
}

var everythings = storage.Collection[everything]{
	Name: "everything", Format: 1,
	ID: func(e *everything) []any { return []any{e.ID} },
	Unique: []storage.Unique[everything]{
		{Name: "all", Of: func(e *everything) []any {
			return []any{e.Number, e.Big, uint64(e.Number), e.Flag, e.When, e.Bytes, e.ID}
		}},
	},
	Indexes: []storage.Index[everything]{{Name: "when", Of: func(e *everything) []any { return []any{e.When} }}},
}

func keepsEveryField(t *testing.T, s storage.Store) {
	RoundTrip(t, s, &everythings)
	err := s.Update(context.Background(), func(w storage.Writer) error {
		return everythings.Insert(w, everything{ID: "x", List: []string{"not \xff UTF-8"}})
	})
	if err == nil {
		t.Error("bytes that are no text were stored as text")
	}
}
