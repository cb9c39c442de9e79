// Prints who signed in (async form).
const handler = async (event) => {
  console.log("Authentication successful");
  console.log("Trigger function =", event.triggerSource);
  console.log("User pool = ", event.userPoolId);
  console.log("App client ID = ", event.callerContext.clientId);
  console.log("User ID = ", event.userName);
  return event;
};
exports.handler = handler;
