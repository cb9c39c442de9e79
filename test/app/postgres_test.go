package app

import (
	"net/http"
	"testing"

	"poolhouse.dev/test/kit"
)

// The same program over PostgreSQL, across a kill.
func TestOverPostgres(t *testing.T) {
	dsn := kit.Postgres(t)
	s := kit.Start(t, func(m kit.Map) { m["storage"] = dsn })
	c := kit.NewClient()
	got := signIn(t, s, c)
	s.Register(t, kit.NewClient(), s.App.URL+"/start", "gil@example.test", kit.AnnPassword).Want(t, http.StatusOK, "Hello, gil@example.test")
	s.Kill()
	s.Run(t)
	c.Open(t, s.App.URL+"/start").Want(t, http.StatusOK, "Hello, "+ann)
	refreshes(t, s, got.Token.RefreshToken)
	page, err := kit.NewClient().SignIn(s.App.URL+"/start", "gil@example.test", kit.AnnPassword)
	if err != nil {
		t.Fatal(err)
	}
	page.Want(t, http.StatusOK, "Hello, gil@example.test")
}
