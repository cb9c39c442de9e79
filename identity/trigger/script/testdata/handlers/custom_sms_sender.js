// As the sender of mails, as a promise of nothing.
exports.handler = (event) => Promise.resolve().then(() => console.log("text message to " + event.request.userAttributes.phone_number));
