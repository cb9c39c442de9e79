package cognito

import (
	"strconv"
	"time"
)

// Timestamp is a time as AWS JSON 1.1 writes it: seconds since 1970, with a
// fraction. The Go SDK refuses a string.
type Timestamp time.Time

// MarshalJSON writes seconds with milliseconds.
func (t Timestamp) MarshalJSON() ([]byte, error) {
	seconds := float64(time.Time(t).UnixMilli()) / 1000
	return strconv.AppendFloat(nil, seconds, 'f', -1, 64), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Timestamp) UnmarshalJSON(text []byte) error {
	seconds, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return err
	}
	*t = Timestamp(time.UnixMilli(int64(seconds*1000 + 0.5)).UTC())
	return nil
}

// stamp leaves the zero time out of the answer.
func stamp(t time.Time) *Timestamp {
	if t.IsZero() {
		return nil
	}
	s := Timestamp(t)
	return &s
}
