package message

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// OpenSMS answers the transport that dsn names:
//
//	file:DIR          one .json file a message
//	log               a line in the log; log:body shows the text too
//	https://HOST/PATH a POST of {"to": "+49…", "text": "…"} as JSON
//
// The provider's own names and needs are settings in the query, which are taken
// out of it; everything else in the query is sent along:
//
//	sms.to=NAME           the member with the number ("to")
//	sms.text=NAME         the member with the text ("text")
//	sms.field.NAME=VALUE  a further member, such as the sender's name
//	sms.header.NAME=VALUE a header, such as Authorization
//
// User and password of the URL are sent as HTTP Basic. An answer of 2xx is
// success; 4xx is final but for 401, 403, 404, 408, 425 and 429.
func OpenSMS(dsn string) (Transport, error) { return OpenSMSThrough(smsClient(), dsn) }

// OpenSMSThrough is OpenSMS with an HTTP client of the caller's choice.
func OpenSMSThrough(client *http.Client, dsn string) (Transport, error) {
	if dir, ok := strings.CutPrefix(dsn, "file:"); ok {
		return openFolder(dir, ".json", encodeSMS)
	}
	if dsn == "log" || dsn == "log:body" {
		return logTransport{what: "text message", body: dsn == "log:body"}, nil
	}
	if u, err := url.Parse(dsn); err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" {
		return openProvider(client, u)
	}
	// The text is not repeated: it may hold a password.
	return nil, errors.New("sms transport: write https://…, file:DIR or log")
}

// smsClient follows no redirect: it would carry the credentials elsewhere.
func smsClient() *http.Client {
	return &http.Client{
		Timeout:       15 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// E.164: a plus and at most 15 digits.
var phoneNumber = regexp.MustCompile(`^\+[1-9][0-9]{1,14}$`)

func checkSMS(c Content) error {
	if !phoneNumber.MatchString(c.To) {
		return permanent("the recipient is no phone number")
	}
	return nil
}

func encodeSMS(c Content) ([]byte, error) {
	if err := checkSMS(c); err != nil {
		return nil, err
	}
	return json.MarshalIndent(struct {
		ID   string    `json:"id"`
		At   time.Time `json:"at"`
		To   string    `json:"to"`
		Text string    `json:"text"`
	}{c.ID, time.Now().UTC(), c.To, c.Text}, "", "  ")
}

// provider posts to somebody who sends text messages.
type provider struct {
	client   *http.Client
	url      string
	name     string
	to, text string
	fields   map[string]string
	header   http.Header
	user     *url.Userinfo
}

func openProvider(client *http.Client, u *url.URL) (Transport, error) {
	p := &provider{
		client: client, name: u.Scheme + "://" + u.Host + u.Path, user: u.User,
		to: "to", text: "text", fields: map[string]string{}, header: http.Header{},
	}
	query := u.Query()
	for name, values := range query {
		setting, ok := strings.CutPrefix(name, "sms.")
		if !ok {
			continue
		}
		if err := p.set(setting, values[0]); err != nil {
			return nil, err
		}
		query.Del(name)
	}
	bare := *u
	bare.User, bare.RawQuery, bare.Fragment = nil, query.Encode(), ""
	p.url = bare.String()
	return p, nil
}

func (p *provider) set(setting, value string) error {
	field, isField := strings.CutPrefix(setting, "field.")
	header, isHeader := strings.CutPrefix(setting, "header.")
	switch {
	case value == "" || hasControl(value):
		return fmt.Errorf("sms transport: sms.%s needs a value on one line", setting)
	case setting == "to":
		p.to = value
	case setting == "text":
		p.text = value
	case isField:
		p.fields[field] = value
	case isHeader:
		p.header.Set(header, value)
	default:
		return fmt.Errorf("sms transport: unknown setting sms.%s; there are to, text, field.NAME and header.NAME", setting)
	}
	return nil
}

func (p *provider) Send(ctx context.Context, c Content) error {
	if err := checkSMS(c); err != nil {
		return err
	}
	request, err := p.request(ctx, c)
	if err != nil {
		return err
	}
	answer, err := p.client.Do(request)
	if err != nil {
		return &UnavailableError{fmt.Errorf("%s: %w", p.name, withoutURL(err))}
	}
	defer answer.Body.Close()
	// Read, so that the connection can serve again; not kept, it may repeat the text.
	io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10))
	return p.judge(answer.StatusCode)
}

// withoutURL: the URL of an *url.Error holds what the query holds, keys too.
func withoutURL(err error) error {
	var e *url.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

func (p *provider) request(ctx context.Context, c Content) (*http.Request, error) {
	body := map[string]string{}
	for name, value := range p.fields {
		body[name] = value
	}
	body[p.to], body[p.text] = c.To, c.Text
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Idempotency-Key", c.ID)
	request.Header.Set("Content-Type", "application/json")
	for name, values := range p.header {
		request.Header[name] = values
	}
	if p.user != nil {
		password, _ := p.user.Password()
		request.SetBasicAuth(p.user.Username(), password)
	}
	return request, nil
}

func (p *provider) judge(status int) error {
	err := fmt.Errorf("%s: status %d", p.name, status)
	switch {
	case status/100 == 2:
		return nil
	case status == 401, status == 403, status == 404, status == 408, status == 425, status == 429:
		// Settings or haste, not the message: worth another try.
		return err
	case status/100 == 4:
		return &PermanentError{err}
	}
	return err
}

func (p *provider) Close() error {
	p.client.CloseIdleConnections()
	return nil
}

func (p *provider) String() string { return p.name }
