package hosted

import (
	"net/http"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/views/forgot"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/web"
)

// showForgot asks whose password is to be reset.
func showForgot(r *web.Request) error {
	if led, err := adopt(r, "/forgotPassword"); led || err != nil {
		return err
	}
	var sent sentReset
	r.OpenState("reset", r.Arg("sent"), &sent)
	name := sent.Username
	if name == "" {
		name = r.Arg("username")
	}
	if led, err := needsNone(r, name); led || err != nil {
		return err
	}
	return forgotPage(r, http.StatusOK, name, nil)
}

// needsNone leads to the sign-in where no password is a way in: a new one would
// be good for nothing.
func needsNone(r *web.Request, name string) (led bool, err error) {
	password, err := takesPassword(r)
	if err != nil || password {
		return false, err
	}
	return true, r.See(r.To("/login", "username", name))
}

func showForgotAgain(r *web.Request) error {
	return forgotPage(r, web.Unprocessable, r.Form.Get("username"), nil)
}

func forgotPage(r *web.Request, status int, name string, errs []layout.FieldError) error {
	if _, err := r.Asking(); err != nil {
		return err
	}
	page := r.Layout()
	page.Errors = errs
	if err := guard(r, &page, identity.DoorForgot); err != nil {
		return err
	}
	return r.HTML(status, forgot.View(forgot.Props{
		Page: page, Action: r.To("/forgotPassword"), Identifier: name, Names: namesOf(&r.Pool), SignInURL: r.To("/login"),
	}))
}

// sentReset is what the reset page knows: whose password, and where the code
// went. It looks the same whether or not there is such an account.
type sentReset struct {
	Username    string    `json:"username"`
	Destination string    `json:"destination"`
	Medium      string    `json:"medium"`
	At          time.Time `json:"at"`
	Again       bool      `json:"again,omitempty"`
}

// wait is how many seconds the page still asks to wait before another code.
func (s sentReset) wait(now time.Time) int {
	return max(0, resendWait-int(now.Sub(s.At).Seconds()))
}

// sendReset sends the code, and leads to the page that asks for it.
func sendReset(r *web.Request) error {
	name := r.Form.Get("username")
	if led, err := needsNone(r, name); led || err != nil {
		return err
	}
	if missing := r.Required("username"); missing != nil {
		return forgotPage(r, web.Unprocessable, name, missing)
	}
	client, err := clientOf(r)
	if err != nil {
		return err
	}
	sent, err := accounts(r).Forgot(r.Ctx(), identity.Forgot{
		Pool: r.Pool.ID, Client: client, Identifier: name, Puzzle: puzzleAnswer(r), Origin: r.Origin(),
	})
	if err != nil {
		return forgotRefused(r, name, err)
	}
	state, err := r.SealState("reset", sentReset{
		Username: name, Destination: sent.Destination, Medium: sent.Medium, At: r.Now(), Again: r.Arg("again") != "",
	})
	if err != nil {
		return err
	}
	return r.See(r.To("/resetPassword", "sent", state))
}

func forgotRefused(r *web.Request, name string, err error) error {
	errs, err := r.Complaints(err, map[identity.Code]string{identity.InvalidUsername: "username"})
	if err != nil {
		return err
	}
	return forgotPage(r, web.Unprocessable, name, errs)
}
