// Command compatibility writes docs/cognito-compatibility.md, from the folder of
// the repository.
package main

import (
	"fmt"
	"os"

	"poolhouse.dev/web/cognito"
)

func main() {
	if err := os.WriteFile("docs/cognito-compatibility.md", cognito.CompatibilityPage(), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
