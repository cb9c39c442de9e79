// Package federation is where signing in with other people's identity providers
// belongs: a provider is asked to Begin a trip and to Finish one, and nothing
// else. It holds no provider in this version.
package federation
