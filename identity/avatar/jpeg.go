package avatar

import (
	"bytes"
	"encoding/binary"
	"image"
)

// Markers of JPEG segments (ITU-T T.81 table B.1).
const (
	markerStart       = 0xD8
	markerProgressive = 0xC2
	markerScan        = 0xDA
	markerExif        = 0xE1
)

// readJPEG answers the Exif orientation of a photo, 1 when it has none, and
// whether it is a progressive one. It looks at the segments before the first
// scan; the decoder is the judge of everything else.
func readJPEG(file []byte) (turn int, progressive bool) {
	turn = 1
	for at := 2; at+4 <= len(file) && file[at] == 0xFF; {
		marker := file[at+1]
		if marker == 0xFF || marker == markerStart { // fill, or a start again
			at++
			continue
		}
		length := int(binary.BigEndian.Uint16(file[at+2:]))
		if marker == markerScan || length < 2 || at+2+length > len(file) {
			break
		}
		switch body := file[at+4 : at+2+length]; marker {
		case markerExif:
			turn = orientation(body, turn)
		case markerProgressive:
			progressive = true
		}
		at += 2 + length
	}
	return turn, progressive
}

const tagOrientation = 0x0112

// orientation reads Exif's first directory (TIFF 6.0 §2), or answers what was
// known before.
func orientation(body []byte, before int) int {
	tiff, ok := bytes.CutPrefix(body, []byte("Exif\x00\x00"))
	if !ok || len(tiff) < 8 {
		return before
	}
	var order binary.ByteOrder = binary.BigEndian
	if string(tiff[:2]) == "II" {
		order = binary.LittleEndian
	}
	first := int(order.Uint32(tiff[4:]))
	if first < 8 || first+2 > len(tiff) {
		return before
	}
	for i := range int(order.Uint16(tiff[first:])) {
		at := first + 2 + 12*i
		if at+12 > len(tiff) {
			break
		}
		if order.Uint16(tiff[at:]) == tagOrientation {
			if turn := int(order.Uint16(tiff[at+8:])); turn >= 1 && turn <= 8 {
				return turn
			}
		}
	}
	return before
}

// turned draws the square as it is to be seen. Orientations 2 to 8 are where
// the first row and column of the file belong (Exif 3.0 §4.6.4 A).
func turned(m *image.NRGBA, turn int) *image.NRGBA {
	if turn <= 1 {
		return m
	}
	const last = Side - 1
	from := map[int]func(x, y int) (int, int){
		2: func(x, y int) (int, int) { return last - x, y },
		3: func(x, y int) (int, int) { return last - x, last - y },
		4: func(x, y int) (int, int) { return x, last - y },
		5: func(x, y int) (int, int) { return y, x },
		6: func(x, y int) (int, int) { return y, last - x },
		7: func(x, y int) (int, int) { return last - y, last - x },
		8: func(x, y int) (int, int) { return last - y, x },
	}[turn]
	out := image.NewNRGBA(m.Bounds())
	for y := range Side {
		for x := range Side {
			sx, sy := from(x, y)
			out.SetNRGBA(x, y, m.NRGBAAt(sx, sy))
		}
	}
	return out
}
