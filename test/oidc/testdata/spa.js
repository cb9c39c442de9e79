// A single-page app with oidc-client-ts as its manual shows it. What it knows
// stands on the page, as JSON, with how often tokens came.
const { UserManager, WebStorageStateStore, IndexedDbDPoPStore } = window.oidc;
const settings = await (await fetch('/settings')).json();
if (settings.dpop) settings.dpop.store = new IndexedDbDPoPStore();
const manager = new UserManager({
  ...settings, redirect_uri: `${location.origin}/callback`, post_logout_redirect_uri: `${location.origin}/`,
  userStore: new WebStorageStateStore({ store: window.localStorage }),
  loadUserInfo: !settings.dpop, // it asks for user info with a bearer token, always
  automaticSilentRenew: false,
});
const page = (id) => document.getElementById(id);
let renewed = 0;

function show(user) {
  page('state').textContent = JSON.stringify(user
    ? { signed: 'in', sub: user.profile.sub, email: user.profile.email, type: user.token_type, token: user.access_token, refresh: user.refresh_token, renewed }
    : { signed: 'out' });
}

function wrong(e) { page('state').textContent = `failed: ${e.message}`; }

page('in').onclick = () => manager.signinRedirect().catch(wrong);
page('out').onclick = () => manager.signoutRedirect().catch(wrong);
page('renew').onclick = () => manager.signinSilent().then((user) => { renewed += 1; show(user); }, wrong);

try {
  if (location.pathname === '/callback') {
    await manager.signinCallback();
    history.replaceState({}, '', '/');
  } else if (new URL(location).searchParams.has('state')) {
    await manager.signoutCallback();
    history.replaceState({}, '', '/');
  }
  show(await manager.getUser());
} catch (e) {
  wrong(e);
}
