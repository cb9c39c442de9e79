// aws-amplify v6 as an app uses it: what it exports, by name.
import { Amplify } from "aws-amplify";
import * as auth from "aws-amplify/auth";
import { Hub } from "aws-amplify/utils";
import "aws-amplify/auth/enable-oauth-listener";

const heard = [];
Hub.listen("auth", ({ payload }) => heard.push(payload.event));

const own = {
  configure: (config) => Amplify.configure(config),
  heard: () => heard,
  fetchAuthSession: async (options) => {
    const { tokens } = await auth.fetchAuthSession(options);
    return { access: tokens?.accessToken.toString() ?? "", id: tokens?.idToken?.payload ?? null, device: tokens?.accessToken.payload.device_key ?? "" };
  },
};

export const act = (name, args) => (own[name] ?? auth[name])(...args);
