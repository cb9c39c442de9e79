package risk_test

import (
	"bytes"
	"flag"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"poolhouse.dev/identity/risk"
	"poolhouse.dev/identity/risk/risktest"
)

var update = flag.Bool("update", false, "write testdata/places.mmdb")

var (
	berlin  = risk.Place{Country: "DE", City: "Berlin", Latitude: 52.52, Longitude: 13.405, Located: true, Known: true}
	munich  = risk.Place{Country: "DE", City: "Munich", Latitude: 48.137, Longitude: 11.575, Located: true, Known: true}
	sydney  = risk.Place{Country: "AU", City: "Sydney", Latitude: -33.869, Longitude: 151.209, Located: true, Known: true}
	newYork = risk.Place{Country: "US", City: "New York", Latitude: 40.713, Longitude: -74.006, Located: true, Known: true}
	cairo   = risk.Place{Country: "EG", City: "Cairo", Latitude: 30.044, Longitude: 31.236, Located: true, Known: true}
	france  = risk.Place{Country: "FR", Known: true}
)

// fixture is testdata/places.mmdb, which tests of the whole program use too:
// they reach it from several addresses of the loopback network.
var fixture = map[netip.Prefix]risk.Place{
	netip.MustParsePrefix("127.0.0.2/32"):       berlin,
	netip.MustParsePrefix("127.0.0.3/32"):       sydney,
	netip.MustParsePrefix("127.0.0.4/32"):       munich,
	netip.MustParsePrefix("127.0.0.5/32"):       newYork,
	netip.MustParsePrefix("127.0.0.6/32"):       france,
	netip.MustParsePrefix("127.0.1.0/24"):       berlin,
	netip.MustParsePrefix("192.0.2.0/24"):       berlin,
	netip.MustParsePrefix("192.0.2.128/25"):     munich,
	netip.MustParsePrefix("198.51.100.0/24"):    sydney,
	netip.MustParsePrefix("203.0.113.0/24"):     newYork,
	netip.MustParsePrefix("2001:db8::/33"):      berlin,
	netip.MustParsePrefix("2001:db8:8000::/33"): cairo,
}

func write(t *testing.T, path string, places map[netip.Prefix]risk.Place) {
	t.Helper()
	if err := risktest.WriteMMDB(path, places); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, path string) *risk.Places {
	t.Helper()
	p, err := risk.OpenPlaces(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func of(p *risk.Places, address string) risk.Place { return p.Of(netip.MustParseAddr(address)) }

func TestTheCommittedFileIsWhatTheWriterMakes(t *testing.T) {
	made := filepath.Join(t.TempDir(), "places.mmdb")
	if *update {
		made = "testdata/places.mmdb"
	}
	write(t, made, fixture)
	want, err := os.ReadFile(made)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile("testdata/places.mmdb"); err != nil || !bytes.Equal(got, want) {
		t.Error("run go test ./identity/risk -update", err)
	}
}

func TestAnAddressHasAPlace(t *testing.T) {
	p := open(t, "testdata/places.mmdb")
	for address, want := range map[string]risk.Place{
		"127.0.0.2": berlin, "127.0.0.3": sydney, "127.0.0.6": france, "127.0.1.77": berlin,
		"192.0.2.1": berlin, "192.0.2.200": munich, "::ffff:192.0.2.1": berlin, "2001:db8::1": berlin, "2001:db8:ffff::1": cairo,
		"127.0.0.1": {}, "10.0.0.1": {}, "2001:db9::1": {}, "fe80::1%eth0": {},
	} {
		if got := of(p, address); got != want {
			t.Errorf("%s: %+v", address, got)
		}
	}
	if got := p.Of(netip.Addr{}); got.Known {
		t.Errorf("no address: %+v", got)
	}
}

func TestWithoutAFileNothingIsKnown(t *testing.T) {
	var p *risk.Places
	if of(p, "127.0.0.2").Known || p.Problem() != nil || p.Close() != nil {
		t.Error("nil knows places")
	}
}

func TestAForeignFileIsRefused(t *testing.T) {
	whole, err := os.ReadFile("testdata/places.mmdb")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"empty": nil, "text": []byte("country,DE\n"), "cut short": whole[:len(whole)-40], "without its beginning": whole[len(whole)-200:],
	} {
		path := filepath.Join(t.TempDir(), "places.mmdb")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if p, err := risk.OpenPlaces(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v %v", name, p, err)
		}
	}
	if _, err := risk.OpenPlaces(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a missing file was opened")
	}
}

func TestDamagedPlacesAreUnknown(t *testing.T) {
	whole, err := os.ReadFile("testdata/places.mmdb")
	if err != nil {
		t.Fatal(err)
	}
	for at := range whole {
		damaged := bytes.Clone(whole)
		damaged[at] ^= 0xFF
		path := filepath.Join(t.TempDir(), "places.mmdb")
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := risk.OpenPlaces(path)
		if err != nil {
			continue
		}
		for prefix := range fixture {
			p.Of(prefix.Addr()) // whatever it answers, it answers
		}
		p.Close()
	}
}

// replace puts another file in the old one's place, as an updater does.
func replace(t *testing.T, path string, with func(path string)) {
	t.Helper()
	with(path + ".new")
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(path+".new", later, later); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func TestAReplacedFileServesWithinAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "places.mmdb")
		home := netip.MustParsePrefix("192.0.2.0/24")
		write(t, path, map[netip.Prefix]risk.Place{home: berlin})
		p := open(t, path)
		replace(t, path, func(path string) { write(t, path, map[netip.Prefix]risk.Place{home: sydney}) })
		time.Sleep(59 * time.Second)
		if got := of(p, "192.0.2.1"); got != berlin {
			t.Errorf("within the minute: %+v", got)
		}
		time.Sleep(time.Second)
		if got := of(p, "192.0.2.1"); got != sydney || p.Problem() != nil {
			t.Errorf("after a minute: %+v %v", got, p.Problem())
		}
	})
}

func TestABrokenReplacementLeavesTheOldFileServing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "places.mmdb")
		write(t, path, fixture)
		p := open(t, path)
		replace(t, path, func(path string) { os.WriteFile(path, []byte("half a download"), 0o600) })
		time.Sleep(time.Minute)
		if got := of(p, "127.0.0.2"); got != berlin || p.Problem() == nil {
			t.Errorf("%+v, problem %v", got, p.Problem())
		}
		replace(t, path, func(path string) { write(t, path, fixture) })
		time.Sleep(time.Minute)
		if got := of(p, "127.0.0.2"); got != berlin || p.Problem() != nil {
			t.Errorf("mended: %+v, problem %v", got, p.Problem())
		}
	})
}

func TestPlacesAreAskedWhileTheFileChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "places.mmdb")
		write(t, path, fixture)
		p := open(t, path)
		var asking sync.WaitGroup
		for range 8 {
			asking.Go(func() {
				for range 200 {
					if !of(p, "127.0.0.2").Known {
						t.Error("unknown while the file changes")
					}
					time.Sleep(time.Second)
				}
			})
		}
		for range 3 {
			time.Sleep(50 * time.Second)
			replace(t, path, func(path string) { write(t, path, fixture) })
		}
		asking.Wait()
		p.Close()
		if of(p, "127.0.0.2").Known {
			t.Error("known after Close")
		}
	})
}

func TestDistancesAreThoseOfTheGlobe(t *testing.T) {
	for _, c := range []struct {
		a, b risk.Place
		km   float64
	}{
		{berlin, munich, 504}, {berlin, sydney, 16_094}, {newYork, berlin, 6_385}, {berlin, berlin, 0}, {berlin, france, 0}, {risk.Place{}, berlin, 0},
		{risk.Place{Latitude: 90, Located: true}, risk.Place{Latitude: -90, Located: true}, 20_015},
		{risk.Place{Longitude: 179.5, Located: true}, risk.Place{Longitude: -179.5, Located: true}, 111},
	} {
		if got := risk.Distance(c.a, c.b); math.Abs(got-c.km) > 1+c.km/200 || got != risk.Distance(c.b, c.a) {
			t.Errorf("%s to %s: %.0f km, want %.0f", c.a.City, c.b.City, got, c.km)
		}
	}
}

func TestTheOtherSideOfTheGlobeIsNoFurtherThanHalfAround(t *testing.T) {
	for tenth := range 1800 {
		here := risk.Place{Latitude: float64(tenth)/10 - 90, Longitude: float64(tenth) / 10, Located: true}
		there := risk.Place{Latitude: -here.Latitude, Longitude: here.Longitude - 180, Located: true}
		if km := risk.Distance(here, there); math.Abs(km-20_015) > 1 {
			t.Fatalf("from %+v: %v km", here, km)
		}
	}
}

func TestTravelIsDistanceOverTime(t *testing.T) {
	km, kmH := risk.Travel(berlin, sydney, 2*time.Hour)
	if math.Abs(km-16_094) > 80 || kmH != km/2 {
		t.Errorf("%.0f km at %.0f km/h", km, kmH)
	}
	if _, kmH := risk.Travel(berlin, munich, -time.Hour); math.IsInf(kmH, 0) || kmH < 0 {
		t.Errorf("clocks that disagree: %v", kmH)
	}
	if km, kmH := risk.Travel(berlin, france, time.Hour); km != 0 || kmH != 0 {
		t.Errorf("not located: %v %v", km, kmH)
	}
}

func TestANetworkIsWhatOneCustomerHas(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.77": "192.0.2.0/24", "::ffff:192.0.2.77": "192.0.2.0/24", "2001:db8:1:2::3": "2001:db8:1::/48", "fe80::1%eth0": "fe80::/48",
	} {
		if got := risk.NetworkOf(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %s", address, got)
		}
	}
	if got := risk.NetworkOf(netip.Addr{}); got != "" {
		t.Error(got)
	}
}
