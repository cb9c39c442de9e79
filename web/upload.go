package web

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"time"
)

// Upload is the file of a form.
type Upload struct {
	Field    string // its form field; "" when no file was chosen
	Body     []byte
	TooLarge bool // more bytes than the route takes; Body is nil
}

// multipartSlack is what boundaries and part headers may take beside the content.
const multipartSlack = 16 << 10

// uploadTime bounds a request that brings a file, in place of the server's time-outs
// and the deadline of every other request: a phone on a slow line needs a while.
const uploadTime = 90 * time.Second

// mostUploads is how many files are held in memory at a time.
const mostUploads = 16

// readFile reads a form with a file from somebody who is signed in. Anybody
// else's file is passed over: nobody has the server hold megabytes for nothing.
func (r *Request) readFile(most int64) (done func(), err error) {
	done = func() {}
	auth, err := r.Auth()
	if err != nil {
		return done, err
	}
	if !auth.Valid() {
		most = 0
	} else if done, err = r.takeTime(); err != nil {
		return done, err
	}
	r.Form, r.File, err = readUpload(r.HTTP(), most)
	return done, err
}

// takeTime gives the request one of the places for files, and uploadTime from
// now. done gives the place back.
func (r *Request) takeTime() (done func(), err error) {
	select {
	case r.server.uploads <- struct{}{}:
	default:
		return func() {}, &Refusal{Status: http.StatusServiceUnavailable, Message: "busy", RetryAfter: storeWait}
	}
	until := time.Now().Add(uploadTime) // the connection's clock, not the server's
	line := http.NewResponseController(r.echo.Response())
	// A connection that cannot be given more time keeps what it has.
	_, _ = line.SetReadDeadline(until), line.SetWriteDeadline(until)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Ctx()), uploadTime)
	r.echo.SetRequest(r.HTTP().WithContext(ctx))
	return func() { cancel(); <-r.server.uploads }, nil
}

// readUpload reads a multipart form with at most one file of at most the given
// bytes. A file that is too large is no refusal: the page says so in its words.
func readUpload(req *http.Request, most int64) (Values, Upload, error) {
	kind, params, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" || len(req.Header.Values("Content-Type")) > 1 {
		form, err := readForm(req, MaxForm)
		return form, Upload{}, err
	}
	// RFC 2046 §5.1.1: a boundary has 1 to 70 characters.
	if n := len(params["boundary"]); n < 1 || n > 70 || req.Header.Get("Content-Encoding") != "" {
		return Values{}, Upload{}, refused(http.StatusUnsupportedMediaType, "request", "the form's encoding is not accepted")
	}
	u := uploading{values: url.Values{}, most: most}
	body := io.LimitReader(req.Body, maxIgnored+MaxForm+multipartSlack)
	if err := u.parts(multipart.NewReader(body, params["boundary"])); err != nil {
		return Values{}, Upload{}, err
	}
	return Values{u.values}, u.file, nil
}

// uploading is a multipart form while it is read.
type uploading struct {
	values url.Values
	text   int // bytes of all fields but the file
	most   int64
	file   Upload
}

func (u *uploading) parts(r *multipart.Reader) error {
	for n := 0; ; n++ {
		// NextRawPart: nobody sends a form in quoted-printable, which NextPart would decode.
		part, err := r.NextRawPart()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return malformed(err)
		case n >= MaxParams:
			return refused(http.StatusBadRequest, "request", "too many parameters")
		}
		if err := u.part(part); err != nil {
			return err
		}
	}
}

func malformed(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return unreadable(err)
	}
	return refused(http.StatusBadRequest, "request", "malformed multipart form")
}

func (u *uploading) part(p *multipart.Part) error {
	name := p.FormName()
	_, twice := u.values[name]
	switch {
	case name == "" || !clean(name):
		return refused(http.StatusBadRequest, "request", "a form field without a name")
	case twice || name == u.file.Field:
		return refused(http.StatusBadRequest, "request", "a parameter is given twice")
	case p.FileName() == "":
		return u.field(name, p)
	case u.file.Field != "":
		return refused(http.StatusBadRequest, "request", "more than one file")
	}
	u.file.Field = name
	return u.content(p)
}

// field takes a field that is no file; a file that was not chosen is an empty one.
func (u *uploading) field(name string, p io.Reader) error {
	body, err := io.ReadAll(io.LimitReader(p, int64(MaxForm-u.text)+1))
	if err != nil {
		return malformed(err)
	}
	if u.text += len(name) + len(body); u.text > MaxForm {
		return refused(http.StatusRequestEntityTooLarge, "too_large", "the form is larger than 64 KiB")
	}
	if !clean(string(body)) {
		return refused(http.StatusBadRequest, "request", "parameters are not valid UTF-8 text")
	}
	u.values.Set(name, string(body))
	return nil
}

func (u *uploading) content(p io.Reader) error {
	body, err := io.ReadAll(io.LimitReader(p, u.most+1))
	if err != nil {
		return malformed(err)
	}
	if int64(len(body)) <= u.most {
		u.file.Body = body
		return nil
	}
	u.file.TooLarge = true
	if _, err := io.Copy(io.Discard, p); err != nil { // what follows is read, so that the form token is found after it, too
		return malformed(err)
	}
	return nil
}
