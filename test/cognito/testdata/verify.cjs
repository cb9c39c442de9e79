// aws-jwt-verify as its documentation has it for issuers other than Amazon's.
const { JwtVerifier } = require("aws-jwt-verify");
const { answer } = require("./talk.cjs");

answer(async (_, [issuer, jwksUri, use, client, token]) => {
  const verifier = JwtVerifier.create({
    issuer, jwksUri, audience: use === "id" ? client : null,
    customJwtCheck: ({ payload }) => {
      if (payload.token_use !== use || (payload.client_id ?? payload.aud) !== client) throw new Error("not for this app");
    },
  });
  return await verifier.verify(token);
});
