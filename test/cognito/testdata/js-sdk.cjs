// @aws-sdk/client-cognito-identity-provider as an app uses it: with an access key
// where there is one, without a signature where the operation needs none.
const sdk = require("@aws-sdk/client-cognito-identity-provider");
const { answer } = require("./talk.cjs");

const settings = { endpoint: process.env.ENDPOINT, region: "local", maxAttempts: 1 };
const client = new sdk.CognitoIdentityProviderClient({
  ...settings, credentials: process.env.KEY ? { accessKeyId: process.env.KEY, secretAccessKey: process.env.SECRET } : () => Promise.reject(Object.assign(new Error("no key"), { name: "CredentialsProviderError" })),
});

answer(async (name, args) => {
  if (name === "operations") return Object.keys(sdk).filter((n) => n.endsWith("Command")).map((n) => n.slice(0, -7)).filter((n) => n !== "$");
  const { $metadata, ...out } = await client.send(new sdk[name + "Command"](args[0] ?? {}));
  return out;
});
