package cognito

import (
	"bytes"
	"fmt"
	"strings"

	"poolhouse.dev/web/cognito/model"
)

// but notes where the operation differs from Cognito's, in a sentence for
// docs/cognito-compatibility.md.
func (o operation) but(note string) operation {
	o.note = note
	return o
}

// never notes that the operation is refused, under which name, and why.
func (o operation) never(exception, why string) operation {
	o.refuses = true
	return o.but("always `" + exception + "`: " + why)
}

const compatibilityPreface = `# The Cognito API, operation by operation

Every operation of Amazon Cognito user pools, as its service model of ` + "`2016-04-18`" + ` lists them, and what Poolhouse makes of it. Inputs are held against that model:
names, types, lengths, patterns and enumerations. %s

Made by ` + "`make compatibility`" + ` from the table of operations. What holds for the API as a whole stands in [Differences](divergences.md#the-cognito-api), how it is
reached in [The API](cognito-api.md).

| Operation | Caller | State | Differs |
|---|---|---|---|
`

// callers says in words what an operation wants.
var callers = map[access]string{
	forAll: "anybody", forPerson: "access token", reads: "key, also one that only reads", writes: "key",
}

// CompatibilityPage writes docs/cognito-compatibility.md from the table.
func CompatibilityPage() []byte {
	var rows bytes.Buffer
	all, refused := model.Operations(), 0
	for _, one := range all {
		o, state := operations[Target+one.Name], "works"
		if o.refuses {
			state, refused = "refused", refused+1
		}
		fmt.Fprintf(&rows, "| %s | %s | %s | %s |\n", one.Name, callers[o.access], state, strings.ReplaceAll(o.note, "|", `\|`))
	}
	counts := fmt.Sprintf("All %d are answered; %d of them, which mean nothing outside AWS, with the exception that the model has for it.", len(all), refused)
	return append(fmt.Appendf(nil, compatibilityPreface, counts), rows.Bytes()...)
}
