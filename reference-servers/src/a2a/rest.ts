import type { Agents } from "../agents/agents.ts";
import type { HttpDoor } from "../http-listener.ts";

export function a2aRest(_agents: Agents): HttpDoor {
  throw new Error("not there yet");
}
