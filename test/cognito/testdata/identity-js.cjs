// amazon-cognito-identity-js as an app uses it: one pool, and people by name.
const { AuthenticationDetails, CognitoUser, CognitoUserAttribute, CognitoUserPool } = require("amazon-cognito-identity-js");
const { answer } = require("./talk.cjs");

class Store {
  items = new Map();
  setItem(k, v) { this.items.set(k, String(v)); return v; }
  getItem(k) { return this.items.has(k) ? this.items.get(k) : null; }
  removeItem(k) { return this.items.delete(k); }
  clear() { this.items.clear(); }
}

const storage = new Store();
const pool = new CognitoUserPool({ UserPoolId: process.env.POOL, ClientId: process.env.CLIENT, endpoint: process.env.ENDPOINT, Storage: storage });
const people = new Map();
const user = (name) => {
  if (!people.has(name)) people.set(name, new CognitoUser({ Username: name, Pool: pool, Storage: storage }));
  return people.get(name);
};

const attributes = (given) => Object.entries(given || {}).map(([Name, Value]) => new CognitoUserAttribute({ Name, Value }));
const called = (run) => new Promise((resolve, reject) => run((err, data) => (err ? reject(err) : resolve(data))));

// callbacks resolves with what the client calls back with first.
const callbacks = (run) => new Promise((resolve, reject) => {
  const names = ["newPasswordRequired", "mfaRequired", "totpRequired", "selectMFAType", "mfaSetup", "customChallenge", "inputVerificationCode", "associateSecretCode"];
  const said = { onFailure: reject };
  for (const next of names) said[next] = (a, b) => resolve({ next, a, b });
  said.onSuccess = (session, confirm) => resolve({ next: "done", confirm, session: session && {
    access: session.getAccessToken?.().getJwtToken(), id: session.getIdToken?.().payload, refresh: session.getRefreshToken?.().getToken() } });
  run(said);
});

const acts = {
  signUp: (name, password, given) => called((cb) => pool.signUp(name, password, attributes(given), [], cb)).then((r) => ({ sub: r.userSub, confirmed: r.userConfirmed, to: r.codeDeliveryDetails })),
  confirm: (name, code) => called((cb) => user(name).confirmRegistration(code, false, cb)),
  resend: (name) => called((cb) => user(name).resendConfirmationCode(cb)),
  signIn: (name, password, flow) => callbacks((cb) => {
    user(name).setAuthenticationFlowType(flow || "USER_SRP_AUTH");
    user(name).authenticateUser(new AuthenticationDetails({ Username: name, Password: password }), cb);
  }),
  begin: (name) => callbacks((cb) => {
    user(name).setAuthenticationFlowType("CUSTOM_AUTH");
    user(name).initiateAuth(new AuthenticationDetails({ Username: name }), cb);
  }),
  answer: (name, said) => callbacks((cb) => user(name).sendCustomChallengeAnswer(said, cb)),
  newPassword: (name, password, given) => callbacks((cb) => user(name).completeNewPasswordChallenge(password, given || {}, cb)),
  code: (name, code, kind) => callbacks((cb) => user(name).sendMFACode(code, cb, kind)),
  choose: (name, kind) => callbacks((cb) => user(name).sendMFASelectionAnswer(kind, cb)),
  associate: (name) => new Promise((resolve, reject) => user(name).associateSoftwareToken({ associateSecretCode: (secret) => resolve({ secret }), onFailure: reject })),
  verify: (name, code) => new Promise((resolve, reject) => user(name).verifySoftwareToken(code, "Phone", { onSuccess: (s) => resolve({ status: s.Status || "in" }), onFailure: reject })),
  prefer: (name, sms, app) => called((cb) => user(name).setUserMfaPreference(sms, app, cb)),
  session: (name) => called((cb) => user(name).getSession(cb)).then((s) => ({ valid: s.isValid(), access: s.getAccessToken().getJwtToken(), claims: s.getAccessToken().decodePayload() })),
  refresh: (name) => called((cb) => user(name).refreshSession(user(name).getSignInUserSession().getRefreshToken(), cb)).then((s) => ({ access: s.getAccessToken().getJwtToken() })),
  data: (name) => called((cb) => user(name).getUserData(cb, { bypassCache: true })),
  read: (name) => called((cb) => user(name).getUserAttributes(cb)).then((all) => Object.fromEntries(all.map((a) => [a.getName(), a.getValue()]))),
  update: (name, given) => called((cb) => user(name).updateAttributes(attributes(given), cb)),
  remove: (name, names) => called((cb) => user(name).deleteAttributes(names, cb)),
  askCode: (name, attribute) => callbacks((cb) => user(name).getAttributeVerificationCode(attribute, { ...cb, inputVerificationCode: undefined })),
  verifyAttribute: (name, attribute, code) => new Promise((onSuccess, onFailure) => user(name).verifyAttribute(attribute, code, { onSuccess, onFailure })),
  change: (name, from, to) => called((cb) => user(name).changePassword(from, to, cb)),
  forgot: (name) => callbacks((cb) => user(name).forgotPassword(cb)),
  reset: (name, code, password) => new Promise((onSuccess, onFailure) => user(name).confirmPassword(code, password, { onSuccess, onFailure })),
  remember: (name) => new Promise((onSuccess, onFailure) => user(name).setDeviceStatusRemembered({ onSuccess, onFailure })),
  notRemember: (name) => new Promise((onSuccess, onFailure) => user(name).setDeviceStatusNotRemembered({ onSuccess, onFailure })),
  device: (name) => new Promise((onSuccess, onFailure) => user(name).getDevice({ onSuccess, onFailure })),
  devices: (name) => new Promise((onSuccess, onFailure) => user(name).listDevices(60, null, { onSuccess, onFailure })),
  forget: (name) => new Promise((onSuccess, onFailure) => user(name).forgetDevice({ onSuccess, onFailure })),
  stored: () => [...storage.items.keys()],
  revoke: (name) => called((cb) => user(name).signOut((err) => cb(err, "out"))),
  signOut: (name) => { user(name).signOut(); people.delete(name); return "out"; },
  everywhere: (name) => new Promise((onSuccess, onFailure) => user(name).globalSignOut({ onSuccess, onFailure })),
  delete: (name) => called((cb) => user(name).deleteUser(cb)),
};

answer((name, args) => acts[name](...args));
