package puzzle

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// sealedWith authenticates parts with their lengths, as the server does.
func sealedWith(key string) func(parts ...string) []byte {
	return func(parts ...string) []byte {
		h := hmac.New(sha256.New, []byte(key))
		for _, part := range parts {
			h.Write([]byte(strconv.Itoa(len(part)) + ":" + part))
		}
		return h.Sum(nil)
	}
}

var seal = sealedWith("key")

// solve does what the script of the page does.
func solve(t Ticket) string {
	for n := 0; ; n++ {
		if solution := strconv.Itoa(n); solves(t.Salt, solution, t.Bits) {
			return solution
		}
	}
}

// wrong answers a number that solves nothing.
func wrong(t Ticket) string {
	for n := 0; ; n++ {
		if solution := strconv.Itoa(n); !solves(t.Salt, solution, t.Bits) {
			return solution
		}
	}
}

func TestASolvedTicketPasses(t *testing.T) {
	ticket := Issue(seal, noon, "SignUp", 10)
	if ticket.Bits != 10 || len(ticket.Salt) != 22 {
		t.Fatalf("%+v", ticket)
	}
	id, err := Check(seal, noon, "SignUp", ticket.Token, solve(ticket))
	if err != nil || len(id) != 43 || strings.Contains(ticket.Token, id) {
		t.Error(id, err)
	}
}

func TestAWrongNumberSolvesNothing(t *testing.T) {
	ticket := Issue(seal, noon, "SignUp", 8)
	right := solve(ticket)
	for _, solution := range []string{wrong(ticket), right + " ", "+" + right, "-1", "0x1", "\uff11", strings.Repeat("0", 21) + right, "x"} {
		if _, err := Check(seal, noon.Add(time.Minute), "SignUp", ticket.Token, solution); !errors.Is(err, ErrUnsolved) {
			t.Errorf("%q: %v", solution, err)
		}
	}
	other := Issue(seal, noon, "SignUp", 20)
	if _, err := Check(seal, noon, "SignUp", other.Token, wrong(other)); !errors.Is(err, ErrUnsolved) {
		t.Error("the solution of another ticket:", err)
	}
}

func TestASolutionIsANumberWhateverItHashesTo(t *testing.T) {
	ticket := Issue(seal, noon, "SignUp", 4)
	for _, before := range []string{"x", "-", " ", strings.Repeat("0", 21)} {
		n := 0
		for sum := [32]byte{0xFF}; sum[0]>>4 != 0; n++ {
			sum = sha256.Sum256([]byte(ticket.Salt + before + strconv.Itoa(n+1)))
		}
		if _, err := Check(seal, noon, "SignUp", ticket.Token, before+strconv.Itoa(n)); !errors.Is(err, ErrUnsolved) {
			t.Errorf("%q before %d: %v", before, n, err)
		}
	}
}

func TestWithoutScriptATicketPassesByWaiting(t *testing.T) {
	ticket := Issue(seal, noon, "SignUp", DefaultBits)
	_, err := Check(seal, noon.Add(5*time.Second), "SignUp", ticket.Token, "")
	var soon *TooSoon
	if !errors.As(err, &soon) || soon.Wait != 15*time.Second || !errors.Is(err, ErrTooSoon) {
		t.Errorf("after five seconds: %v", err)
	}
	if _, err := Check(seal, noon.Add(WaitFor), "SignUp", ticket.Token, ""); err != nil {
		t.Errorf("after the wait: %v", err)
	}
	if _, err := Check(seal, noon.Add(-time.Second), "SignUp", ticket.Token, ""); !errors.Is(err, ErrTooSoon) {
		t.Errorf("on a server whose clock is behind: %v", err)
	}
}

func TestATicketExpires(t *testing.T) {
	ticket := Issue(seal, noon, "SignUp", 4)
	for _, solution := range []string{"", solve(ticket)} {
		if _, err := Check(seal, noon.Add(Life), "SignUp", ticket.Token, solution); err != nil {
			t.Errorf("%q at its end: %v", solution, err)
		}
		if _, err := Check(seal, noon.Add(Life+time.Second), "SignUp", ticket.Token, solution); !errors.Is(err, ErrExpired) {
			t.Errorf("%q past its end: %v", solution, err)
		}
	}
}

func TestOneTicketHasOneIDHoweverItIsSolved(t *testing.T) {
	ticket := Issue(seal, noon, "SignUp", 4)
	first := solve(ticket)
	byWork, _ := Check(seal, noon, "SignUp", ticket.Token, first)
	byWait, _ := Check(seal, noon.Add(time.Minute), "SignUp", ticket.Token, "")
	n, _ := strconv.Atoi(first)
	for n++; !solves(ticket.Salt, strconv.Itoa(n), ticket.Bits); n++ {
	}
	bySecond, err := Check(seal, noon, "SignUp", ticket.Token, strconv.Itoa(n))
	if err != nil || byWork == "" || byWork != byWait || byWork != bySecond {
		t.Error(byWork, byWait, bySecond, err)
	}
	another := Issue(seal, noon, "SignUp", 4)
	if id, err := Check(seal, noon, "SignUp", another.Token, solve(another)); err != nil || id == byWork {
		t.Error("two tickets share an id", err)
	}
}

func TestAForgedTicketIsRefused(t *testing.T) {
	ticket := Issue(seal, noon, "SignUp", 12)
	late := noon.Add(time.Minute)
	parts := strings.Split(ticket.Token, ".")
	with := func(at int, text string) string {
		changed := append([]string{}, parts...)
		changed[at] = text
		return strings.Join(changed, ".")
	}
	for name, token := range map[string]string{
		"nothing": "", "dots": "...", "easier": with(0, "1"), "newer": with(1, strconv.FormatInt(late.Unix(), 10)),
		"another salt": with(2, Issue(seal, noon, "SignUp", 12).Salt), "no seal": with(3, ""), "a long one": ticket.Token + strings.Repeat(".", 200),
		"more parts": ticket.Token + ".", "another spelling": with(0, "012"), "padded": ticket.Token + "=",
		"of another server": Issue(sealedWith("other"), noon, "SignUp", 12).Token,
	} {
		if id, err := Check(seal, late, "SignUp", token, ""); !errors.Is(err, ErrForged) || id != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for at := range ticket.Token {
		changed := []byte(ticket.Token)
		changed[at] ^= 1
		if _, err := Check(seal, late, "SignUp", string(changed), ""); !errors.Is(err, ErrForged) {
			t.Errorf("byte %d: %v", at, err)
		}
	}
}

func TestATicketServesItsPurposeAlone(t *testing.T) {
	ticket := Issue(seal, noon, "SignUp", 4)
	if _, err := Check(seal, noon, "ForgotPassword", ticket.Token, solve(ticket)); !errors.Is(err, ErrForged) {
		t.Error(err)
	}
}

func TestSealedNonsenseIsRefused(t *testing.T) {
	for _, parts := range [][3]string{{"x", "1", "s"}, {"1", "x", "s"}, {"", "", ""}} {
		mac := base64.RawURLEncoding.EncodeToString(seal("puzzle", "SignUp", parts[0], parts[1], parts[2]))
		if _, err := Check(seal, noon, "SignUp", strings.Join(append(parts[:], mac), "."), ""); !errors.Is(err, ErrForged) {
			t.Errorf("%q: %v", parts, err)
		}
	}
}

func TestDifficultyStaysWithinItsBounds(t *testing.T) {
	for asked, want := range map[int]int{-1: 1, 0: 1, 1: 1, 16: 16, MaxBits: MaxBits, 99: MaxBits} {
		if got := Issue(seal, noon, "SignUp", asked).Bits; got != want {
			t.Errorf("%d bits asked, %d given", asked, got)
		}
	}
}

func TestSolutionsAreThoseOfTheScript(t *testing.T) {
	salt := strings.Repeat("A", 22)
	sum := sha256.Sum256([]byte(salt + "0"))
	zeros := 0
	for sum[zeros/8]>>(7-zeros%8)&1 == 0 {
		zeros++
	}
	if !solves(salt, "0", zeros) || solves(salt, "0", zeros+1) {
		t.Errorf("%d leading zero bits in %x", zeros, sum)
	}
}

// BenchmarkSolve reports what a ticket costs a native program; a browser's
// script is slower, see DefaultBits.
func BenchmarkSolve(b *testing.B) {
	for _, bits := range []int{12, 14, DefaultBits, 18} {
		b.Run(strconv.Itoa(bits)+"bits", func(b *testing.B) {
			for b.Loop() {
				solve(Issue(seal, noon, "SignUp", bits))
			}
		})
	}
}

func BenchmarkCheck(b *testing.B) {
	ticket := Issue(seal, noon, "SignUp", 8)
	solution := solve(ticket)
	for b.Loop() {
		if _, err := Check(seal, noon, "SignUp", ticket.Token, solution); err != nil {
			b.Fatal(err)
		}
	}
}
