import { act } from "./amplify-app.js";

window.say = async (name, args) => {
  try {
    return JSON.stringify({ ok: (await act(name, args)) ?? null });
  } catch (e) {
    return JSON.stringify({ error: { name: e.name, message: e.message, stack: String(e.stack) + String(e.underlyingError?.stack ?? "") } });
  }
};
// The settings are there before a page comes back from a redirect.
act("configure", [window.settings]);
document.body.append("ready");
