package cognito

// operations is the whole surface, by target.
var operations = merged(
	poolOperations,
	clientOperations,
	brandingOperations,
	providerOperations,
	userOperations,
	groupOperations,
	deviceOperations,
	importOperations,
	signInOperations,
	ownOperations,
	houseOperations,
	triggerOperations,
)

// merged puts families together. An operation stands in one of them.
func merged(families ...map[string]operation) map[string]operation {
	all := map[string]operation{}
	for _, family := range families {
		for name, one := range family {
			if _, twice := all[name]; twice {
				panic("cognito: " + name + " stands in two tables")
			}
			all[name] = one
		}
	}
	return all
}
