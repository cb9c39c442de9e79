package storage

import (
	"bytes"
	"fmt"
	"reflect"
	"sync"
	"time"
)

// Decoded remembers records of a collection beside the bytes that each was decoded
// from. It is for settings: few, read with every request, seldom changed. The bytes
// are still read in the caller's own transaction, and only where they are the same,
// byte for byte, is the decoding spared: what is answered is never older than the
// transaction, on whatever node it was written.
//
// Every caller is given a copy of its own, down to the last slice and map.
type Decoded[T any] struct{ memory }

// memory is a Decoded without the type of its records. A record is a *T in an any.
type memory struct {
	most int
	own  func(reflect.Value) // nil: a plain copy shares nothing

	mu   sync.RWMutex
	kept map[string]decodedRecord
}

type decodedRecord struct {
	raw   []byte
	value any
}

// Remember answers the memory of one collection, for so many records. It panics for
// a type that cannot be copied: one with a channel, a function, or an unexported
// pointer (a time.Time is known to be safe to share).
func Remember[T any](most int) *Decoded[T] {
	return &Decoded[T]{memory{most: most, own: owner(reflect.TypeFor[T]()), kept: map[string]decodedRecord{}}}
}

func (d *Decoded[T]) untyped() *memory {
	if d == nil {
		return nil
	}
	return &d.memory
}

// recall answers the record that was decoded from the same bytes under this key.
func (m *memory) recall(key Key, raw []byte) (v any, ok bool) {
	if m == nil {
		return nil, false
	}
	m.mu.RLock()
	kept, ok := m.kept[string(key)]
	m.mu.RUnlock()
	if !ok || !bytes.Equal(kept.raw, raw) {
		return nil, false
	}
	return m.copied(kept.value), true
}

// keep remembers a record. Where there is no room, any other one makes it.
func (m *memory) keep(key Key, raw []byte, v any) {
	if m == nil {
		return
	}
	record := decodedRecord{raw: raw, value: m.copied(v)}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, known := m.kept[string(key)]; !known && len(m.kept) >= m.most {
		for any := range m.kept {
			delete(m.kept, any)
			break
		}
	}
	m.kept[string(key)] = record
}

func (m *memory) copied(v any) any {
	from := reflect.ValueOf(v).Elem()
	next := reflect.New(from.Type())
	next.Elem().Set(from)
	if m.own != nil {
		m.own(next.Elem())
	}
	return next.Interface()
}

// owner answers what gives a value of the type its own copy of all that it shares
// with the value it was assigned from; nil when it shares nothing that can change.
func owner(t reflect.Type) func(reflect.Value) {
	switch t.Kind() {
	case reflect.Struct:
		return ownerOfStruct(t)
	case reflect.Array:
		return ownElements(owner(t.Elem()))
	case reflect.Pointer:
		return ownPointer(t, owner(t.Elem()))
	case reflect.Slice:
		return ownSlice(t, ownElements(owner(t.Elem())))
	case reflect.Map:
		return ownMap(t, owner(t.Elem()))
	case reflect.Chan, reflect.Func, reflect.Interface, reflect.UnsafePointer:
		panic(fmt.Sprintf("storage: a %s cannot be remembered", t))
	}
	return nil
}

func ownerOfStruct(t reflect.Type) func(reflect.Value) {
	if t == reflect.TypeFor[time.Time]() {
		return nil
	}
	type member struct {
		at  int
		own func(reflect.Value)
	}
	var shared []member
	for i := range t.NumField() {
		own := owner(t.Field(i).Type)
		if own != nil && !t.Field(i).IsExported() && !t.Field(i).Anonymous {
			panic(fmt.Sprintf("storage: %s.%s cannot be remembered", t, t.Field(i).Name))
		}
		if own != nil {
			shared = append(shared, member{i, own})
		}
	}
	if shared == nil {
		return nil
	}
	return func(v reflect.Value) {
		for _, m := range shared {
			m.own(v.Field(m.at))
		}
	}
}

// ownElements gives each element of an array or slice its own copy.
func ownElements(own func(reflect.Value)) func(reflect.Value) {
	if own == nil {
		return nil
	}
	return func(v reflect.Value) {
		for i := range v.Len() {
			own(v.Index(i))
		}
	}
}

func ownPointer(t reflect.Type, own func(reflect.Value)) func(reflect.Value) {
	return func(v reflect.Value) {
		if v.IsNil() {
			return
		}
		next := reflect.New(t.Elem())
		next.Elem().Set(v.Elem())
		if own != nil {
			own(next.Elem())
		}
		v.Set(next)
	}
}

func ownSlice(t reflect.Type, own func(reflect.Value)) func(reflect.Value) {
	return func(v reflect.Value) {
		if v.IsNil() {
			return
		}
		next := reflect.MakeSlice(t, v.Len(), v.Len())
		reflect.Copy(next, v)
		if own != nil {
			own(next)
		}
		v.Set(next)
	}
}

func ownMap(t reflect.Type, own func(reflect.Value)) func(reflect.Value) {
	return func(v reflect.Value) {
		if v.IsNil() {
			return
		}
		next := reflect.MakeMapWithSize(t, v.Len())
		for each := v.MapRange(); each.Next(); {
			value := reflect.New(t.Elem()).Elem()
			value.Set(each.Value())
			if own != nil {
				own(value)
			}
			next.SetMapIndex(each.Key(), value)
		}
		v.Set(next)
	}
}
