import { askType, replyType } from "@apb/protocols/slim-agents";
import { UnknownAgent } from "../agents/agent.ts";
import type { Agents } from "../agents/agents.ts";
import type { SlimApp, SlimReceived, SlimSession } from "./slim-bindings.ts";

/** Answers every session that clients open with the application, until it is closed. */
export async function answerSessions(app: SlimApp, agents: Agents): Promise<void> {
  for (;;) {
    const session = await app.listenForSessionAsync(undefined).catch(() => null);
    if (session === null) return;
    void answerRequests(session, agents);
  }
}

/** Answers what comes in one session, as many requests at once as there are, until it is closed. */
async function answerRequests(session: SlimSession, agents: Agents): Promise<void> {
  /** Requests under way, by id. */
  const calls = new Map<string, AbortController>();
  for (;;) {
    const received = await session.getMessageAsync(undefined).catch(() => null);
    if (received === null) break;
    const id = received.context.metadata.get("call") ?? "";
    if (received.context.payloadType === askType.stop) {
      calls.get(id)?.abort();
      continue;
    }
    const controller = new AbortController();
    calls.set(id, controller);
    void answer(session, agents, received, controller.signal).then(() => calls.delete(id));
  }
  for (const controller of calls.values()) controller.abort();
}

async function answer(
  session: SlimSession,
  agents: Agents,
  { payload, context }: SlimReceived,
  signal: AbortSignal,
): Promise<void> {
  const metadata = new Map([["call", context.metadata.get("call") ?? ""]]);
  const reply = (type: string, text: string): Promise<object> => session.publishAsync(bytesOf(text), type, metadata);
  const agent = context.metadata.get("agent") ?? "";
  const text = Buffer.from(payload).toString("utf8");
  try {
    if (context.payloadType === askType.whole) {
      await reply(replyType.whole, await agents.run(agent, text, signal));
      return;
    }
    for await (const piece of agents.stream(agent, text, signal)) await reply(replyType.piece, piece);
    await reply(replyType.end, "");
  } catch (error) {
    // Nobody waits for what was given up, or can be told once the session is closed.
    if (!signal.aborted) await reply(refusalOf(error), (error as Error).message).catch(() => undefined);
  }
}

function refusalOf(error: unknown): string {
  return error instanceof UnknownAgent ? replyType.unknownAgent : replyType.agentFailed;
}

/** In memory of its own, as the bindings want it. */
function bytesOf(text: string): ArrayBuffer {
  const bytes = new TextEncoder().encode(text);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}
