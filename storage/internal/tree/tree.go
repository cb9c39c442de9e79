// Package tree is an ordered map whose changes leave the earlier map as it was:
// the memory engine's snapshots, and the write buffers of the others.
package tree

import (
	"bytes"
	"iter"
	"math/rand/v2"
)

// Map is an immutable treap (Seidel and Aragon, 1996). The zero value is empty;
// a copy is a snapshot.
type Map[V any] struct{ root *node[V] }

type node[V any] struct {
	key         []byte
	value       V
	weight      uint64
	left, right *node[V]
}

// Empty says that the map has no entries.
func (m Map[V]) Empty() bool { return m.root == nil }

// Get answers the value under the key.
func (m Map[V]) Get(key []byte) (v V, ok bool) {
	for n := m.root; n != nil; {
		switch c := bytes.Compare(key, n.key); {
		case c == 0:
			return n.value, true
		case c < 0:
			n = n.left
		default:
			n = n.right
		}
	}
	return v, false
}

// With answers the map with one entry added or replaced. It keeps the slice.
func (m Map[V]) With(key []byte, v V) Map[V] {
	return Map[V]{with(m.root, &node[V]{key: key, value: v, weight: rand.Uint64()})}
}

func with[V any](n, added *node[V]) *node[V] {
	if n == nil {
		return added
	}
	copied := *n
	switch c := bytes.Compare(added.key, n.key); {
	case c == 0:
		copied.key, copied.value = added.key, added.value
	case c < 0:
		copied.left = with(n.left, added)
		return copied.lighter(&copied.left, func(up *node[V]) **node[V] { return &up.right })
	default:
		copied.right = with(n.right, added)
		return copied.lighter(&copied.right, func(up *node[V]) **node[V] { return &up.left })
	}
	return &copied
}

// lighter turns a heavier child above its parent; both are fresh copies.
func (n *node[V]) lighter(child **node[V], inner func(*node[V]) **node[V]) *node[V] {
	up := *child
	if up.weight <= n.weight {
		return n
	}
	*child = *inner(up)
	*inner(up) = n
	return up
}

// Without answers the map with one entry less.
func (m Map[V]) Without(key []byte) Map[V] {
	if _, ok := m.Get(key); !ok {
		return m
	}
	return Map[V]{without(m.root, key)}
}

func without[V any](n *node[V], key []byte) *node[V] {
	copied := *n
	switch c := bytes.Compare(key, n.key); {
	case c == 0:
		return join(n.left, n.right)
	case c < 0:
		copied.left = without(n.left, key)
	default:
		copied.right = without(n.right, key)
	}
	return &copied
}

func join[V any](left, right *node[V]) *node[V] {
	if left == nil {
		return right
	}
	if right == nil {
		return left
	}
	if left.weight > right.weight {
		copied := *left
		copied.right = join(left.right, right)
		return &copied
	}
	copied := *right
	copied.left = join(left, right.left)
	return &copied
}

// Walk goes from start (included) to end (excluded), an empty one leaving its side open;
// in reverse from the highest key down.
func (m Map[V]) Walk(start, end []byte, reverse bool) iter.Seq2[[]byte, V] {
	return func(yield func([]byte, V) bool) {
		walk(m.root, start, end, reverse, yield)
	}
}

func walk[V any](n *node[V], start, end []byte, reverse bool, yield func([]byte, V) bool) bool {
	if n == nil {
		return true
	}
	above := len(start) == 0 || bytes.Compare(n.key, start) >= 0
	below := len(end) == 0 || bytes.Compare(n.key, end) < 0
	left := func() bool { return !above || walk(n.left, start, end, reverse, yield) }
	right := func() bool { return !below || walk(n.right, start, end, reverse, yield) }
	here := func() bool { return !above || !below || yield(n.key, n.value) }
	if reverse {
		return right() && here() && left()
	}
	return left() && here() && right()
}
