package password

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
)

const somePassword = "gravel moth"

// elsewhere are hashes that other programs made: perl's crypt(3), PHP, the examples of
// passlib's documentation, and Python's hashlib in the forms of the frameworks.
var elsewhere = map[string]struct {
	kind     Kind
	encoded  string
	password string
}{
	"bcrypt $2a$":      {Bcrypt, "$2a$04$abcdefghijklmnopqrstuuU7A4ZecsaxHqLdOEmZc3KJ1YzT7za7i", somePassword},
	"bcrypt $2b$":      {Bcrypt, "$2b$04$abcdefghijklmnopqrstuuU7A4ZecsaxHqLdOEmZc3KJ1YzT7za7i", somePassword},
	"bcrypt of PHP":    {Bcrypt, "$2y$04$dPl5FHSZleJ/on1fIAlK2OMCYCB8ukhz7MBhjccaoq.CEg/D9TmRa", somePassword},
	"crypt_blowfish":   {Bcrypt, "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"},
	"bcrypt of Django": {Bcrypt, "bcrypt$$2b$04$abcdefghijklmnopqrstuuU7A4ZecsaxHqLdOEmZc3KJ1YzT7za7i", somePassword},
	"72 bytes":         {Bcrypt, seventyTwo, strings.Repeat("a", 72)},

	"scrypt of passlib":  {Scrypt, "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E", "password"},
	"scrypt of Kratos":   {Scrypt, "$scrypt$ln=1024,r=8,p=1$AAECAwQFBgcICQoLDA0ODw==$HUCMM1DdVFy9ESDoPz+vVGxfCiTAIlFiKkhcrRlKTUI=", somePassword},
	"scrypt of Werkzeug": {Scrypt, "scrypt:1024:8:1$aBcDeFgHiJkLmNoP$f8b6dbae1ce56ad5319ce2b99d395963262ca2b8d972409fc3cf4599f1e155fedff4b37222f5a23b1bd55120871e6f729406ad37d79bd3fedff3ecb6a8a07ae5", somePassword},

	"pbkdf2 of passlib":  {PBKDF2, "$pbkdf2-sha256$6400$.6UI/S.nXIk8jcbdHx3Fhg$98jZicV16ODfEsEZeYPGHU3kbrUrvUEXOPimVSQDD44", "password"},
	"pbkdf2, 64 bytes":   {PBKDF2, "$pbkdf2-sha256$i=1000,l=64$AAECAwQFBgcICQoLDA0ODw$lHPa/SgQmI0uaKQKX1ulYgERvNPr9bc9mIjPxToiiSINN+i/uZ0PkscgbVLTNY8xvR9fmFeFgHLmh1M0TwXlDg", somePassword},
	"pbkdf2 of Django":   {PBKDF2, "pbkdf2_sha256$1000$aBcDeFgHiJkLmNoPqRsTuV$YXwBIssLlsj5Zl/x2R2MH0Y4VX/YIdauOUSijk79CiA=", somePassword},
	"pbkdf2 of Werkzeug": {PBKDF2, "pbkdf2:sha256:1000$aBcDeFgH$66434f6feeea7ed79919b5dc0bafd03b5fe9cc452564547d343adf6eff633dba", somePassword},

	"argon2id": {Argon2id, "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password"},
}

// seventyTwo is bcrypt of 72 letters a.
const seventyTwo = "$2b$04$abcdefghijklmnopqrstuuBzzIgyKkz7xMWYSzkIjUSnxEQFQ0WNe"

func TestHashesOfOtherProgramsAreVerified(t *testing.T) {
	h := NewHasher(Options{Params: quick})
	for name, one := range elsewhere {
		if cost, err := CostOf(one.encoded); err != nil || cost.Kind != one.kind || cost.Work < 1 {
			t.Errorf("%s: %+v %v", name, cost, err)
			continue
		}
		if right, err := h.Verify(t.Context(), one.encoded, one.password); !right || err != nil {
			t.Errorf("%s: %v %v", name, right, err)
		}
		if right, err := h.Verify(t.Context(), one.encoded, one.password[:len(one.password)-1]); right || err != nil {
			t.Errorf("%s: a wrong password opens it: %v", name, err)
		}
	}
}

// TestAttackPasswordsThatCollideInOtherHashes: bcrypt sees 72 bytes, C's ends at a NUL
// and Go's goes round behind one; HMAC fills a short key up with NULs.
func TestAttackPasswordsThatCollideInOtherHashes(t *testing.T) {
	h := NewHasher(Options{Params: quick})
	const ofA = "$2b$04$abcdefghijklmnopqrstuuMFdJu9yVgmagVAIC24fOZkaFqd3s9JC"
	for encoded, wrong := range map[string][]string{
		seventyTwo: {strings.Repeat("a", 73), strings.Repeat("a", 72) + "b", strings.Repeat("a", 200)},
		ofA:        {"a\x00", "a\x00a", "a\x00b"},
		"$pbkdf2-sha256$i=1000$AAECAwQFBgcICQoLDA0ODw$8ET/fPusEzigul2/gBiNtfAq4czE3vHQAozMQSoupg8": {"a\x00", "a\x00\x00"},
		"$scrypt$ln=10,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$s7tQd8D5XtUlTggsXf4HTlNQNh+roXUCldq5rDgprsA": {"a\x00", "a\x00\x00"},
	} {
		if right, err := h.Verify(t.Context(), encoded, strings.TrimRight(strings.TrimSuffix(wrong[0], "a"), "\x00")); !right && encoded != seventyTwo {
			t.Errorf("%s: the password itself is refused: %v", encoded, err)
		}
		for _, one := range wrong {
			if right, err := h.Verify(t.Context(), encoded, one); right || err != nil {
				t.Errorf("%s: %.20q opens it: %v", encoded, one, err)
			}
		}
	}
}

// TestAttackAHashThatOrdersSecondsOrGigabytes: none is computed, nor taken in.
func TestAttackAHashThatOrdersSecondsOrGigabytes(t *testing.T) {
	h := NewHasher(Options{Workers: 1})
	h.places <- struct{}{} // the refusal needs no worker
	const salt = "$AAECAwQFBgcICQoLDA0ODw$8ET/fPusEzigul2/gBiNtfAq4czE3vHQAozMQSoupg8"
	long := "$AAECAwQFBgcICQoLDA0ODw$" + strings.Repeat("A", 86)
	for _, encoded := range []string{
		strings.Replace(seventyTwo, "$04$", "$13$", 1), strings.Replace(seventyTwo, "$04$", "$31$", 1),
		"$scrypt$ln=17,r=8,p=1" + salt, "$scrypt$ln=16,r=16,p=1" + salt, "$scrypt$ln=16,r=8,p=2" + salt, "$scrypt$ln=15,r=8,p=4" + salt, "$scrypt$ln=40,r=8,p=1" + salt,
		"$scrypt$ln=10,r=1,p=4294967295" + salt, "$scrypt$ln=10,r=4294967295,p=1" + salt, "$scrypt$ln=16,r=65536,p=65536" + salt,
		"$pbkdf2-sha256$i=1200001" + salt, "$pbkdf2-sha256$4294967295" + salt, "$pbkdf2-sha256$i=600001" + long,
		"$argon2id$v=19$m=65536,t=5,p=1" + salt, "$argon2id$v=19$m=32768,t=9,p=4" + salt,
		"pbkdf2_sha256$99999999$aBcDeFgHiJkLmNoP$YXwBIssLlsj5Zl/x2R2MH0Y4VX/YIdauOUSijk79CiA=",
	} {
		if _, err := CostOf(encoded); !errors.Is(err, ErrCostly) {
			t.Errorf("%s is taken in: %v", encoded, err)
		}
		if _, err := h.Verify(t.Context(), encoded, "x"); !errors.Is(err, ErrCostly) {
			t.Errorf("%s is computed: %v", encoded, err)
		}
	}
}

func TestWhatIsNoHashIsRefused(t *testing.T) {
	const salt = "$AAECAwQFBgcICQoLDA0ODw$8ET/fPusEzigul2/gBiNtfAq4czE3vHQAozMQSoupg8"
	for _, encoded := range []string{
		"secret", "$2b$04$short", strings.Replace(seventyTwo, "$2b$", "$2x$", 1), strings.Replace(seventyTwo, "$04$", "$03$", 1), seventyTwo + "x",
		"bcrypt$" + seventyTwo[1:], "$1$abcdefgh$abcdefghijklmnopqrstuv", "$pbkdf2-sha512$i=1000" + salt, "$pbkdf2-sha256$i=999" + salt, "$pbkdf2-sha256$i=1000,l=16" + salt,
		"$pbkdf2-sha256$+1000" + salt, "$pbkdf2-sha256$01000" + salt, "$pbkdf2-sha256$i=1000$AAAA$8ET/fPusEzigul2/gBiNtfAq4czE3vHQAozMQSoupg8",
		"$scrypt$ln=9,r=8,p=1" + salt, "$scrypt$ln=16,r=8" + salt, "$scrypt$ln=1025,r=8,p=1" + salt, "$scrypt$ln=10,r=0,p=1" + salt, "$scrypt$ln=63,r=8,p=1" + salt,
		"scrypt:1024:8$aBcDeFgHiJkLmNoP$f8b6dbae1ce56ad5319ce2b99d395963", "scrypt:1024:8:1$a b c d e f g$f8b6dbae1ce56ad5319ce2b99d395963",
		"pbkdf2:sha256:1000$aBcDeFgH$66", "pbkdf2:sha1:1000$aBcDeFgH$66434f6feeea7ed79919b5dc0bafd03b", "pbkdf2_sha256$1000$aBcDeFgH", strings.Repeat("$", 400),
	} {
		if _, err := CostOf(encoded); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", encoded, err)
		}
	}
}

func TestHashesTogetherAreBoundedAsOneIs(t *testing.T) {
	dear := strings.Replace(seventyTwo, "$04$", "$12$", 1)
	const half = "$pbkdf2-sha256$i=600000$AAECAwQFBgcICQoLDA0ODw$8ET/fPusEzigul2/gBiNtfAq4czE3vHQAozMQSoupg8"
	if !Bearable() || !Bearable(dear) || !Bearable(strings.Replace(dear, "$12$", "$11$", 1), half) {
		t.Error("what is bearable is refused")
	}
	if Bearable(dear, half) || Bearable(dear, strings.Replace(half, "600000", "1000", 1)) {
		t.Error("two dear hashes are bearable together")
	}
}

func TestATryReplacesAHashFromElsewhere(t *testing.T) {
	h := NewHasher(Options{Params: quick})
	for name, one := range elsewhere {
		right, instead, err := h.Try(t.Context(), Try{Password: one.password, Hash: one.encoded, Imported: true, Beside: []string{one.encoded}})
		if !right || err != nil || !strings.HasPrefix(instead, "$argon2id$v=19$m=64,t=1,p=1$") {
			t.Errorf("%s: %v %q %v", name, right, instead, err)
		}
		if again, err := h.Verify(t.Context(), instead, one.password); !again || err != nil {
			t.Errorf("%s: what it is replaced by: %v", name, err)
		}
	}
	if right, instead, err := h.Try(t.Context(), Try{Password: "wrong", Hash: seventyTwo, Imported: true}); right || instead != "" || err != nil {
		t.Errorf("wrong: %v %q %v", right, instead, err)
	}
	for _, t2 := range []Try{{Password: "x"}, {Password: "x", Beside: []string{seventyTwo, "nonsense"}}} {
		if right, instead, err := h.Try(t.Context(), t2); right || instead != "" || err != nil {
			t.Errorf("nobody: %v %q %v", right, instead, err)
		}
	}
}

// TestATryOfAHashOfTheHouseKeepsIt but for one that is weaker than today's.
func TestATryOfAHashOfTheHouseKeepsIt(t *testing.T) {
	h := NewHasher(Options{Params: quick})
	own, _ := h.Hash(t.Context(), somePassword)
	if right, instead, err := h.Try(t.Context(), Try{Password: somePassword, Hash: own, Beside: []string{seventyTwo}}); !right || instead != "" || err != nil {
		t.Errorf("%v %q %v", right, instead, err)
	}
	if right, instead, err := h.Try(t.Context(), Try{Password: somePassword, Hash: own, Imported: true}); !right || instead == "" || err != nil {
		t.Errorf("imported: %v %q %v", right, instead, err)
	}
}

// TestAttackTheWorkOfATryTellsNothing: an account with a cheap hash from elsewhere,
// one with a dear one, one with a hash of the house, and none at all.
func TestAttackTheWorkOfATryTellsNothing(t *testing.T) {
	const tag = "$AAECAwQFBgcICQoLDA0ODw$8ET/fPusEzigul2/gBiNtfAq4czE3vHQAozMQSoupg8"
	long := "$AAECAwQFBgcICQoLDA0ODw$" + strings.Repeat("A", 86)
	dear := map[Kind]string{
		Bcrypt: strings.Replace(seventyTwo, "$04$", "$12$", 1), Scrypt: "$scrypt$ln=14,r=8,p=5" + tag,
		PBKDF2: "$pbkdf2-sha256$i=600000" + tag, Argon2id: "$argon2id$v=19$m=65536,t=3,p=2" + tag,
	}
	cheap := []string{
		"", seventyTwo, strings.Replace(seventyTwo, "$04$", "$11$", 1), dear[Bcrypt], "$scrypt$ln=10,r=8,p=1" + tag, "$scrypt$ln=15,r=4,p=1" + tag, "$scrypt$ln=10,r=16,p=3" + tag,
		dear[Scrypt], "$pbkdf2-sha256$i=27500" + long, "$pbkdf2-sha256$29000" + tag, dear[PBKDF2], "$argon2id$v=19$m=19456,t=2,p=1" + tag, "$argon2id$v=19$m=65536,t=2,p=4" + tag, dear[Argon2id],
	}
	for _, encoded := range cheap {
		own, err := read(encoded)
		if encoded != "" && err != nil {
			t.Fatal(encoded, err)
		}
		took := map[Kind]int{}
		all := decoys(slices.Collect(maps.Values(dear)), own)
		if own != nil {
			all = append(all, own)
		}
		for _, one := range all {
			of, _ := one.work()
			took[one.kind()] += of
		}
		for kind, text := range dear {
			if want, _ := CostOf(text); took[kind] != want.Work {
				t.Errorf("%s: %d units of %s, and %d for nobody", encoded, took[kind], kind, want.Work)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, one := range elsewhere {
		f.Add(one.encoded)
	}
	f.Fuzz(func(t *testing.T, encoded string) {
		one, err := read(encoded)
		if err != nil {
			if one != nil || !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrCostly) {
				t.Errorf("%q: %v %v", encoded, one, err)
			}
			return
		}
		if of, full := one.work(); of < 1 || of > full {
			t.Errorf("%q takes %d of %d", encoded, of, full)
		}
	})
}

// BenchmarkTry shows that what a try takes does not depend on what is stored.
func BenchmarkTry(b *testing.B) {
	h := NewHasher(Options{})
	own, _ := h.Hash(b.Context(), somePassword)
	dear, cheap := elsewhere["scrypt of passlib"].encoded, elsewhere["scrypt of Kratos"].encoded
	for name, t := range map[string]Try{"nobody": {}, "house": {Hash: own}, "dear": {Hash: dear, Imported: true}, "cheap": {Hash: cheap, Imported: true}} {
		t.Password, t.Beside = "wrong", []string{dear}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				h.Try(b.Context(), t)
			}
		})
	}
}
