package identity

import (
	"strings"
	"testing"
)

func TestAttackNameFolding(t *testing.T) {
	p := &Pool{UsernameAttributes: []string{"email"}}
	same := [][]string{
		{"ann", "Ann", "ANN", "ａｎｎ"},
		{"k@example.test", "K@EXAMPLE.test", "\u212A@example.test", "k@example。test"},
		{"jürg", "JÜRG", "ju\u0308rg"},
		{"ann@bücher.example", "ann@BÜCHER.example", "ann@xn--bcher-kva.example"},
		{"+491701234567", "+49 170 1234567", "+49 (170) 123-45.67", "+٤٩١٧٠١٢٣٤٥٦٧"},
	}
	for _, spellings := range same {
		want, err := canonicalName(p, spellings[0])
		if err != nil {
			t.Fatalf("%q: %v", spellings[0], err)
		}
		for _, spelling := range spellings[1:] {
			if got, err := canonicalName(p, spelling); err != nil || got != want {
				t.Errorf("%q is %q (%v), want %q", spelling, got, err, want)
			}
		}
	}
	different := [][2]string{{"strasse", "straße"}, {"i", "İ"}, {"admin", "аdmin"}}
	for _, pair := range different {
		a, _ := canonicalName(p, pair[0])
		if b, err := canonicalName(p, pair[1]); err == nil && a == b {
			t.Errorf("%q and %q are one name", pair[0], pair[1])
		}
	}
}

func TestAttackInvisibleNames(t *testing.T) {
	bad := []string{
		"", " ", "ann ", " ann", "a nn", "an\u200Bn", "an\u200Dn", "an\u00ADn", "\u202Eann", "an\x00n", "an\nn", "an\tn",
		"\uFEFFann", "an\u2060n", "ﬁona", "ſam", "\xff\xfe", "an\u2028n", strings.Repeat("a", 129),
	}
	for _, name := range bad {
		if got, err := canonicalUsername(&Pool{}, name); err == nil {
			t.Errorf("%q is taken for %q", name, got)
		}
	}
	for _, name := range []string{"admin", ".", "..", "/", "__proto__", "null", "o'neill", "ann+test", strings.Repeat("ü", 128)} {
		if _, err := canonicalUsername(&Pool{}, name); err != nil {
			t.Errorf("%q is refused: %v", name, err)
		}
	}
}

func TestACanonicalNameIsItsOwn(t *testing.T) {
	for _, p := range []*Pool{{}, {UsernameConfiguration: UsernameConfiguration{CaseSensitive: true}}} {
		for _, name := range []string{"Ann", "ＡＮＮ", "\u212A", "İbrahim", "Σίσυφος", "ΑΣ", "Ann@BÜCHER.example", "+49 170 1234567", "ß", "Ǆ"} {
			once, err := canonicalName(p, name)
			if err != nil {
				continue
			}
			if twice, err := canonicalName(p, once); err != nil || twice != once {
				t.Errorf("%q is %q, then %q (%v)", name, once, twice, err)
			}
		}
	}
}

func FuzzCanonicalName(f *testing.F) {
	for _, name := range []string{"Ann", "k@x.test", "+49 170 1234567", "İ", "\u212A@x", "a@b。c", "ΑΣ.ς"} {
		f.Add(name, false)
		f.Add(name, true)
	}
	f.Fuzz(func(t *testing.T, name string, sensitive bool) {
		p := &Pool{UsernameConfiguration: UsernameConfiguration{CaseSensitive: sensitive}}
		once, err := canonicalName(p, name)
		if err != nil {
			return
		}
		if twice, err := canonicalName(p, once); err != nil || twice != once {
			t.Errorf("%q is %q, then %q (%v)", name, once, twice, err)
		}
	})
}

func TestCaseCountsOnlyInCaseSensitivePools(t *testing.T) {
	p := &Pool{UsernameConfiguration: UsernameConfiguration{CaseSensitive: true}}
	a, _ := canonicalName(p, "Ann@Example.test")
	b, _ := canonicalName(p, "ann@example.test")
	if a == b {
		t.Errorf("both are %q", a)
	}
	if a != "Ann@example.test" {
		t.Errorf("the domain of %q has no case", a)
	}
}

func TestBadAddressesAreRefused(t *testing.T) {
	bad := []string{
		"ann", "@example.test", "ann@", "ann@@example.test", "a..b@example.test", ".a@example.test", "a.@example.test",
		"ann@exa mple.test", "ann@-example.test", "ann@example..test", "ann@[127.0.0.1]", `"a b"@example.test`, "ann@example_.test",
		"a\r\nbcc:x@example.test", strings.Repeat("a", 65) + "@example.test", "a@" + strings.Repeat("b.", 130) + "test", "a,b@example.test",
	}
	for _, address := range bad {
		if got, err := storedEmail(address); err == nil {
			t.Errorf("%q is kept as %q", address, got)
		}
	}
}

func TestTheStoredAddressIsTheComparedOne(t *testing.T) {
	for typed, want := range map[string]string{
		"Ann@Example.TEST":      "Ann@example.test",
		"\u212A@example.test":   "K@example.test",
		"ａnn@bücher.example":    "ann@xn--bcher-kva.example",
		"O'Neill+x@example.com": "O'Neill+x@example.com",
	} {
		if got, err := storedEmail(typed); err != nil || got != want {
			t.Errorf("%q is kept as %q (%v), want %q", typed, got, err, want)
		}
	}
}

func TestPhoneNumbersAreE164(t *testing.T) {
	for _, bad := range []string{"", "0170 1234567", "+0123456789", "+123", "+1234567890123456", "491701234567", "+49x170", "++491701234567"} {
		if got, ok := phoneOf(bad); ok {
			t.Errorf("%q is kept as %q", bad, got)
		}
	}
}

func TestAttackUsernameThatLooksLikeAnAlias(t *testing.T) {
	aliases := &Pool{AliasAttributes: []string{"email", "phone_number"}}
	for _, name := range []string{"victim@example.test", "victim@x", "+491701234567"} {
		if checkUsername(aliases, name, nil) == nil {
			t.Errorf("%q is allowed beside aliases", name)
		}
		if err := checkUsername(&Pool{}, name, nil); err != nil {
			t.Errorf("%q is refused without aliases: %v", name, err)
		}
	}
}

func TestAttackUsernameOfAFederatedPerson(t *testing.T) {
	for _, name := range []string{"Google_123", "google_123", "SIGNINWITHAPPLE_1", "Acme_77", "ＧＯＯＧＬＥ_1"} {
		if checkUsername(&Pool{}, name, []string{"COGNITO", "Acme"}) == nil {
			t.Errorf("%q is allowed", name)
		}
	}
	if err := checkUsername(&Pool{}, "googleplex", nil); err != nil {
		t.Errorf("a name without the underscore is refused: %v", err)
	}
}
