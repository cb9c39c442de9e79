// Sends a code by itself. It answers nothing.
exports.handler = async (event) => {
  const code = event.request.code ? Buffer.from(event.request.code, "base64").toString("utf-8") : "";
  switch (event.triggerSource) {
    case "CustomEmailSender_SignUp":
      console.log(`sign-up code of ${code.length} signs to ${event.request.userAttributes.email}`);
      break;
    case "CustomEmailSender_AccountTakeOverNotification":
      console.log(`warning to ${event.request.userAttributes.email}`);
      break;
  }
  return;
};
