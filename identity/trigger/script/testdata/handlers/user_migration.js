// Takes people over from an older directory (async form).
const directory = {
  belladonna: { password: "Test1234!", emailAddress: "bella@example.test" },
};
const authenticateUser = (name, password) => (directory[name] && directory[name].password === password ? directory[name] : undefined);
const lookupUser = (name) => directory[name];

const handler = async (event) => {
  if (event.triggerSource == "UserMigration_Authentication") {
    const user = authenticateUser(event.userName, event.request.password);
    if (user) {
      event.response.userAttributes = { email: user.emailAddress, email_verified: "true" };
      event.response.finalUserStatus = "CONFIRMED";
      event.response.messageAction = "SUPPRESS";
    }
  } else if (event.triggerSource == "UserMigration_ForgotPassword") {
    const user = lookupUser(event.userName);
    if (user) {
      event.response.userAttributes = { email: user.emailAddress, email_verified: "true" };
      event.response.messageAction = "SUPPRESS";
    }
  }
  return event;
};
exports.handler = handler;
