package password

import "sync"

// dearPlaces stand before the places of a Hasher, for what takes the work of hashes
// from elsewhere: half as many, so that one pool that has such hashes leaves the other
// half to the sign-ins of all the others. Pools that have some take turns: of one pool
// no more wait for these places than there are.
type dearPlaces struct {
	places chan struct{}
	mu     *sync.Mutex
	turns  map[string]*turn // by pool; only those with somebody in them
}

// turn is what the tries of one pool wait for first.
type turn struct {
	places chan struct{}
	tries  int // that wait or have a place
}

func dearOf(workers int) dearPlaces {
	return dearPlaces{make(chan struct{}, max(1, workers/2)), new(sync.Mutex), map[string]*turn{}}
}

// join answers the row of a pool, until left is called.
func (d dearPlaces) join(pool string) (row chan struct{}, left func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.turns[pool]
	if t == nil {
		t = &turn{places: make(chan struct{}, cap(d.places))}
		d.turns[pool] = t
	}
	t.tries++
	return t.places, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if t.tries--; t.tries == 0 {
			delete(d.turns, pool)
		}
	}
}
