package form

import "fmt"

// clock spells a short wait as minutes and seconds, 1:05; the same in every language.
func clock(seconds int) string { return fmt.Sprintf("%d:%02d", seconds/60, seconds%60) }
