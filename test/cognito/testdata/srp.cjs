// The client's half of SRP as amazon-cognito-identity-js computes it: a line says
// the numbers, the answer is A, the key, and the verifier as it makes one of a device.
const { AuthenticationHelper } = require("amazon-cognito-identity-js");
const BigInteger = require("amazon-cognito-identity-js/lib/BigInteger").default;
const { answer } = require("./talk.cjs");

const called = (run) => new Promise((resolve, reject) => run((err, value) => (err ? reject(err) : resolve(value))));

answer(async (_, [c]) => {
  const helper = new AuthenticationHelper(c.group);
  helper.smallAValue = new BigInteger(c.a, 16);
  helper.largeAValue = await called((cb) => helper.calculateA(helper.smallAValue, cb));
  const key = await called((cb) => helper.getPasswordAuthenticationKey(c.user, c.password, new BigInteger(c.b, 16), new BigInteger(c.salt, 16), cb));
  return { a: helper.largeAValue.toString(16), key: Buffer.from(key).toString("hex") };
});
