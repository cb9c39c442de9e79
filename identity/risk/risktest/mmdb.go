// Package risktest writes places files for tests: there is no other writer of
// MaxMind's DB format to be had.
package risktest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"net/netip"
	"os"
	"slices"
	"strings"

	"poolhouse.dev/identity/risk"
)

// Builds stands in the metadata of every file, so that the same places make the
// same bytes.
const Builds = 1_767_225_600

// WriteMMDB writes a City database with the places at path (MaxMind DB File
// Format Specification, version 2.0, https://maxmind.github.io/MaxMind-DB/). Of
// nested networks the longer prefix decides.
func WriteMMDB(path string, places map[netip.Prefix]risk.Place) error {
	t := &tree{nodes: [][2]record{{}}}
	var data bytes.Buffer
	for _, prefix := range sorted(places) {
		at := record{kind: leaf, value: uint32(data.Len())}
		putPlace(&data, places[prefix])
		if err := t.put(prefix, at); err != nil {
			return err
		}
	}
	var file bytes.Buffer
	t.encode(&file)
	file.Write(make([]byte, 16)) // the separator of tree and data
	file.Write(data.Bytes())
	file.WriteString("\xAB\xCD\xEFMaxMind.com")
	putMetadata(&file, len(t.nodes))
	return os.WriteFile(path, file.Bytes(), 0o644)
}

// sorted: short prefixes first, so that longer ones overwrite.
func sorted(places map[netip.Prefix]risk.Place) []netip.Prefix {
	var all []netip.Prefix
	for prefix := range places {
		all = append(all, prefix)
	}
	slices.SortFunc(all, func(a, b netip.Prefix) int {
		if d := depth(a) - depth(b); d != 0 {
			return d
		}
		return strings.Compare(a.String(), b.String())
	})
	return all
}

// depth: IPv4 stands at ::/96 of the tree.
func depth(p netip.Prefix) int {
	if p.Addr().Is4() {
		return p.Bits() + 96
	}
	return p.Bits()
}

const (
	empty = iota
	node
	leaf
)

// record is half a node: nothing, another node, or an offset into the data.
type record struct {
	kind  int
	value uint32
}

type tree struct{ nodes [][2]record }

func (t *tree) put(prefix netip.Prefix, at record) error {
	if !prefix.IsValid() || depth(prefix) == 0 {
		return errors.New("risktest: a prefix must be valid and longer than 0")
	}
	path := bitsOf(prefix)
	here := uint32(0)
	for _, bit := range path[:len(path)-1] {
		next := t.nodes[here][bit]
		if next.kind != node {
			// What decided here so far decides below, on both sides.
			t.nodes = append(t.nodes, [2]record{next, next})
			next = record{kind: node, value: uint32(len(t.nodes) - 1)}
			t.nodes[here][bit] = next
		}
		here = next.value
	}
	t.nodes[here][path[len(path)-1]] = at
	return nil
}

func bitsOf(prefix netip.Prefix) []int {
	address := prefix.Addr().As16()
	if prefix.Addr().Is4() {
		four := prefix.Addr().As4()
		address = [16]byte{12: four[0], 13: four[1], 14: four[2], 15: four[3]}
	}
	path := make([]int, depth(prefix))
	for i := range path {
		path[i] = int(address[i/8]>>(7-i%8)) & 1
	}
	return path
}

// encode writes records of 32 bits: a node's number, the number of nodes for
// nothing, or that number and 16 and the offset.
func (t *tree) encode(out *bytes.Buffer) {
	count := uint32(len(t.nodes))
	for _, pair := range t.nodes {
		for _, r := range pair {
			value := count
			switch r.kind {
			case node:
				value = r.value
			case leaf:
				value = count + 16 + r.value
			}
			out.Write(binary.BigEndian.AppendUint32(nil, value))
		}
	}
}

// Types of the data section that are used.
const (
	typeString = 2
	typeDouble = 3
	typeUint16 = 5
	typeUint32 = 6
	typeMap    = 7
	typeUint64 = 9
	typeArray  = 11
)

// control writes a type and a size below 29. Types above 7 stand in a second byte.
func control(out *bytes.Buffer, kind, size int) {
	if kind <= 7 {
		out.WriteByte(byte(kind<<5 | size))
		return
	}
	out.WriteByte(byte(size))
	out.WriteByte(byte(kind - 7))
}

func putString(out *bytes.Buffer, text string) {
	if len(text) > 28 {
		control(out, typeString, 29)
		out.WriteByte(byte(len(text) - 29)) // up to 284 bytes
	} else {
		control(out, typeString, len(text))
	}
	out.WriteString(text)
}

func putUint(out *bytes.Buffer, kind, bytes int, value uint64) {
	control(out, kind, bytes)
	out.Write(binary.BigEndian.AppendUint64(nil, value)[8-bytes:])
}

func putDouble(out *bytes.Buffer, value float64) {
	control(out, typeDouble, 8)
	out.Write(binary.BigEndian.AppendUint64(nil, math.Float64bits(value)))
}

func putPlace(out *bytes.Buffer, p risk.Place) {
	members := 1
	if p.City != "" {
		members++
	}
	if p.Located {
		members++
	}
	control(out, typeMap, members)
	if p.City != "" {
		putString(out, "city")
		control(out, typeMap, 1)
		putString(out, "names")
		control(out, typeMap, 1)
		putString(out, "en")
		putString(out, p.City)
	}
	putString(out, "country")
	control(out, typeMap, 1)
	putString(out, "iso_code")
	putString(out, p.Country)
	if p.Located {
		putString(out, "location")
		control(out, typeMap, 2)
		putString(out, "latitude")
		putDouble(out, p.Latitude)
		putString(out, "longitude")
		putDouble(out, p.Longitude)
	}
}

func putMetadata(out *bytes.Buffer, nodes int) {
	control(out, typeMap, 9)
	putString(out, "binary_format_major_version")
	putUint(out, typeUint16, 2, 2)
	putString(out, "binary_format_minor_version")
	putUint(out, typeUint16, 2, 0)
	putString(out, "build_epoch")
	putUint(out, typeUint64, 8, Builds)
	putString(out, "database_type")
	putString(out, "Poolhouse-Test-City")
	putString(out, "description")
	control(out, typeMap, 1)
	putString(out, "en")
	putString(out, "Invented places for tests")
	putString(out, "ip_version")
	putUint(out, typeUint16, 2, 6)
	putString(out, "languages")
	control(out, typeArray, 1)
	putString(out, "en")
	putString(out, "node_count")
	putUint(out, typeUint32, 4, uint64(nodes))
	putString(out, "record_size")
	putUint(out, typeUint16, 2, 32)
}
