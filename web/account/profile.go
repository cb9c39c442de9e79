package account

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/views/account"
	"poolhouse.dev/views/form"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/web"
)

// resendWait is how long the page asks to wait before another code, in seconds.
const resendWait = 30

func showProfile(v *visit) error { return v.profile(http.StatusOK, nil) }

func showProfileAgain(v *visit) error { return v.profile(web.Unprocessable, nil) }

func (v *visit) profile(status int, errs []layout.FieldError) error {
	props := account.ProfileProps{
		Frame: v.frame(account.PageProfile, errs), Signals: v.signals(), Action: v.Path("/account"), PictureField: v.pictureField(),
	}
	if v.me.Username != string(v.me.ID) {
		props.Username = v.me.Username
	}
	for _, attribute := range addresses(v) {
		props.Addresses = append(props.Addresses, v.address(attribute))
	}
	props.Attributes = v.attributes()
	return v.HTML(status, account.Profile(props))
}

// addresses are the ones the pool works with, and any the person has.
func addresses(v *visit) []string {
	all := []string{"email"}
	if v.me.Attributes["phone_number"] != "" || v.me.Pending["phone_number"] != "" || v.usesNumbers() {
		all = append(all, "phone_number")
	}
	return all
}

// usesNumbers says that the pool has a use for a phone number: as a name, or to
// send codes to.
func (v *visit) usesNumbers() bool {
	used := slices.Concat(v.Pool.UsernameAttributes, v.Pool.AliasAttributes, v.Pool.AutoVerifiedAttributes)
	return slices.Contains(used, "phone_number") || slices.Contains(v.has.Kinds, identity.FactorSMS) || v.allowed(identity.FactorSMSCode)
}

func (v *visit) address(attribute string) account.Address {
	rule := web.AttributeOf(&v.Pool, attribute)
	a := account.Address{
		Attribute: attribute, Value: v.me.Attributes[attribute], Verified: v.me.Attributes[attribute+"_verified"] == "true",
		Pending: v.me.Pending[attribute], Required: rule.Required || slices.Contains(v.Pool.UsernameAttributes, attribute),
		ReadOnly:     rule.Mutable != nil && !*rule.Mutable || !v.writes(attribute),
		ChangeAction: v.Path("/account/address"), SendAction: v.Path("/account/code"),
	}
	if v.Form.Get("attribute") == attribute {
		a.Input = v.Form.Get(attribute)
	}
	a.Sent = a.Pending != "" || v.Arg("sent") == attribute
	if a.Sent {
		a.VerifyAction, a.SendWait = v.Path("/account/verify"), resendWait
		a.CancelAction = v.Path("/account/keep")
	}
	return a
}

// attributes are the fields of the profile: a name, what the schema lists in
// its order, and whatever else the person has. Addresses have their own forms,
// and what is empty and not to be filled in here is left out.
func (v *visit) attributes() []form.Attribute {
	names := []string{"name"}
	for _, a := range v.Pool.Schema {
		names = append(names, schemaName(a.Name))
	}
	names = append(names, slices.Sorted(maps.Keys(v.me.Attributes))...)
	var all []form.Attribute
	for _, name := range names {
		if hidden(name) || slices.ContainsFunc(all, func(a form.Attribute) bool { return a.Name == name }) {
			continue
		}
		if a := v.attribute(name); a.Value != "" || !a.ReadOnly {
			all = append(all, a)
		}
	}
	return all
}

// schemaName spells a custom attribute as users carry it.
func schemaName(name string) string {
	if slices.Contains(identity.StandardAttributes(), name) || strings.HasPrefix(name, "custom:") {
		return name
	}
	return "custom:" + name
}

func hidden(name string) bool {
	return slices.Contains([]string{"sub", "email", "phone_number", "picture", "updated_at", "identities"}, name) ||
		strings.HasSuffix(name, "_verified") || strings.HasPrefix(name, "dev:")
}

func (v *visit) attribute(name string) form.Attribute {
	value := v.me.Attributes[name]
	if typed, ok := v.Form.Values[name]; ok {
		value = typed[0]
	}
	field := web.FormAttribute(web.AttributeOf(&v.Pool, name), value)
	field.ReadOnly = field.ReadOnly || !v.writes(name)
	return field
}

// saveProfile writes the fields that changed, of those the page offers.
func saveProfile(v *visit) error {
	changed := map[string]string{}
	for _, a := range v.attributes() {
		typed, ok := v.Form.Values[a.Name]
		if ok && !a.ReadOnly && typed[0] != v.me.Attributes[a.Name] {
			changed[a.Name] = typed[0]
		}
	}
	if len(changed) == 0 {
		return v.See(v.Path("/account"))
	}
	if _, err := accounts(v.Request).Update(v.Ctx(), v.auth, changed, v.Origin()); err != nil {
		return v.profileRefused(err, nil)
	}
	return v.See(v.Path("/account") + "?notice=saved")
}

// changeAddress asks for a new address; it counts once its code came back.
func changeAddress(v *visit) error {
	attribute := v.Form.Get("attribute")
	if !slices.Contains(addresses(v), attribute) {
		return &identity.Error{Code: identity.AttributeRefused, Op: "account", Field: attribute}
	}
	sent, err := accounts(v.Request).Update(v.Ctx(), v.auth, map[string]string{attribute: v.Form.Get(attribute)}, v.Origin())
	if err != nil {
		return v.profileRefused(err, map[identity.Code]string{identity.AliasExists: attribute})
	}
	if len(sent) == 0 {
		return v.See(v.Path("/account") + "?notice=saved")
	}
	return v.See(v.Path("/account") + "?" + url.Values{"sent": {attribute}}.Encode())
}

// verifyAddress takes the code of a new or unverified address.
func verifyAddress(v *visit) error {
	attribute := v.Form.Get("attribute")
	field := "code-" + attribute // the page may ask for two
	if missing := v.Required("code"); missing != nil {
		missing[0].Field = field
		return v.profile(web.Unprocessable, missing)
	}
	err := accounts(v.Request).Verify(v.Ctx(), v.auth, attribute, v.Form.Get("code"), v.Origin())
	if err != nil {
		return v.profileRefused(err, map[identity.Code]string{identity.CodeMismatch: field, identity.CodeExpired: field})
	}
	return v.See(v.Path("/account") + "?notice=verified")
}

// sendCode sends the code of an address again, or a first one.
func sendCode(v *visit) error {
	attribute := v.Form.Get("attribute")
	if _, err := accounts(v.Request).SendCode(v.Ctx(), v.auth, attribute, v.Origin()); err != nil {
		return v.profileRefused(err, nil)
	}
	return v.See(v.Path("/account") + "?" + url.Values{"notice": {"sent"}, "sent": {attribute}}.Encode())
}

// keepAddress drops a new address that waits; the old one stays.
func keepAddress(v *visit) error {
	err := accounts(v.Request).CancelPending(v.Ctx(), v.auth, v.Form.Get("attribute"), v.Origin())
	if err != nil {
		return v.profileRefused(err, nil)
	}
	return v.See(v.Path("/account") + "?notice=kept")
}

func (v *visit) profileRefused(err error, fields map[identity.Code]string) error {
	if code, _ := identity.CodeOf(err); code == identity.FreshSignInNeeded {
		return err
	}
	errs, err := v.Complaints(err, fields)
	if err != nil {
		return err
	}
	return v.profile(web.Unprocessable, errs)
}
