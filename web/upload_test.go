package web

import (
	"bytes"
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

func TestAnUploadMayTakeLongerThanOtherRequests(t *testing.T) {
	s, err := New(Deps{Identity: &identity.Core{}, PublicURL: "https://login.example.test", Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	left := map[string]time.Duration{}
	handle := func(r *Request) error {
		end, _ := r.Ctx().Deadline()
		left[r.HTTP().URL.Path] = time.Until(end)
		return nil
	}
	s.Add(Route{Method: http.MethodPost, Path: "/plain", Kind: Plain, Root: true, Handle: handle},
		Route{Method: http.MethodPost, Path: "/file", Kind: Plain, Root: true, Handle: handle, Upload: 1})
	for path, more := range map[string]bool{"/plain": false, "/file": true} {
		req := httptest.NewRequest(http.MethodPost, "https://login.example.test"+path, nil)
		l := &line{ResponseRecorder: httptest.NewRecorder()}
		s.ServeHTTP(l, req)
		if l.Code != http.StatusOK {
			t.Fatalf("%s answers %d: %s", path, l.Code, l.Body)
		}
		if given := !l.read.IsZero() && !l.write.IsZero(); given != more || left[path] > deadline != more {
			t.Errorf("%s: asked the line for time: %t, left %s", path, given, left[path])
		}
	}
}
