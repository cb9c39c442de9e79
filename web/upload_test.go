package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
)

const mostUploaded = 100 << 10

// uploadOf posts a multipart form that write fills.
func uploadOf(t *testing.T, write func(*multipart.Writer)) (Values, Upload, error) {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	write(w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	req := httptest.NewRequest(http.MethodPost, "/", &body)
	req.Header.Set("Content-Type", w.FormDataContentType())
	return readUpload(req, mostUploaded)
}

func put(t *testing.T, w *multipart.Writer, field, file, content string) {
	t.Helper()
	create := func() (io.Writer, error) { return w.CreateFormField(field) }
	if file != "" {
		create = func() (io.Writer, error) { return w.CreateFormFile(field, file) }
	}
	part, err := create()
	if err == nil {
		_, err = part.Write([]byte(content))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestAFormWithAFileIsRead(t *testing.T) {
	form, file, err := uploadOf(t, func(w *multipart.Writer) {
		put(t, w, "picture", "me.png", "the bytes")
		put(t, w, "csrf", "", "token")
	})
	if err != nil || form.Get("csrf") != "token" || file.Field != "picture" || string(file.Body) != "the bytes" || form.Has("picture") {
		t.Errorf("%v %+v %v", form, file, err)
	}
}

func TestAFileThatIsTooLargeLeavesTheRestOfTheForm(t *testing.T) {
	form, file, err := uploadOf(t, func(w *multipart.Writer) {
		put(t, w, "picture", "me.png", strings.Repeat("x", mostUploaded+1))
		put(t, w, "csrf", "", "token")
	})
	if err != nil || !file.TooLarge || file.Body != nil || form.Get("csrf") != "token" {
		t.Errorf("%v %t %d bytes, %v", form, file.TooLarge, len(file.Body), err)
	}
	if _, file, err := uploadOf(t, func(w *multipart.Writer) { put(t, w, "picture", "me.png", strings.Repeat("x", mostUploaded)) }); err != nil || file.TooLarge {
		t.Errorf("one that just fits: %t %v", file.TooLarge, err)
	}
}

func TestAPlainFormNeedsNoFile(t *testing.T) {
	req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("csrf=token"))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	form, file, err := readUpload(req, mostUploaded)
	if err != nil || form.Get("csrf") != "token" || file.Field != "" {
		t.Errorf("%v %+v %v", form, file, err)
	}
}

func TestAttackMultipartForms(t *testing.T) {
	for name, write := range map[string]func(*multipart.Writer){
		"a field twice":           func(w *multipart.Writer) { put(t, w, "csrf", "", "a"); put(t, w, "csrf", "", "b") },
		"a field and a file":      func(w *multipart.Writer) { put(t, w, "csrf", "", "a"); put(t, w, "csrf", "f", "b") },
		"a file and a field":      func(w *multipart.Writer) { put(t, w, "csrf", "f", "a"); put(t, w, "csrf", "", "b") },
		"two files":               func(w *multipart.Writer) { put(t, w, "a", "f", "a"); put(t, w, "b", "f", "b") },
		"a field that is no text": func(w *multipart.Writer) { put(t, w, "csrf", "", "\xff\xfe") },
		"NUL in a field":          func(w *multipart.Writer) { put(t, w, "csrf", "", "a\x00b") },
		"a field without a name":  func(w *multipart.Writer) { put(t, w, "", "", "a") },
		"a long field":            func(w *multipart.Writer) { put(t, w, "csrf", "", strings.Repeat("x", MaxForm+1)) },
		"long fields": func(w *multipart.Writer) {
			for i := range 3 {
				put(t, w, fmt.Sprint("f", i), "", strings.Repeat("x", MaxForm/2))
			}
		},
		"many fields": func(w *multipart.Writer) {
			for i := range MaxParams + 1 {
				put(t, w, fmt.Sprint("f", i), "", "")
			}
		},
	} {
		if form, _, err := uploadOf(t, write); err == nil {
			t.Errorf("%s is taken: %v", name, form)
		}
	}
}

func TestAttackMultipartEncodings(t *testing.T) {
	body := "--b\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\ntoken\r\n--b--\r\n"
	for name, header := range map[string]http.Header{
		"compressed":      {"Content-Type": {"multipart/form-data; boundary=b"}, "Content-Encoding": {"gzip"}},
		"no boundary":     {"Content-Type": {"multipart/form-data"}},
		"a long boundary": {"Content-Type": {"multipart/form-data; boundary=" + strings.Repeat("b", 71)}},
		"another type":    {"Content-Type": {"multipart/mixed; boundary=b"}},
		"two types":       {"Content-Type": {"multipart/form-data; boundary=b", "application/x-www-form-urlencoded"}},
	} {
		req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		req.Header = header
		if form, _, err := readUpload(req, mostUploaded); err == nil {
			t.Errorf("%s is taken: %v", name, form)
		}
	}
	// Decoding would let one value be written in many ways.
	encoded := "--b\r\nContent-Disposition: form-data; name=\"csrf\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=74oken\r\n--b--\r\n"
	req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(encoded))
	req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	if form, _, _ := readUpload(req, mostUploaded); form.Get("csrf") == "token" {
		t.Error("a field is decoded")
	}
}

// line is a connection that is asked for time.
type line struct {
	*httptest.ResponseRecorder
	read, write time.Time
}

func (l *line) SetReadDeadline(t time.Time) error  { l.read = t; return nil }
func (l *line) SetWriteDeadline(t time.Time) error { l.write = t; return nil }

func TestAnUploadIsGivenTimeAndAPlace(t *testing.T) {
	s, err := New(Deps{Identity: &identity.Core{}, PublicURL: "https://login.example.test", Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	take := func() (*line, func(), time.Duration, error) {
		l := &line{ResponseRecorder: httptest.NewRecorder()}
		r, _ := s.newRequest(s.echo.NewContext(httptest.NewRequest(http.MethodPost, "/", nil), l))
		done, err := r.takeTime()
		end, _ := r.Ctx().Deadline()
		return l, done, time.Until(end), err
	}
	l, first, left, err := take()
	if err != nil || l.read.IsZero() || l.write.IsZero() || left <= deadline {
		t.Errorf("the line has until %s and %s, the work %s, %v", l.read, l.write, left, err)
	}
	for range mostUploads - 1 {
		if _, _, _, err := take(); err != nil {
			t.Fatal(err)
		}
	}
	var refused *Refusal
	if _, _, _, err := take(); !errors.As(err, &refused) || refused.Status != http.StatusServiceUnavailable || refused.RetryAfter == 0 {
		t.Errorf("one more than there are places for: %v", err)
	}
	first()
	if _, _, _, err := take(); err != nil {
		t.Errorf("after one is done: %v", err)
	}
}
