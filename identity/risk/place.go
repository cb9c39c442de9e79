package risk

import (
	"math"
	"net/netip"
	"time"
)

// Place is where an address is, roughly: a country is right nearly always, a
// city often.
type Place struct {
	Country string // ISO 3166-1 alpha-2, such as DE
	City    string // English name; may be empty
	// Latitude and Longitude are degrees, meaningful only when Located.
	Latitude, Longitude float64
	Located             bool
	Known               bool // the file has an entry; false: all else is zero
}

// Distance answers kilometres along the surface, 0 when one place is not
// located.
func Distance(a, b Place) float64 {
	if !a.Located || !b.Located {
		return 0
	}
	const earth = 6371 // mean radius, km
	lat1, lat2 := radians(a.Latitude), radians(b.Latitude)
	// The haversine formula; min guards antipodes against rounding.
	h := square(math.Sin((lat2-lat1)/2)) +
		math.Cos(lat1)*math.Cos(lat2)*square(math.Sin(radians(b.Longitude-a.Longitude)/2))
	return 2 * earth * math.Asin(math.Sqrt(min(h, 1)))
}

// Travel answers how far and how fast somebody came from a to b. Two sign-ins
// within a minute count as a minute apart. Both are 0 when one place is not
// located.
func Travel(a, b Place, elapsed time.Duration) (km, kmH float64) {
	km = Distance(a, b)
	return km, km / max(elapsed, time.Minute).Hours()
}

// NetworkOf answers the network by which "a new network" is told: /24 of an
// IPv4 address, /48 of an IPv6 one, which is what one customer is given
// (RFC 6177). An invalid address answers "".
func NetworkOf(address netip.Addr) string {
	address = address.Unmap().WithZone("")
	bits := 48
	if address.Is4() {
		bits = 24
	}
	network, err := address.Prefix(bits)
	if err != nil || !address.IsValid() {
		return ""
	}
	return network.String()
}

func radians(degrees float64) float64 { return degrees * math.Pi / 180 }

func square(x float64) float64 { return x * x }
