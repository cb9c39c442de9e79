// Package avatar makes a small square picture from whatever picture a person
// uploads. What comes out was drawn by us, pixel by pixel: nothing of the file
// survives, neither a script in it nor where the photo was taken.
//
// Documents: PNG (ISO/IEC 15948), JPEG (ITU-T T.81), GIF89a, Exif 3.0 §4.6.4
// (orientation).
package avatar

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	_ "image/gif" // registers the format
	"image/jpeg"
	"image/png"
)

// What is taken and what is made.
const (
	MaxBytes  = 5 << 20  // of the file
	MaxPixels = 40 << 20 // width times height
	Side      = 256      // pixels, of the result

	// maxMemory bounds what decoding one picture may take, in bytes.
	maxMemory = 192 << 20
)

// Why a file is refused.
var (
	ErrFormat   = errors.New("avatar: no PNG, JPEG or GIF")
	ErrTooLarge = errors.New("avatar: more bytes or pixels than allowed")
	ErrDamaged  = errors.New("avatar: the picture cannot be read")
)

// Picture is a finished avatar.
type Picture struct {
	Body        []byte
	ContentType string // image/png, or image/jpeg for a picture without transparency
}

// one lets one picture be decoded at a time: the bound on memory is then one
// for the whole process.
var one = make(chan struct{}, 1)

// Make crops a picture to its middle square, scales it to Side, turns it as its
// Exif says and draws it anew. It waits for its turn until ctx ends.
func Make(ctx context.Context, file []byte) (Picture, error) {
	turn, err := inspect(file)
	if err != nil {
		return Picture{}, err
	}
	select {
	case one <- struct{}{}:
		defer func() { <-one }()
	case <-ctx.Done():
		return Picture{}, ctx.Err()
	}
	full, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return Picture{}, ErrDamaged
	}
	return encode(turned(square(full), turn))
}

// inspect refuses by the header alone what is no picture or a bomb: a few bytes
// can name more pixels than there is memory. It answers the Exif orientation.
func inspect(file []byte) (turn int, err error) {
	if len(file) > MaxBytes {
		return 0, ErrTooLarge
	}
	header, format, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return 0, ErrFormat
	}
	if header.Width <= 0 || header.Height <= 0 {
		return 0, ErrDamaged
	}
	if header.Width > MaxPixels/header.Height {
		return 0, ErrTooLarge
	}
	each := 4 // bytes a pixel takes while it is decoded
	turn = 1
	switch {
	case format == "jpeg":
		var progressive bool
		if turn, progressive = readJPEG(file); progressive {
			each = 16 // coefficients of all scans are kept until the last
		}
	case deep(header.ColorModel):
		each = 8
	}
	if header.Width*header.Height > maxMemory/each {
		return 0, ErrTooLarge
	}
	return turn, nil
}

func deep(m color.Model) bool {
	return m == color.NRGBA64Model || m == color.RGBA64Model || m == color.Gray16Model
}

// square scales the middle of a picture to Side by Side. Each pixel is the mean
// of the pixels it stands for; a smaller picture is enlarged plainly.
func square(full image.Image) *image.NRGBA {
	b := full.Bounds()
	edge := min(b.Dx(), b.Dy())
	left, top := b.Min.X+(b.Dx()-edge)/2, b.Min.Y+(b.Dy()-edge)/2
	small := image.NewNRGBA(image.Rect(0, 0, Side, Side))
	for y := range Side {
		for x := range Side {
			box := image.Rect(x*edge/Side, y*edge/Side, (x+1)*edge/Side, (y+1)*edge/Side)
			box.Max.X, box.Max.Y = max(box.Max.X, box.Min.X+1), max(box.Max.Y, box.Min.Y+1)
			small.Set(x, y, mean(full, box.Add(image.Pt(left, top))))
		}
	}
	return small
}

// mean weighs by transparency: what is not seen gives no colour.
func mean(m image.Image, box image.Rectangle) color.RGBA64 {
	var r, g, b, a uint64
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			pr, pg, pb, pa := m.At(x, y).RGBA()
			r, g, b, a = r+uint64(pr), g+uint64(pg), b+uint64(pb), a+uint64(pa)
		}
	}
	n := uint64(box.Dx() * box.Dy())
	return color.RGBA64{R: uint16(r / n), G: uint16(g / n), B: uint16(b / n), A: uint16(a / n)}
}

const jpegQuality = 88

// encode draws photos as JPEG and what lets the page shine through as PNG.
func encode(m *image.NRGBA) (Picture, error) {
	var b bytes.Buffer
	if m.Opaque() {
		err := jpeg.Encode(&b, m, &jpeg.Options{Quality: jpegQuality})
		return Picture{Body: b.Bytes(), ContentType: "image/jpeg"}, err
	}
	err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, m)
	return Picture{Body: b.Bytes(), ContentType: "image/png"}, err
}
