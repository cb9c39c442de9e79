package layout

// Wait says in words how long to wait. Beyond a minute it counts minutes,
// beyond an hour hours, rounded up: nobody is told to come back too early.
func Wait(p Page, seconds int) string {
	switch {
	case seconds <= 60:
		return p.T("wait.seconds", "Count", max(seconds, 1))
	case seconds <= 90*60:
		return p.T("wait.minutes", "Count", (seconds+59)/60)
	}
	return p.T("wait.hours", "Count", (seconds+3599)/3600)
}

// Around answers the words of a message before and after the value called
// name, for a value that is marked up on its own.
func Around(p Page, message, name string) (before, after string) {
	return around(p.T(message, name, slot))
}
