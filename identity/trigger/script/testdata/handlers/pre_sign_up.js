// Confirms people of one mail domain, and verifies what they gave (callback form).
exports.handler = (event, context, callback) => {
  event.response.autoConfirmUser = false;
  const address = event.request.userAttributes.email.split("@");
  if (address[1] === "example.test") {
    event.response.autoConfirmUser = true;
  }
  if (event.request.userAttributes.hasOwnProperty("email")) {
    event.response.autoVerifyEmail = true;
  }
  if (event.request.userAttributes.hasOwnProperty("phone_number")) {
    event.response.autoVerifyPhone = true;
  }
  if (event.request.validationData && event.request.validationData.invitation === "spent") {
    return callback(new Error("Cannot register users with a spent invitation"), event);
  }
  callback(null, event);
};
