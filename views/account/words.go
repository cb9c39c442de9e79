package account

import (
	"poolhouse.dev/views/form"
	"poolhouse.dev/views/layout"
)

// change names the way to another address.
func (a Address) change(p layout.Page) string {
	switch {
	case a.Value == "":
		return p.T("account.address_add")
	case a.Attribute == "phone_number":
		return p.T("account.phone_change")
	}
	return p.T("account.email_change")
}

// writable says whether there is anything to save.
func writable(attributes []form.Attribute) bool {
	for _, a := range attributes {
		if !a.ReadOnly {
			return true
		}
	}
	return false
}
