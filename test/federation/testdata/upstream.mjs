// An OpenID provider that nobody here wrote: npm's oidc-provider, with people,
// clients and a sign-in page from the settings in the file named first. What
// was asked of it stands under /seen.
import { readFileSync } from 'node:fs';
import { generateKeyPairSync, webcrypto } from 'node:crypto';

globalThis.crypto ??= webcrypto; // Node 18 has it behind a flag

const { default: Provider, interactionPolicy } = await import('oidc-provider');
const settings = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const issuer = new URL(settings.issuer);
const { now } = Date;
Date.now = () => now() + settings.clock_ahead * 1000; // a clock that is wrong
const seen = [];

const policy = interactionPolicy.base();
policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0);

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

const provider = new Provider(settings.issuer, {
  clients: settings.clients,
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' }] },
  // Cookies go by host, whatever the port.
  cookies: { keys: ['upstream'], names: { session: `s${issuer.port}`, interaction: `i${issuer.port}`, resume: `r${issuer.port}` } },
  claims: { openid: ['sub'], email: ['email', 'email_verified', 'hd'], profile: ['name'] },
  conformIdTokenClaims: !settings.claims_in_id_token,
  features: {
    devInteractions: { enabled: false },
    rpInitiatedLogout: { enabled: true, logoutSource: (ctx, form) => { ctx.body = farewell(form); } },
  },
  interactions: { policy, url: (_, interaction) => `/interaction/${interaction.uid}` },
  pkce: { required: () => true },
  findAccount: (_, id) => settings.accounts[id] && { accountId: id, claims: () => ({ sub: id, ...settings.accounts[id] }) },
  async loadExistingGrant(ctx) { // everybody consents
    const { client, session } = ctx.oidc;
    const grant = new ctx.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope('openid email profile');
    await grant.save();
    return grant;
  },
});

provider.on('grant.success', (ctx) => seen.push({ path: '/token', method: ctx.oidc.client.tokenEndpointAuthMethod, params: { verifier: String(Boolean(ctx.oidc.params.code_verifier)) } }));
provider.on('server_error', (_, error) => console.error(error));
provider.on('grant.error', (_, error) => console.error(error));
provider.on('authorization.error', (_, error) => console.error(error.message, error.error_description));

const buttons = [['go', 'Sign in'], ['cancel', 'Cancel'], ['fail', 'Fail']];

const page = (prompt) => `<!doctype html><html lang=en><title>Upstream</title><link rel=icon href=data:,>
<h1>Sign in at the upstream</h1><p id=prompt>${prompt}</p>
<form method=post><label>Name <input name=login autofocus></label>
${buttons.map(([value, text]) => `<button name=do value=${value}>${text}</button>`).join('')}</form>`;

const farewell = (form) => `<!doctype html><html lang=en><title>Upstream</title><link rel=icon href=data:,>
<h1>Sign out at the upstream</h1>${form}<button form=op.logoutForm name=logout value=yes>Sign out</button>`;

const results = {
  go: (form) => ({ login: { accountId: form.get('login') }, select_account: {} }),
  cancel: () => ({ error: 'access_denied', error_description: 'the person went back' }),
  fail: () => ({ error: 'server_error', error_description: 'the upstream broke' }),
};

async function interact(ctx) {
  const { prompt } = await provider.interactionDetails(ctx.req, ctx.res);
  if (ctx.method !== 'POST') {
    ctx.type = 'html';
    ctx.body = page(prompt.name);
    return;
  }
  const chunks = [];
  for await (const chunk of ctx.req) chunks.push(chunk);
  const form = new URLSearchParams(Buffer.concat(chunks).toString());
  ctx.respond = false;
  await provider.interactionFinished(ctx.req, ctx.res, results[form.get('do') ?? 'go'](form), { mergeWithLastSubmission: false });
}

provider.use(async (ctx, next) => {
  if (ctx.path === '/seen') {
    ctx.body = seen;
  } else if (ctx.path.startsWith('/interaction/')) {
    await interact(ctx);
  } else {
    if (ctx.path === '/auth') seen.push({ path: '/auth', params: ctx.query });
    await next();
  }
});

provider.listen(Number(issuer.port), issuer.hostname);
