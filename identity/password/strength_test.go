package password

import (
	"strings"
	"testing"
)

func TestAWeakPasswordIsToldWhy(t *testing.T) {
	for password, want := range map[string]string{
		"password":         WeakCommon,
		"PassWord":         WeakCommon,
		"P@ssw0rd":         WeakCommon,
		"dragonmonkey":     Fair, // two listed words: fair at best
		"sunshine1":        WeakCommon,
		"aaaaaaaaaaaaaaaa": WeakRepeated,
		"qxqxqxqxqxqx":     WeakRepeated,
		"cdefghijklm":      WeakSequence,
		"98765432109":      WeakSequence,
		"kjhgfdsa;":        WeakKeyboard,
		"poolhouse2":       WeakContext,
		"x9#k":             WeakShort,
		"":                 WeakShort,
	} {
		if got := Estimate(password, "Poolhouse", "ann@example.test"); got.Word != want {
			t.Errorf("%q: %s (10^%.1f), want %s", password, got.Word, got.Guesses, want)
		}
	}
}

func TestStrengthGrowsWithWhatAnAttackerCannotGuess(t *testing.T) {
	ladder := []string{"123456", "dragon7", "xk7#dragon", "xk7#dragon-q", "xk7#dragon-qvzp"}
	for i := 1; i < len(ladder); i++ {
		weaker, stronger := Estimate(ladder[i-1]), Estimate(ladder[i])
		if weaker.Guesses >= stronger.Guesses || weaker.Score > stronger.Score {
			t.Errorf("%q %+v is no weaker than %q %+v", ladder[i-1], weaker, ladder[i], stronger)
		}
	}
	if got := Estimate("gravel moth tuba lantern"); got.Score != 4 || got.Word != Strong {
		t.Errorf("a long passphrase is %+v", got)
	}
	if got := Estimate(strings.Repeat("xq", 128)); got.Score > 1 {
		t.Errorf("two letters over and over are %+v", got)
	}
}

func TestScoreAndWordAgree(t *testing.T) {
	for _, password := range []string{"", "123456", "xk7#dragon", "xk7#dr", "q8$Lw2x9", "Vb7!kd0Wq", "Vb7!kd0Wqpz3", "\xff\xfe\xfd"} {
		s := Estimate(password)
		weak := strings.HasPrefix(s.Word, "weak_")
		if weak != (s.Score < 2) || s.Score == 2 != (s.Word == Fair) || s.Score == 3 != (s.Word == Good) || s.Score == 4 != (s.Word == Strong) {
			t.Errorf("%q: score %d is called %s", password, s.Score, s.Word)
		}
	}
}

func BenchmarkEstimate(b *testing.B) {
	Common("load the list first")
	long := strings.Repeat("correct-horse ", 18)
	for b.Loop() {
		Estimate(long, "ann@example.test", "Acme")
	}
}

func TestEachUnknownCharacterCountsTen(t *testing.T) {
	for n, want := range []int{2: 0, 3: 1, 5: 1, 6: 2, 7: 2, 8: 3, 9: 3, 10: 4} {
		if password := "Vb7!kd0Wqp"[:n]; n > 1 && n != 4 && Estimate(password).Score != want {
			t.Errorf("%q: %+v, want score %d", password, Estimate(password), want)
		}
	}
}
