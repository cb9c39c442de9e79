package cognito

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"poolhouse.dev/web/cognito/model"
)

func TestThePageOfOperationsIsCurrent(t *testing.T) {
	there, err := os.ReadFile("../../docs/cognito-compatibility.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(there, CompatibilityPage()) {
		t.Error("docs/cognito-compatibility.md is not what the table says: run `make compatibility`")
	}
}

// TestEveryOperationIsOfTheModel: one that the model lacks would be refused
// whatever it is sent, and one that SDKs sign must want a key, and the reverse.
func TestEveryOperationIsOfTheModel(t *testing.T) {
	for target, o := range operations {
		name, ofCognito := strings.CutPrefix(target, Target)
		if !ofCognito {
			continue
		}
		one, known := model.Of(name)
		if !known {
			t.Errorf("%s is in no model", name)
		}
		// Documented as needing no signature, and signed by SDKs all the same.
		if key := o.access == reads || o.access == writes; key != one.Signed && name != "GetClientToken" && name != "GetDerivedToken" {
			t.Errorf("%s: wants a key %v, is signed %v", name, key, one.Signed)
		}
	}
}

func TestEveryOperationOfTheModelIsAnswered(t *testing.T) {
	for _, one := range model.Operations() {
		if _, there := operations[Target+one.Name]; !there {
			t.Errorf("%s is in no table", one.Name)
		}
	}
}

// TestWhatChangesSomethingIsNoReading: a key that only reads must reach nothing
// whose name says that it writes.
func TestWhatChangesSomethingIsNoReading(t *testing.T) {
	for target, o := range operations {
		_, name, _ := strings.Cut(target, ".")
		name = strings.TrimPrefix(name, "Admin")
		asks := strings.HasPrefix(name, "List") || strings.HasPrefix(name, "Get") || strings.HasPrefix(name, "Describe")
		if o.access == reads && !asks {
			t.Errorf("%s is open to those that only read", target)
		}
	}
}
