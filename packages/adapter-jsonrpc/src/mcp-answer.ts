import { Failure } from "@apb/core/failure";
import { failureOf } from "@apb/core/problem";
import { type Id, type Message, parseMessage } from "@apb/protocols/jsonrpc";
import { readRefusal } from "@apb/protocols/mcp-client";
import { readSse } from "@apb/protocols/sse";
import type { HttpReply } from "@apb/wire/http";
import { expectAllowed } from "@apb/wire/http-refusal";

/** A request that the server makes of the client before it answers. */
export interface ServerRequest {
  readonly id: Id;
  readonly method: string;
}

/**
 * The result in the reply to request `id`, one JSON text or the end of an event stream (Streamable HTTP). `tool` is the one
 * that was called, null for none; `asked` takes the server's own requests, without it there may be none.
 * Throws what the server reports, an `HttpRefusal`, and `protocol` for anything that is no answer to this request.
 */
export function resultOf(
  id: number,
  reply: HttpReply,
  tool: string | null,
  asked: ((request: ServerRequest) => void) | null,
): unknown {
  if (reply.status !== 200) expectAllowed(reply);
  const type = reply.headers["content-type"]?.toLowerCase() ?? "";
  let message: Message | null;
  if (type.startsWith("application/json")) message = parseMessage(reply.body);
  else if (type.startsWith("text/event-stream")) message = lastMessage(reply, asked);
  else throw offSpec("application/json or text/event-stream", reply);
  return resultIn(message, id, tool, reply);
}

/** The same in one message, of a reply that is shown where it is no answer. */
export function resultIn(message: Message | null, id: number, tool: string | null, reply: HttpReply): unknown {
  if (message?.kind === "result" && message.id === id && reply.status === 200) return message.result;
  if (message?.kind === "error" && (message.id === id || message.id === null))
    throw failureOf(readRefusal(message.error, tool));
  throw offSpec(`an answer to request ${id}`, reply);
}

/** The response that ends an event stream, after any notifications; null when there is none. */
function lastMessage({ body }: HttpReply, asked: ((request: ServerRequest) => void) | null): Message | null {
  for (const { data } of readSse(body)) {
    // An event without data only says where a stream could be resumed.
    if (data === "") continue;
    const message = parseMessage(data);
    if (message?.kind === "request" && asked !== null) asked(message);
    else if (message?.kind !== "notification") return message;
  }
  return null;
}

/** A reply that the protocol does not allow, as the failure it is. */
export function offSpec(expected: string, { status, headers: { "content-type": type }, body }: HttpReply): Failure {
  const got = `${status} ${type ?? "without a content type"}: ${JSON.stringify(body.slice(0, 200))}`;
  return new Failure("protocol", `expected ${expected}, got ${got}`);
}
