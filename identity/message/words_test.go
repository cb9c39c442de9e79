package message

import (
	"context"
	"reflect"
	"strings"
	"testing"
)

var filling = Fill{Code: "123456", Link: "https://login.example.test/confirm?a=1&b=2", Named: map[string]string{NamePlaceholder: "<b>ann"}}

func TestWordsOfOthers(t *testing.T) {
	w := Words{Subject: "Welcome\r\nBcc: eve@example.test", Body: "<p>Hello {username}</p><p>Code {####} or {##press <i>here</i>##}, {##now##}</p>"}
	got := Content{Subject: "ours", Text: "ours", HTML: "ours"}
	w.Over(&got, filling)
	if got.Subject != "Welcome Bcc: eve@example.test" {
		t.Errorf("subject %q", got.Subject)
	}
	const link = `<a href="https://login.example.test/confirm?a=1&amp;b=2">`
	if want := `<p>Hello &lt;b&gt;ann</p><p>Code 123456 or ` + link + `press <i>here</i></a>, ` + link + `now</a></p>`; got.HTML != want {
		t.Errorf("HTML %s", got.HTML)
	}
	if want := "Hello <b>ann\nCode 123456 or press here: https://login.example.test/confirm?a=1&b=2, now: https://login.example.test/confirm?a=1&b=2"; got.Text != want {
		t.Errorf("text %q", got.Text)
	}
	if sms := (&Words{Body: "Your code: {####}, {username}, {##x##}"}).SMS(Fill{Code: "123456"}); sms != "Your code: 123456, {username}, x" {
		t.Errorf("text message %q", sms)
	}
}

// What others do not say is said in our words.
func TestWordsOfOthersMaySayAPart(t *testing.T) {
	for _, c := range []struct {
		words Words
		want  Content
	}{
		{Words{}, Content{Subject: "s", Text: "t", HTML: "h"}},
		{Words{Subject: "S"}, Content{Subject: "S", Text: "t", HTML: "h"}},
		{Words{Body: "B"}, Content{Subject: "s", Text: "B", HTML: "B"}},
		{Words{Text: "T"}, Content{Subject: "s", Text: "T"}},
		{Words{Body: "B", Text: "T {username}"}, Content{Subject: "s", Text: "T <b>ann", HTML: "B"}},
	} {
		got := Content{Subject: "s", Text: "t", HTML: "h"}
		c.words.Over(&got, filling)
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%+v: %+v", c.words, got)
		}
	}
}

func TestWhatIsFilledInIsNotFilledAgain(t *testing.T) {
	f := Fill{Code: "Tmp-{username}-1", Link: "https://login.example.test/{####}", Named: map[string]string{NamePlaceholder: "{####}{##x##}"}}
	if got := (&Words{Body: "{username}: {####} {##go##}"}).SMS(f); got != "{####}{##x##}: Tmp-{username}-1 go: https://login.example.test/{####}" {
		t.Errorf("text %q", got)
	}
}

func TestAPageIsReadAsText(t *testing.T) {
	page := `<!DOCTYPE html><html><head><title>Mail</title><style>p { color: red }</style></head><body><!-- <p>no</p> -->
		<h1>Welcome</h1><p>Your  code
		is <b>123456</b> &amp; more.</p><ul><li>one</li><li>two</li></ul>
		<table><tr><td>Time</td><td>noon</td></tr></table>
		<p><a class=x href=https://a.test/?x=1&amp;y=2>Open</a> <a href="https://a.test/">https://a.test/</a> <a href='#top'>up</a></p><script>no()</script></body></html>`
	want := "Welcome\nYour code is 123456 & more.\n\n- one\n- two\nTime noon\n\nOpen: https://a.test/?x=1&y=2 https://a.test/ up"
	if got := readable(page); got != want {
		t.Errorf("text %q", got)
	}
}

func TestMailsOfPoolsComeFromWhomTheServerOpens(t *testing.T) {
	s := NewSenders("Acme <login@Acme.test>", []string{"help@other.test", "shop.test"})
	for from, want := range map[string]bool{
		"login@acme.test": true, "Anybody <LOGIN@ACME.TEST>": true, "help@other.test": true, "Help <HELP@other.test>": true, "any@shop.test": true,
		"\"Ann & Bob, Inc.\" <any@shop.test>": true, "=?utf-8?q?Caf=C3=A9?= <any@shop.test>": true, "متجر <any@shop.test>": true,
		"x@other.test": false, "x@sub.acme.test": false, "x@evilacme.test": false, "x@acme.test.evil.test": false, "": false, "acme.test": false,
		"a@acme.test, b@evil.test": false, "\"x@acme.test\" <x@evil.test>": false, "login@acme.test\r\nBcc: eve@evil.test": false,
	} {
		if got := s.Allow(from); got != want {
			t.Errorf("%q: %t", from, got)
		}
	}
}

func TestAttackAPoolWritesAsAnybodyOfTheOperatorsDomain(t *testing.T) {
	s := NewSenders("Acme <login@corp.test>", []string{"shop.test"})
	for _, from := range []string{
		"Corp Payroll <ceo@corp.test>", "login@login.corp.test", "login+pay@corp.test", "\"login@corp.test\"@corp.test", "login@corp.test.", "<ceo@corp.test> (login@corp.test)",
		"\"ceo@corp.test\" <login@corp.test>", "=?utf-8?q?ceo=40corp.test?= <login@corp.test>", "=?utf-8?b?Y2VvQGNvcnAudGVzdA==?= <any@shop.test>",
		"ceo＠corp.test <login@corp.test>", "ceo﹫corp.test <login@corp.test>",
		"=?utf-8?q?Corp=0D=0ABcc:_eve?= <login@corp.test>", "\u202etset.proc <login@corp.test>", "Corp\u2028Payroll <login@corp.test>",
	} {
		if s.Allow(from) {
			t.Errorf("%q counts", from)
		}
	}
}

func TestAMessageByOtherMeans(t *testing.T) {
	o, server := newOffice(t), startMail(t, nil)
	s := o.sender(openTo(t, server.dsn("smtp", ""), nil), nil)
	var taken []string
	s.Other = func(_ context.Context, m Message, secrets map[string]string) (bool, error) {
		if m.To == "ann@example.test" {
			return false, nil
		}
		taken = append(taken, m.To+" "+secrets["code"])
		return true, nil
	}
	o.run(s)
	words := func(m *Message) { m.Words = &Words{Body: "Only {####}"} }
	ours, theirs := o.put("ann@example.test", nil), o.put("bob@example.test", words)
	s.Wake()
	until(t, "both are sent", func() bool { return o.get(ours).State == Sent && o.get(theirs).State == Sent })
	if got := server.received(); len(got) != 1 || !strings.Contains(string(got[0].raw), "424242") {
		t.Errorf("the mail server has %d mails: %s", len(got), got[0].raw)
	}
	if len(taken) != 1 || taken[0] != "bob@example.test 424242" || o.get(theirs).Words != nil {
		t.Errorf("taken by other means: %v", taken)
	}
}
