package cognito

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/cognito/model"
)

// operation is one of the API: who may call it, and what it does.
type operation struct {
	access access
	// asksItself says that the input names its pool otherwise than by UserPoolId:
	// the method holds it against the caller (mayTouch, sees).
	asksItself bool
	// body is how large the input may be; 0: maxBody.
	body int64
	// note says where it differs from Cognito's.
	note string
	// refuses says that it cannot be had here, whatever it is asked.
	refuses bool
	// call decodes its input, calls the core and answers the output.
	call func(h *Handler, ctx context.Context, one *called, body []byte) (any, error)
}

// called is an operation that is being called, by its full target.
type called struct {
	operation
	name string
}

// itself lets the method say what of the pools the caller may ask about.
func (o operation) itself() operation {
	o.asksItself = true
	return o
}

// upTo lets the input have so many bytes.
func (o operation) upTo(size int64) operation {
	o.body = size
	return o
}

// access is what an operation wants of its caller.
type access int

const (
	forAll    access = iota // nothing: a client's id, and its secret if it has one, stand in the input
	forPerson               // an access token in the input says whose account it is
	reads                   // an administrator, who may be one that only reads
	writes                  // an administrator
	owns                    // whoever owns the server: the admin socket
)

// administrators says that it is no operation for people.
func (a access) administrators() bool { return a == reads || a == writes || a == owns }

// op makes an operation of a method: In and Out are the shapes of the service
// model. An input that is about one pool holds its id in a field UserPoolID.
func op[In, Out any](needs access, call func(*Handler, context.Context, In) (Out, error)) operation {
	return operation{access: needs, call: func(h *Handler, ctx context.Context, one *called, body []byte) (any, error) {
		var in In
		if err := one.decode(body, &in); err != nil {
			return nil, err
		}
		if c := callerOf(ctx); !one.asksItself {
			if err := c.inPool(one.name, needs, &in); err != nil {
				return nil, err
			}
		}
		pool, _ := poolOf(&in)
		concerns(ctx, pool)
		out, err := call(h, ctx, in)
		return out, ofPool(err, &in)
	}}
}

// ofPool names the pool that is none, as Cognito does.
func ofPool(err error, in any) error {
	code, _ := identity.CodeOf(err)
	if pool, _ := poolOf(in); code == identity.PoolNotFound && pool != "" {
		return exception("ResourceNotFoundException", "User pool "+string(pool)+" does not exist.")
	}
	return err
}

// done is the output of operations that answer nothing. Amplify's parser
// throws on an empty body, so it is sent as {}.
type done struct{}

// maxDepth is the deepest JSON an input may nest (security baseline).
const maxDepth = 32

// decode reads an input. One of Cognito's is held against its model first, and
// members that neither the model nor the operation knows are passed over, as
// Cognito does. One of our own is read strictly, so that a misspelt setting is
// not taken for an absent one.
func (one *called) decode(body []byte, in any) error {
	if len(body) == 0 {
		body = []byte("{}")
	}
	if !utf8.Valid(body) || tooDeep(body) {
		return exception("SerializationException", "The body is not JSON that can be read.")
	}
	name, ofCognito := strings.CutPrefix(one.name, Target)
	if !ofCognito {
		return strictly(body, in)
	}
	body, err := modelled(name, body)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, in); err != nil {
		return misread(err)
	}
	return nil
}

func strictly(body []byte, in any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(in); err != nil {
		return misread(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return exception("SerializationException", "Something follows the JSON object.")
	}
	return nil
}

// modelled holds a body against the model. It answers the body to decode, in
// which each member is in the model's spelling.
func modelled(name string, body []byte) ([]byte, error) {
	one, ok := model.Of(name)
	if !ok {
		return nil, exception("UnknownOperationException", "There is no operation "+name+".")
	}
	in, err := tree(body)
	if errors.Is(err, errTwice) {
		return nil, exception("SerializationException", "A member of the JSON stands twice.")
	}
	if err != nil {
		return nil, exception("SerializationException", "The body is not JSON that can be read.")
	}
	changed, err := one.Check(in)
	var mistyped model.Mistyped
	if errors.As(err, &mistyped) {
		return nil, exception("SerializationException", mistyped.Error())
	}
	if err != nil {
		return nil, exception("InvalidParameterException", err.Error())
	}
	if !changed {
		return body, nil
	}
	return json.Marshal(in)
}

func misread(err error) error {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return exception("SerializationException", kind.Field+" wants another type than "+kind.Value+".")
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return invalid(strings.Trim(name, `"`), "is not known")
	}
	return exception("SerializationException", "The body is not JSON that can be read.")
}

// tooDeep counts brackets outside strings, before any decoder recurses.
func tooDeep(body []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		}
		if depth > maxDepth {
			return true
		}
	}
	return false
}
