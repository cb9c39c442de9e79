package identity

// adoption is all that it rests on whose account somebody from a provider gets,
// when they have never been here before.
type adoption struct {
	Address  bool // the provider says an address
	Vouched  bool // and that it verified it
	Trusted  bool // and answers for the address's domain here
	Held     bool // an account here has the address as its name
	Proven   bool // and its owner has proven the address, or an administrator made or confirmed it
	Verified bool // and its owner has proven the address
	Ours     bool // and was made here, not by another provider
	Disabled bool // and was shut by an administrator
	Closed   bool // nobody may sign up
}

// adopted is what happens to somebody new.
type adopted string

const (
	adoptNew     adopted = "new"      // a new account, with the address
	adoptBare    adopted = "bare"     // a new account, without the address: nobody vouches for it
	adoptLink    adopted = "link"     // joined to the account that has the address
	adoptInherit adopted = "inherit"  // joined to it, and whatever a stranger put there dies
	adoptProve   adopted = "prove"    // joined once they have signed in to it
	adoptRefused adopted = "refused"  // the account is shut
	adoptClosed  adopted = "no entry" // nobody may sign up
)

// adopt decides. An address that nobody vouches for tells nothing about who
// somebody is, so that it neither opens an account nor shows that there is one.
// An address that is vouched for opens an account by itself only where the
// provider is trusted for its domain and the owner here has proven it, too.
func adopt(f adoption) adopted {
	switch {
	case f.Closed && !(f.Held && f.Vouched):
		return adoptClosed
	case !f.Address || !f.Vouched:
		return adoptBare
	case !f.Held:
		return adoptNew
	case f.Disabled:
		return adoptRefused
	case !f.Proven:
		return adoptInherit
	case f.Trusted && f.Verified:
		return adoptLink
	}
	return adoptProve
}
