package message

import (
	"context"
	"strings"
	"testing"
)

func TestWordsOfOthers(t *testing.T) {
	secrets := map[string]string{"code": "123456", "link": "https://login.example.test/confirm?a=1&b=2"}
	w := Words{Subject: "Welcome\r\nBcc: eve@example.test", Body: "<p>Hello {username}</p><p>Code {####} or {##press here##}</p>"}
	got := w.content(Message{Channel: Email, To: "ann@example.test", Data: map[string]string{"username": "<b>ann"}}, secrets)
	if got.Subject != "Welcome Bcc: eve@example.test" || got.To != "ann@example.test" {
		t.Errorf("subject %q to %q", got.Subject, got.To)
	}
	want := `<p>Hello &lt;b&gt;ann</p><p>Code 123456 or <a href="https://login.example.test/confirm?a=1&amp;b=2">press here</a></p>`
	if got.HTML != want {
		t.Errorf("HTML %s", got.HTML)
	}
	if !strings.Contains(got.Text, "Code 123456 or press here: https://login.example.test/confirm?a=1&b=2") || strings.Contains(got.Text, "<p>") {
		t.Errorf("text %q", got.Text)
	}
	sms := (&Words{Body: "Your code: {####}"}).content(Message{Channel: SMS, To: "+491711111111"}, secrets)
	if sms.Text != "Your code: 123456" || sms.HTML != "" {
		t.Errorf("text message %+v", sms)
	}
}

func TestWordsOfOthersWithATemporaryPassword(t *testing.T) {
	w := Words{Body: "{username}: {####}"}
	got := w.content(Message{Channel: SMS, Data: map[string]string{"username": "ann"}}, map[string]string{"password": "Tmp-{username}-1"})
	if got.Text != "ann: Tmp-{username}-1" {
		t.Errorf("text %q: what is filled in is filled again", got.Text)
	}
}

func TestAMessageInOtherWordsAndByOtherMeans(t *testing.T) {
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
	ours, theirs := o.put("ann@example.test", words), o.put("bob@example.test", words)
	s.Wake()
	until(t, "both are sent", func() bool { return o.get(ours).State == Sent && o.get(theirs).State == Sent })
	if got := server.received(); len(got) != 1 || !strings.Contains(string(got[0].raw), "Only 424242") || strings.Contains(string(got[0].raw), "name Ann") {
		t.Errorf("the mail server has %d mails: %s", len(got), got[0].raw)
	}
	if len(taken) != 1 || taken[0] != "bob@example.test 424242" || o.get(theirs).Words != nil {
		t.Errorf("taken by other means: %v", taken)
	}
}
