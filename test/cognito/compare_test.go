package cognito

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/document"
)

// compare lists where a decoded answer has not what the JSON of it has. Members
// are found by name, whatever the case of their first letter.
func compare(raw any, decoded reflect.Value, path string) []string {
	if doc, ok := decoded.Interface().(document.Interface); ok && doc != nil {
		return compareDocument(raw, doc, path)
	}
	switch decoded.Kind() {
	case reflect.Pointer, reflect.Interface:
		if decoded.IsNil() {
			return lostUnless(raw == nil, raw, path)
		}
		return compare(raw, decoded.Elem(), path)
	case reflect.Struct:
		if when, ok := decoded.Interface().(time.Time); ok {
			seconds, isNumber := raw.(float64)
			return lostUnless(isNumber && int64(seconds) == when.Unix(), raw, path)
		}
		return compareStruct(raw, decoded, path)
	case reflect.Map:
		return compareMap(raw, decoded, path)
	case reflect.Slice:
		return compareList(raw, decoded, path)
	}
	return lostUnless(scalar(raw) == fmt.Sprint(decoded.Interface()), raw, path)
}

func scalar(raw any) string {
	if n, ok := raw.(float64); ok {
		return fmt.Sprintf("%v", int64(n))
	}
	return fmt.Sprint(raw)
}

func lostUnless(kept bool, raw any, path string) []string {
	if kept {
		return nil
	}
	return []string{fmt.Sprintf("%s: the answer has %v, the SDK lost it", path, raw)}
}

// newer are members of Cognito that are younger than the SDK in use, and what
// events of ours say beyond it.
var newer = map[string]bool{"ClientType": true, "AcrMapping": true, "AcrConfiguration": true, "DcrConfiguration": true,
	"Reason": true, "Factors": true, "ClientId": true}

func compareStruct(raw any, decoded reflect.Value, path string) (lost []string) {
	members, ok := raw.(map[string]any)
	if !ok {
		return lostUnless(false, raw, path)
	}
	for name, value := range members {
		field := decoded.FieldByNameFunc(func(f string) bool { return strings.EqualFold(f, name) })
		if !field.IsValid() && newer[name] {
			continue
		}
		if !field.IsValid() {
			lost = append(lost, path+"."+name+": the SDK knows no such member")
			continue
		}
		lost = append(lost, compare(value, field, path+"."+name)...)
	}
	return lost
}

func compareMap(raw any, decoded reflect.Value, path string) (lost []string) {
	members, ok := raw.(map[string]any)
	if !ok {
		return lostUnless(false, raw, path)
	}
	for name, value := range members {
		one := decoded.MapIndex(reflect.ValueOf(name).Convert(decoded.Type().Key()))
		if !one.IsValid() {
			lost = append(lost, lostUnless(false, value, path+"."+name)...)
			continue
		}
		lost = append(lost, compare(value, one, path+"."+name)...)
	}
	return lost
}

func compareList(raw any, decoded reflect.Value, path string) (lost []string) {
	if decoded.Type().Elem().Kind() == reflect.Uint8 {
		return lostUnless(raw == base64.StdEncoding.EncodeToString(decoded.Bytes()), raw, path)
	}
	all, ok := raw.([]any)
	if !ok || len(all) != decoded.Len() {
		return lostUnless(false, raw, path)
	}
	for i, value := range all {
		lost = append(lost, compare(value, decoded.Index(i), fmt.Sprintf("%s[%d]", path, i))...)
	}
	return lost
}

func compareDocument(raw any, doc document.Interface, path string) []string {
	text, err := doc.MarshalSmithyDocument()
	if err != nil {
		return []string{path + ": " + err.Error()}
	}
	var again any
	if err := json.Unmarshal(text, &again); err != nil {
		return []string{path + ": " + err.Error()}
	}
	return lostUnless(reflect.DeepEqual(raw, again), raw, path)
}
