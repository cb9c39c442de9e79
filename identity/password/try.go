package password

import "context"

// Try is one try at the password of an account.
type Try struct {
	Password string
	Hash     string // what is stored; "" for nobody, and for somebody without a password
	Imported bool   // Hash was made elsewhere
	// Beside is the dearest hash from elsewhere of each Kind that any account there
	// has. Accounts that may be told from one another by nothing have the same.
	Beside []string
	// Pool is whose account it is: tries with hashes Beside take turns by it.
	Pool string
}

// Try says whether a password is right, and which hash is to be stored instead of
// the one that is, "" for none. It answers the errors of Verify.
//
// Every try takes the work of one hash of the house and of all that stand Beside,
// whatever is stored: what it took tells neither that there is such an account nor
// that its person has not signed in since it was brought here. A hash from elsewhere
// that is right is replaced by the one of the house that was made for that, so that
// the right password takes no longer than a wrong one.
func (h *Hasher) Try(ctx context.Context, t Try) (right bool, instead string, err error) {
	text, err := Normalise(t.Password)
	if err != nil {
		return false, "", err
	}
	var own stored
	if t.Hash != "" {
		if own, err = read(t.Hash); err != nil {
			return false, "", err
		}
	}
	out, err := h.enterTry(ctx, t)
	if err != nil {
		return false, "", err
	}
	defer out()
	right = own != nil && own.matches(t.Password, text)
	house, isHouse := own.(hash)
	if isHouse = isHouse && !t.Imported; !isHouse || right && house.weaker(h.params) {
		instead = h.make(text).String()
	}
	if isHouse {
		own = nil
	}
	for _, decoy := range decoys(t.Beside, own) {
		decoy.matches(t.Password, text)
	}
	if !right {
		instead = ""
	}
	return right, instead, nil
}

// enterTry waits for a place, and before that for one of the dear ones where there
// are hashes from elsewhere; out gives them back.
func (h *Hasher) enterTry(ctx context.Context, t Try) (out func(), err error) {
	if len(t.Beside) == 0 && !t.Imported {
		return h.leave, h.enter(ctx)
	}
	turn, left := h.dear.join(t.Pool)
	rows := []chan struct{}{turn, h.dear.places, h.places}
	if err := h.pass(ctx, rows...); err != nil {
		left()
		return nil, err
	}
	return func() { leave(rows); left() }, nil
}

// decoys are what is computed so that a try takes the work of all hashes Beside: own,
// from elsewhere, or nil, has been computed.
func decoys(beside []string, own stored) (all []stored) {
	for _, text := range beside {
		dear, err := read(text)
		switch {
		case err != nil:
		case own != nil && own.kind() == dear.kind():
			all = append(all, dear.beyond(own)...)
		default:
			all = append(all, dear)
		}
	}
	return all
}
