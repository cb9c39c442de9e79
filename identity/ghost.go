package identity

import (
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"poolhouse.dev/storage"
)

// ghost stands for somebody who does not exist, always the same for the same
// name: codes, counts and limits then go the same way as for a real user, so
// that neither answers nor timing tell them apart.
func (c *Core) ghost(p *Pool, typed string) User {
	mac := c.Sealer.MAC("ghost", string(p.ID), looseName(p, typed))
	id := uuid.UUID(mac[:16])
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80 // RFC 9562 §5.4: as random as a sub looks
	return User{PoolID: p.ID, ID: UserID(id.String())}
}

func (u *User) isGhost() bool { return u.Status == "" }

// userOrGhost answers the user, or the stand-in for a name that nobody has.
func (c *Core) userOrGhost(r storage.Reader, p *Pool, typed string) (User, error) {
	u, err := c.findUser(r, p, typed)
	if errors.Is(err, storage.ErrNotFound) {
		return c.ghost(p, typed), nil
	}
	return u, err
}

// hidesExistence says that the client is not told whether a user exists
// (Cognito PreventUserExistenceErrors; ENABLED here unless said otherwise).
func (cl *Client) hidesExistence() bool { return cl.PreventExistence != "LEGACY" }

// openRefusal says openly what is wrong, to clients that may know who exists.
func openRefusal(op string, cl *Client, u *User, possible bool, otherwise Code) *Error {
	switch {
	case possible || cl.hidesExistence():
		return nil
	case u.isGhost():
		return refuse(op, UserNotFound)
	}
	return refuse(op, otherwise)
}

// inventedDelivery is what is shown for somebody who does not exist or cannot
// be written to: the mask of what was typed, or one made up from the name,
// the same each time.
func (c *Core) inventedDelivery(p *Pool, typed string) Delivery {
	if _, ok := phoneOf(strings.TrimSpace(typed)); ok {
		return c.inventedDeliveryOf(p, typed, attrPhone)
	}
	return c.inventedDeliveryOf(p, typed, attrEmail)
}

// inventedDeliveryOf is inventedDelivery for a code that would go to an address
// of this kind.
func (c *Core) inventedDeliveryOf(p *Pool, typed, attribute string) Delivery {
	typed = strings.TrimSpace(typed)
	mac := c.Sealer.MAC("mask", string(p.ID), looseName(p, typed))
	if attribute == attrPhone {
		if phone, ok := phoneOf(typed); ok {
			return address{Attribute: attrPhone, Value: phone}.delivery()
		}
		countries := []string{"+12", "+14", "+16", "+33", "+44", "+49", "+61", "+91"}
		number := fmt.Sprintf("%s*******%d%d", countries[int(mac[2])%len(countries)], mac[0]%10, mac[1]%10)
		return Delivery{Destination: number, Medium: mediumSMS, Attribute: attrPhone}
	}
	if email, err := storedEmail(typed); err == nil {
		return address{Attribute: attrEmail, Value: email}.delivery()
	}
	const letters, hosts = "abcdefghijklmnoprstw", "ggggoohymi"
	local, host := letters[int(mac[0])%len(letters)], hosts[int(mac[1])%len(hosts)]
	return Delivery{Destination: string(local) + "***@" + string(host) + "***.com", Medium: mediumEmail, Attribute: attrEmail}
}
