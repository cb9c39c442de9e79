// Keeps some of what an identity provider says.
export const handler = async (event) => {
  const { email, name } = event.request.attributes.userInfo ?? event.request.attributes.samlResponse ?? {};
  event.response.userAttributesToMap = { email, name: name?.toUpperCase() };
  return event;
};
