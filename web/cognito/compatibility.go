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

const compatibilityPreface = `# The Cognito API, operation by operation

Every operation of Amazon Cognito user pools, as its service model of ` + "`2016-04-18`" + ` lists them, and what Poolhouse makes of it. Inputs are held against that model:
names, types, lengths, patterns and enumerations. %s

Made by ` + "`make compatibility`" + ` from the table of operations. What holds for the API as a whole stands in [Differences](divergences.md#the-cognito-api), how it is
reached in [The API](cognito-api.md).

| Operation | Caller | Answered | Differs |
|---|---|---|---|
`

// callers says in words what an operation wants.
var callers = map[access]string{
	forAll: "anybody", forPerson: "access token", reads: "key, also one that only reads", writes: "key",
}

// CompatibilityPage writes docs/cognito-compatibility.md from the table.
func CompatibilityPage() []byte {
	var rows bytes.Buffer
	answered, all := 0, model.Operations()
	for _, one := range all {
		o, there := operations[Target+one.Name]
		caller, yes := callers[o.access], "yes"
		if !there {
			caller, yes = "", "not yet"
		} else {
			answered++
		}
		fmt.Fprintf(&rows, "| %s | %s | %s | %s |\n", one.Name, caller, yes, strings.ReplaceAll(o.note, "|", `\|`))
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, compatibilityPreface, fmt.Sprintf("Of %d, %d are answered.", len(all), answered))
	out.Write(rows.Bytes())
	return out.Bytes()
}
