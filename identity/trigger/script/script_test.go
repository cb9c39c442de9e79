package script_test

import (
	"testing"

	"poolhouse.dev/identity/trigger"
)

func TestHandlersInEveryForm(t *testing.T) {
	const want = `{"autoConfirmUser":true}`
	for name, text := range map[string]string{
		"async":             `exports.handler = async (event) => { event.response.autoConfirmUser = true; return event; };`,
		"callback":          `exports.handler = (event, context, callback) => { event.response.autoConfirmUser = true; callback(null, event); };`,
		"late callback":     `exports.handler = function (event, context, callback) { event.response.autoConfirmUser = true; setTimeout(() => callback(null, event), 5); };`,
		"promise":           `exports.handler = (event) => new Promise((resolve) => { event.response.autoConfirmUser = true; setTimeout(resolve, 5, event); });`,
		"context.done":      `exports.handler = (event, context) => { event.response.autoConfirmUser = true; context.done(null, event); };`,
		"context.succeed":   `exports.handler = (event, context) => { event.response.autoConfirmUser = true; context.succeed(event); };`,
		"export const":      `export const handler = async (event) => { event.response.autoConfirmUser = true; return event; };`,
		"export function":   `export async function handler(event) { event.response.autoConfirmUser = true; return event; }`,
		"export default":    `export default async (event) => { event.response.autoConfirmUser = true; return event; };`,
		"default object":    `export default { handler: async (event) => { event.response.autoConfirmUser = true; return event; } };`,
		"module.exports":    `module.exports = async (event) => { event.response.autoConfirmUser = true; return event; };`,
		"module.exports {}": `module.exports = { handler: async (event) => { event.response.autoConfirmUser = true; return event; } };`,
		"local handler":     `const handler = async event => { event.response = { autoConfirmUser: true }; return event }; export { handler }`,
		"async callback":    `exports.handler = async (event, context, callback) => { event.response.autoConfirmUser = true; callback(null, event); };`,
		"await":             `const wait = (ms) => new Promise((done) => setTimeout(done, ms)); exports.handler = async (event) => { await wait(3); event.response.autoConfirmUser = true; return event; };`,
		"top of an hour":    `const now = new Date(); exports.handler = async (event) => { event.response.autoConfirmUser = now instanceof Date; return event; };`,
	} {
		t.Run(name, func(t *testing.T) { answers(t, text, want) })
	}
}

func TestHandlersThatRefuse(t *testing.T) {
	for name, text := range map[string]string{
		"throw":          `exports.handler = async () => { throw new Error("not today"); };`,
		"sync throw":     `exports.handler = () => { throw new Error("not today"); };`,
		"text":           `exports.handler = async () => { throw "not today"; };`,
		"rejection":      `exports.handler = () => Promise.reject(new Error("not today"));`,
		"callback":       `exports.handler = (event, context, callback) => callback(new Error("not today"));`,
		"callback text":  `exports.handler = (event, context, callback) => callback("not today", event);`,
		"context.fail":   `exports.handler = (event, context) => context.fail(new Error("not today"));`,
		"context.done":   `exports.handler = (event, context) => context.done(new Error("not today"));`,
		"timer":          `exports.handler = (event, context, callback) => { setTimeout(() => { throw new Error("not today"); }, 2); };`,
		"nobody's":       `exports.handler = (event, context, callback) => { Promise.reject(new Error("not today")); setTimeout(() => callback(null, event), 5); };`,
		"at the top":     `throw new Error("not today"); exports.handler = async (event) => event;`,
		"own error":      `class Closed extends Error {}; exports.handler = async () => { throw new Closed("not today"); };`,
		"control signs":  `exports.handler = async () => { throw new Error("not\u0000\ttoday"); };`,
		"after a caught": `exports.handler = async () => { try { null.x } catch (e) { throw new Error("not today") } };`,
	} {
		t.Run(name, func(t *testing.T) { fails(t, text, trigger.Refused, "not today") })
	}
}

func TestHandlersThatDoNotAnswer(t *testing.T) {
	t.Run("a promise for ever", func(t *testing.T) {
		fails(t, `exports.handler = () => new Promise(() => {});`, trigger.Malformed, "it ended without an answer: its promise was never settled, or its callback never called")
	})
	t.Run("no handler", func(t *testing.T) {
		fails(t, `exports.handle = async (event) => event;`, trigger.Failed, "it exports no handler: write exports.handler = async (event) => { ...; return event }")
	})
	t.Run("an endless loop", func(t *testing.T) {
		fails(t, `exports.handler = async () => { for (;;) {} };`, trigger.Failed, "it took longer than 5 seconds")
	})
}
