// Keeps one app client out (async form, a thrown error refuses).
const handler = async (event) => {
  if (event.callerContext.clientId === "blocked-client") {
    throw new Error("Cannot authenticate users from this user pool app client");
  }
  return event;
};
module.exports = { handler };
