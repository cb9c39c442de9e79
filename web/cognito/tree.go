package cognito

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

var (
	errNoObject = errors.New("no JSON object")
	errTwice    = errors.New("a member stands twice")
)

// tree reads one JSON object, numbers as they are written. A member that stands
// twice is refused: whoever looked at the first would be told something else than
// whoever takes the last.
func tree(body []byte) (map[string]any, error) {
	r := treeReader{json.NewDecoder(bytes.NewReader(body))}
	r.UseNumber()
	v, err := r.value()
	if err != nil {
		return nil, err
	}
	if _, err := r.Token(); !errors.Is(err, io.EOF) {
		return nil, errNoObject
	}
	in, ok := v.(map[string]any)
	if !ok {
		return nil, errNoObject
	}
	return in, nil
}

type treeReader struct{ *json.Decoder }

func (r treeReader) value() (any, error) {
	token, err := r.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		return r.object()
	case json.Delim('['):
		return r.array()
	}
	return token, nil
}

func (r treeReader) object() (any, error) {
	all := map[string]any{}
	for r.More() {
		key, err := r.Token()
		if err != nil {
			return nil, err
		}
		name, _ := key.(string)
		if _, again := all[name]; again {
			return nil, errTwice
		}
		if all[name], err = r.value(); err != nil {
			return nil, err
		}
	}
	_, err := r.Token()
	return all, err
}

func (r treeReader) array() (any, error) {
	all := []any{}
	for r.More() {
		one, err := r.value()
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	_, err := r.Token()
	return all, err
}
