globalThis.navigator ??= { userAgent: "Node" }; // Amplify names devices by it; Node has it from version 21 on
import { act } from "./amplify-app.js";
import { answer } from "./talk.cjs";

answer(act);
