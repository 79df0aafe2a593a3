import { transform } from "./agent.ts";

export const echo = transform("echo", "Returns the message unchanged.", (text) => text);
