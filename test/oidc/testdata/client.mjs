// A relying party that nobody here wrote: npm's openid-client, and jose for what
// comes by back channel. It reads one order a line, { do, … }, and writes one
// answer a line: { ok } or { error }, with the requests that it sent.
import { webcrypto } from 'node:crypto';
import { createInterface } from 'node:readline';

globalThis.crypto ??= webcrypto; // Node 18 has both behind a flag
globalThis.CryptoKey ??= webcrypto.CryptoKey;

const rp = await import('openid-client');
const { createRemoteJWKSet, jwtVerify } = await import('jose');

let config, dpop, settings, key;
let sent = [];
const flights = new Map();

// note remembers what was asked: by what method, where, and the status of the answer.
async function note(address, options) {
  const answer = await fetch(address, options);
  sent.push(`${options.method} ${new URL(address).pathname} ${answer.status}`);
  return answer;
}

const sender = () => (dpop ? { DPoP: dpop } : undefined);

function proof() {
  switch (settings.method) {
    case 'client_secret_post': return rp.ClientSecretPost(settings.secret);
    case 'client_secret_basic': return rp.ClientSecretBasic(settings.secret);
    case 'client_secret_jwt': return rp.ClientSecretJwt(settings.secret);
    case 'private_key_jwt': return rp.PrivateKeyJwt({ key, kid: settings.jwk.kid });
    default: return rp.None();
  }
}

const tokens = (t) => ({ ...t, claims: t.claims() });

const orders = {
  // discover reads the provider's document and gets ready.
  async discover(order) {
    settings = order;
    if (order.jwk) {
      key = await crypto.subtle.importKey('jwk', order.jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
    }
    config = await rp.discovery(new URL(order.issuer), order.client, order.metadata, proof(), {
      [rp.customFetch]: note, execute: [rp.allowInsecureRequests, rp.enableNonRepudiationChecks, ...(order.execute ?? []).map((name) => rp[name])],
    });
    dpop = order.dpop ? rp.getDPoPHandle(config, await rp.randomDPoPKeyPair('ES256')) : undefined;
    return config.serverMetadata();
  },
  // begin answers where the browser is sent: plain, by par, by jar, or by both.
  async begin({ params, jar, par }) {
    const flight = { verifier: rp.randomPKCECodeVerifier(), nonce: rp.randomNonce() };
    const state = rp.randomState();
    flights.set(state, flight);
    let request = { ...params, state, nonce: flight.nonce, code_challenge: await rp.calculatePKCECodeChallenge(flight.verifier), code_challenge_method: 'S256' };
    let to = rp.buildAuthorizationUrl(config, request);
    if (jar) {
      to = await rp.buildAuthorizationUrlWithJAR(config, request, { key, kid: settings.jwk.kid });
      request = to.searchParams;
    }
    if (par) to = await rp.buildAuthorizationUrlWithPAR(config, request, sender());
    return { to: to.href, state };
  },
  // finish redeems what the browser came back with.
  async finish({ at, state }) {
    const { verifier, nonce } = flights.get(state);
    return tokens(await rp.authorizationCodeGrant(config, new URL(at),
      { pkceCodeVerifier: verifier, expectedNonce: nonce, expectedState: state, idTokenExpected: true }, undefined, sender()));
  },
  async refresh({ token }) { return tokens(await rp.refreshTokenGrant(config, token, undefined, sender())); },
  userinfo: ({ token, sub }) => rp.fetchUserInfo(config, token, sub, sender()),
  introspect: ({ token }) => rp.tokenIntrospection(config, token),
  async revoke({ token }) { await rp.tokenRevocation(config, token); return {}; },
  credentials: ({ params }) => rp.clientCredentialsGrant(config, params, sender()),
  async end({ params }) { return { to: rp.buildEndSessionUrl(config, params).href }; },
  device: ({ params }) => rp.initiateDeviceAuthorization(config, params),
  async poll({ begun }) { return tokens(await rp.pollDeviceAuthorizationGrant(config, begun, undefined, sender())); },
  backchannel: ({ params }) => rp.initiateBackchannelAuthentication(config, params),
  async wait({ begun }) { return tokens(await rp.pollBackchannelAuthenticationGrant(config, begun, undefined, sender())); },
  // farewell checks a logout token (OpenID Connect Back-Channel Logout 1.0 §2.6).
  async farewell({ token }) {
    const { issuer, jwks_uri } = config.serverMetadata();
    const { payload, protectedHeader } = await jwtVerify(token, createRemoteJWKSet(new URL(jwks_uri)), {
      issuer, audience: settings.client, typ: 'logout+jwt', requiredClaims: ['iat', 'exp', 'jti', 'events'],
    });
    return { ...payload, alg: protectedHeader.alg };
  },
};

const told = (e) => ({ message: e.message, code: e.error ?? e.code, description: e.error_description, cause: e.cause?.message ?? e.cause });

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  sent = [];
  let answer;
  try {
    answer = { ok: await orders[order.do](order) };
  } catch (e) {
    answer = { error: told(e) };
  }
  process.stdout.write(`${JSON.stringify({ ...answer, sent })}\n`);
}
