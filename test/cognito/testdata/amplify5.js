// The sample of Amplify's documentation of version 5, and what its users do with it.
import { Amplify, Auth } from "aws-amplify";
import { answer } from "./talk.cjs";

Amplify.configure({ Auth: JSON.parse(process.env.SETTINGS) });

let signedIn;
const acts = {
  signIn: (username, password) => Auth.signIn(username, password).then((user) => {
    signedIn = user;
    return { username: user.username, challenge: user.challengeName ?? "", attributes: user.attributes ?? {} };
  }),
  completeNewPassword: (password) => Auth.completeNewPassword(signedIn, password).then((user) => ({ username: user.username })),
  confirmSignIn: (code) => Auth.confirmSignIn(signedIn, code, "SOFTWARE_TOKEN_MFA").then((user) => ({ username: user.username })),
  setupTOTP: () => Auth.setupTOTP(signedIn),
  verifyTotpToken: (code) => Auth.verifyTotpToken(signedIn, code).then(() => Auth.setPreferredMFA(signedIn, "TOTP")),
  current: () => Auth.currentAuthenticatedUser().then((user) => ({ username: user.username, attributes: user.attributes })),
  session: () => Auth.currentSession().then((s) => ({ access: s.getAccessToken().getJwtToken(), email: s.getIdToken().payload.email })),
  signUp: (username, password) => Auth.signUp({ username, password, attributes: { email: username } }).then((r) => ({ sub: r.userSub, confirmed: r.userConfirmed })),
  confirmSignUp: (username, code) => Auth.confirmSignUp(username, code),
  signOut: (options) => Auth.signOut(options),
};

answer((name, args) => acts[name](...args));
