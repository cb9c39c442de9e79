package config

import (
	"reflect"
	"slices"
	"testing"
)

type inner struct {
	Called string `json:"name"`
	Other  string `json:"other"`
}

// TestOuterKeysHideInnerOnes: as in encoding/json, wherever the embedded struct stands.
func TestOuterKeysHideInnerOnes(t *testing.T) {
	type before struct {
		inner
		Name int `json:"name"`
		None int
		Dash int `json:"-"`
	}
	type after struct {
		Name int `json:"name,omitempty"`
		inner
	}
	for _, of := range []reflect.Type{reflect.TypeFor[before](), reflect.TypeFor[after]()} {
		got := map[string]reflect.Kind{}
		for _, f := range fields(of) {
			got[f.name] = of.FieldByIndex(f.index).Type.Kind()
		}
		if len(got) != 2 || got["name"] != reflect.Int || got["other"] != reflect.String {
			t.Errorf("%s has the keys %v", of.Name(), got)
		}
	}
}

func TestEveryKeyIsListedOnce(t *testing.T) {
	var names []string
	for _, f := range fields(reflect.TypeFor[File]()) {
		names = append(names, f.name)
	}
	slices.Sort(names)
	if len(slices.Compact(slices.Clone(names))) != len(names) || !slices.Contains(names, "public_url") {
		t.Error(names)
	}
}
