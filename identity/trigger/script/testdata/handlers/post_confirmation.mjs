// Says hello to those who have a mail address (exported at the end).
const handler = async (event) => {
  if (event.request.userAttributes.email) {
    await greet(event.request.userAttributes.email, `Congratulations ${event.userName}, you have been confirmed`);
  }
  return event;
};

const greet = async (to, body) => {
  console.log({ to, body });
};

export { handler };
