package avatar

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"
)

// halves is a wide picture: red, a green middle square, blue.
func halves(width, height int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := color.NRGBA{G: 200, A: 255}
			switch margin := (width - height) / 2; {
			case x < margin:
				c = color.NRGBA{R: 255, A: 255}
			case x >= width-margin:
				c = color.NRGBA{B: 255, A: 255}
			}
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

func encoded(t *testing.T, format string, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	err := map[string]func() error{
		"png": func() error { return png.Encode(&b, m) }, "gif": func() error { return gif.Encode(&b, m, nil) },
		"jpeg": func() error { return jpeg.Encode(&b, m, nil) },
	}[format]()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func made(t *testing.T, file []byte) (Picture, image.Image) {
	t.Helper()
	p, err := Make(context.Background(), file)
	if err != nil {
		t.Fatal(err)
	}
	m, format, err := image.Decode(bytes.NewReader(p.Body))
	if err != nil || "image/"+format != p.ContentType || m.Bounds() != image.Rect(0, 0, Side, Side) {
		t.Fatalf("%v, a %s of %v called %s", err, format, m.Bounds(), p.ContentType)
	}
	return p, m
}

func TestTheMiddleSquareIsKept(t *testing.T) {
	for _, format := range []string{"png", "gif", "jpeg"} {
		for _, size := range [][2]int{{900, 300}, {60, 20}} {
			_, m := made(t, encoded(t, format, halves(size[0], size[1])))
			for _, at := range []image.Point{{4, 4}, {128, 128}, {251, 251}} {
				if r, g, b, _ := m.At(at.X, at.Y).RGBA(); g>>8 < 150 || r>>8 > 60 || b>>8 > 60 {
					t.Errorf("%s %v: at %v is %d %d %d, want green", format, size, at, r>>8, g>>8, b>>8)
				}
			}
		}
	}
}

func TestTransparencyStays(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 64, 64))
	m.SetNRGBA(0, 0, color.NRGBA{R: 255, A: 255})
	p, out := made(t, encoded(t, "png", m))
	if _, _, _, a := out.At(200, 200).RGBA(); p.ContentType != "image/png" || a != 0 {
		t.Errorf("%s, alpha %d", p.ContentType, a)
	}
}

// exif puts an orientation into a JPEG, with where it was taken behind it.
func exif(file []byte, turn byte, order binary.AppendByteOrder, mark string) []byte {
	body := append([]byte("Exif\x00\x00"), mark...)
	body = order.AppendUint16(body, 42)
	body = order.AppendUint32(body, 8)
	body = order.AppendUint16(body, 1)
	body = order.AppendUint16(body, tagOrientation)
	body = order.AppendUint16(body, 3)
	body = order.AppendUint32(body, 1)
	body = order.AppendUint16(body, uint16(turn))
	body = append(body, "\x00\x00\x00\x00\x00\x00GPS 52.5 13.4"...)
	segment := binary.BigEndian.AppendUint16([]byte{0xFF, markerExif}, uint16(len(body)+2))
	out := append([]byte{}, file[:2]...)
	return append(append(append(out, segment...), body...), file[2:]...)
}

func TestAPhotoStandsUpright(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 128, 128)) // white in the corner of the file's first row and column
	for y := range 128 {
		for x := range 128 {
			m.SetNRGBA(x, y, color.NRGBA{A: 255})
			if x < 64 && y < 32 {
				m.SetNRGBA(x, y, color.NRGBA{R: 255, G: 255, B: 255, A: 255})
			}
		}
	}
	file := encoded(t, "jpeg", m)
	// Where the corner of the file is to be seen, and where the longer side of the mark runs.
	corners := map[byte][2]image.Point{
		1: {{0, 0}, {110, 0}}, 2: {{255, 0}, {145, 0}}, 3: {{255, 255}, {145, 255}}, 4: {{0, 255}, {110, 255}},
		5: {{0, 0}, {0, 110}}, 6: {{255, 0}, {255, 110}}, 7: {{255, 255}, {255, 145}}, 8: {{0, 255}, {0, 145}},
	}
	for turn, want := range corners {
		for name, photo := range map[string][]byte{
			"big": exif(file, turn, binary.BigEndian, "MM"), "little": exif(file, turn, binary.LittleEndian, "II"),
		} {
			_, out := made(t, photo)
			for _, at := range want {
				if r, _, _, _ := out.At(at.X, at.Y).RGBA(); r>>8 < 200 {
					t.Errorf("orientation %d, %s-endian: %v is dark", turn, name, at)
				}
			}
		}
	}
}

func TestNothingOfTheFileSurvives(t *testing.T) {
	photo := exif(encoded(t, "jpeg", halves(60, 60)), 1, binary.BigEndian, "MM")
	photo = append(photo, "<script>alert(1)</script>"...)
	p, _ := made(t, photo)
	for _, bad := range []string{"Exif", "GPS", "<script>"} {
		if bytes.Contains(p.Body, []byte(bad)) {
			t.Errorf("%q is in the picture", bad)
		}
	}
}

// bomb is a PNG of a few bytes that names a size.
func bomb(width, height uint32, depth byte) []byte {
	chunk := func(name string, body []byte) []byte {
		out := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
		both := append([]byte(name), body...)
		return binary.BigEndian.AppendUint32(append(out, both...), crc32.ChecksumIEEE(both))
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	head = append(head, depth, 6, 0, 0, 0) // colour type 6: with alpha
	return append(append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", head)...), chunk("IDAT", []byte("x"))...)
}

func TestAttackPictureBomb(t *testing.T) {
	for name, file := range map[string][]byte{
		"more pixels than allowed": bomb(1<<16, 1<<16, 8),
		"deep pixels":              bomb(6000, 6000, 16),
		"many bytes":               append(encoded(t, "png", halves(3, 3)), make([]byte, MaxBytes)...),
		"a progressive one, 36 MP": progressive(t, 6000, 6000),
		"a wide one":               bomb(MaxPixels+1, 1, 8),
	} {
		if _, err := Make(context.Background(), file); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Make(context.Background(), bomb(1<<31-1, 1<<31-1, 16)); err == nil {
		t.Error("a product that overflows passes")
	}
}

// progressive is a JPEG whose header names a size and that it is progressive.
func progressive(t *testing.T, width, height uint16) []byte {
	t.Helper()
	file := encoded(t, "jpeg", halves(16, 16))
	at := bytes.Index(file, []byte{0xFF, 0xC0})
	if at < 0 {
		t.Fatal("no frame header")
	}
	file[at+1] = markerProgressive
	binary.BigEndian.PutUint16(file[at+5:], height)
	binary.BigEndian.PutUint16(file[at+7:], width)
	return file
}

func TestWhatIsNoPictureIsRefused(t *testing.T) {
	for name, file := range map[string][]byte{
		"nothing": nil, "text": []byte("hello"), "svg": []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`),
		"webp": []byte("RIFF\x24\x00\x00\x00WEBPVP8 "), "html behind a magic number": []byte("GIF89a\x01\x00\x01\x00<script>alert(1)</script>"),
	} {
		if _, err := Make(context.Background(), file); !errors.Is(err, ErrFormat) && !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	cut := encoded(t, "png", halves(300, 300))
	if _, err := Make(context.Background(), cut[:len(cut)/2]); !errors.Is(err, ErrDamaged) {
		t.Errorf("half a picture: %v", err)
	}
}

func TestWaitingForATurnEnds(t *testing.T) {
	one <- struct{}{}
	defer func() { <-one }()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Make(ctx, encoded(t, "png", halves(3, 3))); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func FuzzMake(f *testing.F) {
	f.Add([]byte("GIF89a"))
	f.Add(bomb(3, 3, 8))
	f.Fuzz(func(t *testing.T, file []byte) {
		if len(file) > 1<<16 {
			return
		}
		if header, _, err := image.DecodeConfig(bytes.NewReader(file)); err == nil && header.Width*header.Height > 1<<20 {
			return // the bound on size has its own tests
		}
		p, err := Make(context.Background(), file)
		if err == nil && len(p.Body) == 0 {
			t.Error("an empty picture")
		}
	})
}
