package cognito

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

var errNoObject = errors.New("no JSON object")

// tree reads one JSON object, numbers as they are written. Of a member that
// stands twice the last counts; twice says that there is one.
func tree(body []byte) (in map[string]any, twice bool, err error) {
	r := &treeReader{json.NewDecoder(bytes.NewReader(body)), false}
	r.UseNumber()
	v, err := r.value()
	if err != nil {
		return nil, false, err
	}
	if _, err := r.Token(); !errors.Is(err, io.EOF) {
		return nil, false, errNoObject
	}
	in, ok := v.(map[string]any)
	if !ok {
		return nil, false, errNoObject
	}
	return in, r.twice, nil
}

type treeReader struct {
	*json.Decoder
	twice bool
}

func (r *treeReader) value() (any, error) {
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

func (r *treeReader) object() (any, error) {
	all := map[string]any{}
	for r.More() {
		key, err := r.Token()
		if err != nil {
			return nil, err
		}
		name, _ := key.(string)
		_, again := all[name]
		r.twice = r.twice || again
		if all[name], err = r.value(); err != nil {
			return nil, err
		}
	}
	_, err := r.Token()
	return all, err
}

func (r *treeReader) array() (any, error) {
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
