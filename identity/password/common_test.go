package password

import (
	"slices"
	"strings"
	"testing"
)

func TestTheListHoldsWhatPeopleUseMost(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(commonLines(), "\n"), "\n")
	if len(lines) < 10_000 || !slices.IsSorted(lines) {
		t.Fatalf("%d lines, sorted: %v", len(lines), slices.IsSorted(lines))
	}
	// ASVS 5.0 V6.2.4: at least 3,000 that the policy would otherwise let through.
	long := 0
	for _, line := range lines {
		if len(line) >= 8 {
			long++
		}
		if !Common(line) {
			t.Fatalf("%q is listed and not found", line)
		}
	}
	if long < 3000 {
		t.Errorf("only %d of eight characters and more", long)
	}
}

func TestCommonPasswordsAreFoundInAnyCase(t *testing.T) {
	for _, password := range []string{"password", "PASSWORD", "12345678", "Michael", "jennifer", "iloveyou", "Passw0rd", "trustno1"} {
		if !Common(password) {
			t.Errorf("%q is not found", password)
		}
	}
	for _, password := range []string{"", "a", "zzzzzzzzzzzzzzzzzzzz9", "gravel moth tuba", "password\n", "\n", "passwor d"} {
		if Common(password) {
			t.Errorf("%q is called common", password)
		}
	}
}

func BenchmarkCommon(b *testing.B) {
	Common("load the list first")
	for b.Loop() {
		Common("gravel moth tuba")
	}
}
