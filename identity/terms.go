package identity

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"golang.org/x/text/language"

	"poolhouse.dev/storage"
)

// Terms are a document of a client, of which the pages show the address (Cognito
// TermsType).
type Terms struct {
	PoolID     PoolID            `json:"user_pool_id"`
	ID         string            `json:"terms_id"`
	ClientID   ClientID          `json:"client_id"`
	Name       string            `json:"terms_name"` // TermsOfUse, PrivacyPolicy
	Links      map[string]string `json:"links"`      // by Cognito's name of a language
	CreatedAt  time.Time         `json:"creation_date"`
	ModifiedAt time.Time         `json:"last_modified_date"`
}

// The documents.
const (
	TermsOfUse    = "terms-of-use"
	PrivacyPolicy = "privacy-policy"
)

// termsMembers are the members of Localizable that the documents stand in for.
var termsMembers = map[string]string{TermsOfUse: "tos_uri", PrivacyPolicy: "policy_uri"}

// termsLanguages are Cognito's names of languages (Cognito LanguageIdType).
var termsLanguages = map[string]string{
	"cognito:default": "", "cognito:dutch": "nl", "cognito:english": "en", "cognito:french": "fr", "cognito:spanish": "es", "cognito:german": "de",
	"cognito:bahasa-indonesia": "id", "cognito:italian": "it", "cognito:japanese": "ja", "cognito:korean": "ko",
	"cognito:portuguese-brazil": "pt-BR", "cognito:chinese-simplified": "zh-Hans", "cognito:chinese-traditional": "zh-Hant",
}

var termsDocuments = storage.Collection[Terms]{
	Name: "terms", Format: 1,
	ID: func(t *Terms) []any { return []any{string(t.PoolID), t.ID} },
	Indexes: []storage.Index[Terms]{
		{Name: "client", Of: func(t *Terms) []any { return []any{string(t.PoolID), string(t.ClientID), t.Name} }},
	},
}

func termsOf(r storage.Reader, pool PoolID, client ClientID) ([]Terms, error) {
	return termsDocuments.List(r, storage.Page{Index: "client", Prefix: []any{string(pool), string(client)}})
}

func validateTerms(t *Terms) error {
	rules := []setting{
		{"links", len(t.Links) > 0, "must hold one at least"},
		{"terms_name", termsMembers[t.Name] != "", "takes terms-of-use and privacy-policy"},
	}
	for name, link := range t.Links {
		rules = append(rules, setting{"links", isFetchable(link), "are https addresses, or http on this machine"})
		_, known := termsLanguages[name]
		rules = append(rules, setting{"links", known, name + " is no language"})
	}
	return firstBroken("Settings.Terms", rules)
}

// CreateTerms gives a client a document. AlreadyExists says that it has one of
// that name.
func (s *Settings) CreateTerms(ctx context.Context, t Terms) (Terms, error) {
	const op = "Settings.CreateTerms"
	t.ID, t.CreatedAt = uuid.NewString(), s.Now()
	t.ModifiedAt = t.CreatedAt
	err := s.update(ctx, func(w storage.Writer) (*Error, error) {
		if _, _, err := s.reopen(w, op, t.PoolID, t.ClientID); err != nil {
			return nil, err
		}
		return nil, s.keepTerms(ctx, w, op, t, "create_terms")
	})
	return t, err
}

func (s *Settings) keepTerms(ctx context.Context, w storage.Writer, op string, t Terms, action string) error {
	if err := validateTerms(&t); err != nil {
		return err
	}
	all, err := termsOf(w, t.PoolID, t.ClientID)
	if err != nil {
		return err
	}
	for _, other := range all {
		if other.Name == t.Name && other.ID != t.ID {
			return refuse(op, AlreadyExists)
		}
	}
	if err := termsDocuments.Put(w, t); err != nil {
		return err
	}
	return errors.Join(s.reterm(w, t.PoolID, t.ClientID), s.recordSetting(ctx, w, t.PoolID, t.ClientID, action))
}

// reterm makes what the pages show of a client's documents anew.
func (s *Settings) reterm(w storage.Writer, pool PoolID, client ClientID) error {
	c, err := s.GetClient(w, pool, client)
	if err != nil {
		return err
	}
	all, err := termsOf(w, pool, client)
	if err != nil {
		return err
	}
	c.Beside = c.Beside.with()
	c.Beside.Terms = map[string]map[string]string{}
	for _, t := range all {
		said := map[string]string{}
		for name, link := range t.Links {
			said[termsLanguages[name]] = link
		}
		c.Beside.Terms[termsMembers[t.Name]] = said
	}
	return clients.Put(w, c)
}

// saidInTerms answers the address of a document in the language of the reader.
func (c *Client) saidInTerms(member string, reader language.Tag) string {
	if c.Beside == nil || len(c.Beside.Terms[member]) == 0 {
		return ""
	}
	links := c.Beside.Terms[member]
	base, _ := reader.Base()
	for _, tag := range []string{reader.String(), base.String(), ""} {
		if links[tag] != "" {
			return links[tag]
		}
	}
	return ""
}

// Terms answers a document by its id, or ResourceNotFound.
func (s *Settings) Terms(ctx context.Context, pool PoolID, id string) (t Terms, err error) {
	err = s.Store.View(ctx, func(r storage.Reader) error {
		if _, err := s.GetPool(r, pool); err != nil {
			return err
		}
		t, err = termsDocuments.Get(r, string(pool), id)
		return notThere("Settings.Terms", err)
	})
	return t, err
}

// TermsOf answers a client's document by its name, or ResourceNotFound.
func (s *Settings) TermsOf(ctx context.Context, pool PoolID, client ClientID, name string) (found Terms, err error) {
	err = s.Store.View(ctx, func(r storage.Reader) error {
		if _, err := s.GetClient(r, pool, client); err != nil {
			return err
		}
		all, err := termsOf(r, pool, client)
		for _, t := range all {
			if t.Name == name {
				found = t
			}
		}
		if err == nil && found.ID == "" {
			err = refuse("Settings.TermsOf", ResourceNotFound)
		}
		return err
	})
	return found, err
}

// ListTerms answers the documents of a pool by id, and where the next page begins.
func (s *Settings) ListTerms(ctx context.Context, pool PoolID, page Page) (all []Terms, next []byte, err error) {
	err = s.Store.View(ctx, func(r storage.Reader) error {
		if _, err := s.GetPool(r, pool); err != nil {
			return err
		}
		all, next, err = termsDocuments.ListPage(r, storage.Page{Prefix: []any{string(pool)}, Limit: page.Limit, Cursor: page.Cursor})
		return err
	})
	return all, next, err
}

// ChangeTerms changes a document; its id and client stay.
func (s *Settings) ChangeTerms(ctx context.Context, pool PoolID, id string, change func(*Terms)) (t Terms, err error) {
	const op = "Settings.ChangeTerms"
	err = s.onTerms(ctx, pool, id, func(w storage.Writer, found Terms) error {
		t = found
		change(&t)
		t.PoolID, t.ID, t.ClientID, t.CreatedAt, t.ModifiedAt = pool, found.ID, found.ClientID, found.CreatedAt, s.Now()
		return s.keepTerms(ctx, w, op, t, "update_terms")
	})
	return t, err
}

// DeleteTerms takes a document from its client.
func (s *Settings) DeleteTerms(ctx context.Context, pool PoolID, id string) error {
	return s.onTerms(ctx, pool, id, func(w storage.Writer, t Terms) error {
		if err := termsDocuments.Delete(w, string(pool), id); err != nil {
			return err
		}
		return errors.Join(s.reterm(w, pool, t.ClientID), s.recordSetting(ctx, w, pool, t.ClientID, "delete_terms"))
	})
}

func (s *Settings) onTerms(ctx context.Context, pool PoolID, id string, do func(storage.Writer, Terms) error) error {
	return s.update(ctx, func(w storage.Writer) (*Error, error) {
		if _, err := s.GetPool(w, pool); err != nil {
			return nil, err
		}
		t, err := termsDocuments.Get(w, string(pool), id)
		if err != nil {
			return nil, notThere("Settings.Terms", err)
		}
		return nil, do(w, t)
	})
}

func forgetTerms(w storage.Writer, cl *Client) error {
	all, err := termsOf(w, cl.PoolID, cl.ID)
	for _, t := range all {
		if err == nil {
			err = termsDocuments.Delete(w, string(t.PoolID), t.ID)
		}
	}
	return err
}
