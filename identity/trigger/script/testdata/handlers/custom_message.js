// Words for messages, by what they are about (async form).
const handler = async (event) => {
  if (event.triggerSource === "CustomMessage_SignUp") {
    const message = `Thank you for signing up. Your confirmation code is ${event.request.codeParameter}.`;
    event.response.smsMessage = message;
    event.response.emailMessage = message;
    event.response.emailSubject = "Welcome to the service.";
  }
  if (event.triggerSource === "CustomMessage_AdminCreateUser") {
    event.response.emailMessage = `Your user name is ${event.request.usernameParameter} and your temporary password ${event.request.codeParameter}.`;
  }
  return event;
};
module.exports.handler = handler;
