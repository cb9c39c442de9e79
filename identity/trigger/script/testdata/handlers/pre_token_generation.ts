// Answers version 1 and versions 2 and 3 of the event (TypeScript).
type Claims = { claimsToAddOrOverride?: Record<string, unknown>; claimsToSuppress?: string[]; scopesToAdd?: string[]; scopesToSuppress?: string[] };
interface TokenEvent {
  version: string;
  triggerSource: string;
  request: { groupConfiguration: { groupsToOverride: string[] }; scopes?: string[] };
  response: { claimsOverrideDetails?: object; claimsAndScopeOverrideDetails?: { idTokenGeneration?: Claims; accessTokenGeneration?: Claims; groupOverrideDetails?: object } };
}

export const handler = async (event: TokenEvent): Promise<TokenEvent> => {
  if (event.version === "1") {
    event.response = {
      claimsOverrideDetails: {
        claimsToAddOrOverride: { my_first_attribute: "first_value", my_second_attribute: "second_value" },
        claimsToSuppress: ["email"],
        groupOverrideDetails: { groupsToOverride: ["new-group-A", ...event.request.groupConfiguration.groupsToOverride] },
      },
    };
    return event;
  }
  event.response = {
    claimsAndScopeOverrideDetails: {
      idTokenGeneration: { claimsToAddOrOverride: { family: { name: "Doe", of: 3 } }, claimsToSuppress: ["phone_number"] },
      accessTokenGeneration: { scopesToAdd: ["api/read"], scopesToSuppress: ["phone"] },
      groupOverrideDetails: { groupsToOverride: ["new-group-A"], iamRolesToOverride: [], preferredRole: "" },
    },
  };
  return event;
};
