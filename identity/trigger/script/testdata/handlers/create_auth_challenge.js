// A CAPTCHA (callback form, with Node's crypto).
const { createHash } = require("crypto");
exports.handler = function (event, context, callback) {
  if (event.request.challengeName === "CUSTOM_CHALLENGE") {
    event.response.publicChallengeParameters = { captchaUrl: "url/123.jpg", hint: createHash("sha256").update("5").digest("hex").slice(0, 8) };
    event.response.privateChallengeParameters = { answer: "5" };
    event.response.challengeMetadata = "CAPTCHA_CHALLENGE";
  }
  callback(null, event);
};
