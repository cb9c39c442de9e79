package mtls

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// attributes are the names that texts use for types of attribute (RFC 4514 §3, and
// what OpenSSL writes), by OID.
var attributes = map[string]string{
	"CN": "2.5.4.3", "SN": "2.5.4.4", "SERIALNUMBER": "2.5.4.5", "C": "2.5.4.6", "L": "2.5.4.7", "ST": "2.5.4.8", "S": "2.5.4.8",
	"STREET": "2.5.4.9", "O": "2.5.4.10", "OU": "2.5.4.11", "T": "2.5.4.12", "TITLE": "2.5.4.12", "GN": "2.5.4.42",
	"ORGANIZATIONIDENTIFIER": "2.5.4.97", "BUSINESSCATEGORY": "2.5.4.15", "POSTALCODE": "2.5.4.17",
	"DC": "0.9.2342.19200300.100.1.25", "UID": "0.9.2342.19200300.100.1.1",
	"E": "1.2.840.113549.1.9.1", "EMAIL": "1.2.840.113549.1.9.1", "EMAILADDRESS": "1.2.840.113549.1.9.1",
	"JURISDICTIONC": "1.3.6.1.4.1.311.60.2.1.3", "JURISDICTIONCOUNTRYNAME": "1.3.6.1.4.1.311.60.2.1.3",
}

// sameDN compares a subject with a name as text: the same relative names in the same
// order, each with the same attributes (RFC 4517 §4.2.15); the case and the width of
// spaces do not count (§4.2.11).
func sameDN(raw []byte, text string) bool {
	var subject pkix.RDNSequence
	if rest, err := asn1.Unmarshal(raw, &subject); err != nil || len(rest) > 0 {
		return false
	}
	want, ok := parseDN(text)
	if !ok || len(want) == 0 || len(want) != len(subject) {
		return false
	}
	for i := range want {
		// RFC 4514 §2.1: the text begins with the last.
		if !slices.Equal(relative(subject[len(subject)-1-i]), want[i]) {
			return false
		}
	}
	return true
}

func relative(set pkix.RelativeDistinguishedNameSET) []string {
	var parts []string
	for _, each := range set {
		parts = append(parts, each.Type.String()+"="+folded(fmt.Sprint(each.Value)))
	}
	slices.Sort(parts)
	return parts
}

func folded(value string) string { return strings.ToLower(strings.Join(strings.Fields(value), " ")) }

// parseDN reads RFC 4514: relative names separated by commas, their attributes by
// plus signs.
func parseDN(text string) ([][]string, bool) {
	var names [][]string
	for _, name := range cut(text, ',') {
		var parts []string
		for _, part := range cut(name, '+') {
			one, ok := attribute(part)
			if !ok {
				return nil, false
			}
			parts = append(parts, one)
		}
		slices.Sort(parts)
		names = append(names, parts)
	}
	return names, true
}

// cut splits at a separator that is not escaped.
func cut(text string, separator byte) []string {
	var parts []string
	from := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case separator:
			parts, from = append(parts, text[from:i]), i+1
		}
	}
	return append(parts, text[from:])
}

func attribute(text string) (string, bool) {
	kind, value, found := strings.Cut(text, "=")
	kind = strings.ToUpper(strings.TrimSpace(kind))
	oid, known := attributes[kind]
	if !known {
		oid = strings.TrimPrefix(kind, "OID.")
		known = oid != "" && strings.Trim(oid, "0123456789.") == ""
	}
	value, ok := unescape(strings.TrimSpace(value))
	return oid + "=" + folded(value), found && known && ok
}

// unescape reads a value: \, and its like, \C3\A9, and #hex, the encoding itself.
func unescape(value string) (string, bool) {
	if rest, encoded := strings.CutPrefix(value, "#"); encoded {
		return fromHex(rest)
	}
	var plain strings.Builder
	for i := 0; i < len(value); i++ {
		if value[i] != '\\' {
			plain.WriteByte(value[i])
			continue
		}
		if i+2 < len(value) {
			if b, err := hex.DecodeString(value[i+1 : i+3]); err == nil {
				plain.Write(b)
				i += 2
				continue
			}
		}
		if i++; i >= len(value) {
			return "", false
		}
		plain.WriteByte(value[i])
	}
	return plain.String(), utf8.ValidString(plain.String())
}

func fromHex(text string) (string, bool) {
	raw, err := hex.DecodeString(text)
	if err != nil {
		return "", false
	}
	var value any
	if rest, err := asn1.Unmarshal(raw, &value); err != nil || len(rest) > 0 {
		return "", false
	}
	return fmt.Sprint(value), true
}
