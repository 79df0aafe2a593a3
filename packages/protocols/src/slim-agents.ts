import { type SlimName, slimName } from "./slim.ts";

/**
 * How this project's agents are asked over SLIM, which leaves what applications say to each other to them. One application
 * stands for all agents; its clients open a point-to-point session with it. A request and its replies are messages of that
 * session: the payload's type says what it is, the metadata entry `call` which request it belongs to, `agent` who is
 * asked, and the payload is the body, UTF-8. (SLIMRPC, SLIM's own convention for requests, carries gRPC's four shapes.)
 */

/** The parts of the application's name. */
export const agentsName = ["agent-protocol-bench", "agents", "all"] as const;

/** Where requests are sent to. */
export function agentsAddress(): SlimName {
  return slimName(...agentsName);
}

/** The name of a client, told from others by its id, two 64-bit numbers. */
export function clientName(id: readonly [string, string]): SlimName {
  return slimName(agentsName[0], "clients", "client", id);
}

/** Payload types of requests. `stop` gives another one up and has no answer. */
export const askType = { whole: "ask", pieces: "stream", stop: "stop" } as const;

/** Payload types of replies: a whole answer; a piece of one and, after the last, the end; what went wrong, in words. */
export const replyType = {
  whole: "answer",
  piece: "piece",
  end: "end",
  unknownAgent: "unknown-agent",
  agentFailed: "agent-failed",
} as const;

/** An application's message, either way. */
export interface AgentMessage {
  readonly payloadType: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly blob: Uint8Array;
}

/** A request with this id. */
export function askMessage(
  type: (typeof askType)[keyof typeof askType],
  call: number,
  agent: string,
  body: string,
): AgentMessage {
  return { payloadType: type, metadata: { call: String(call), agent }, blob: new TextEncoder().encode(body) };
}
