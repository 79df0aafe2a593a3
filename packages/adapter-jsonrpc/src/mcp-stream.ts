import type { Reply, StreamEnd } from "@apb/core/binding";
import { parseMessage } from "@apb/protocols/jsonrpc";
import type { McpMessage } from "@apb/protocols/mcp-client";
import { progressOf } from "@apb/protocols/mcp-progress";
import { parseSse } from "@apb/protocols/sse";
import { readText, withinLimit } from "@apb/wire/http";
import type { HttpStream } from "@apb/wire/http-connection";
import { offSpec, resultIn, resultOf, type ServerRequest } from "./mcp-answer.ts";

/** A call of a tool whose progress is told: its id is its token. */
export interface StreamedCall {
  readonly id: number;
  readonly tool: string;
  /** Takes the server's own requests; with null there may be none. */
  readonly asked: ((request: ServerRequest) => void) | null;
  /** What the tool answers with. Throws for a result that is none. */
  read(result: unknown): McpMessage;
}

/**
 * The messages of a tool's progress as they come; where it tells of none, its result is the one message there is. Throws what the server reports, and `protocol` for an end without a result.
 */
export async function* streamedOf(response: HttpStream, call: StreamedCall): AsyncGenerator<Reply, StreamEnd> {
  const { status, headers, chunks } = response;
  const { id, tool, asked, read } = call;
  if (status !== 200 || !headers["content-type"]?.toLowerCase().startsWith("text/event-stream")) {
    const reply = read(resultOf(id, { status, headers, body: await readText(response) }, tool, asked));
    yield { ...reply, atMs: chunks.arrivedMs };
    return { atMs: chunks.arrivedMs, silent: 0 };
  }
  let silent = 0;
  let told = false;
  let answered = false;
  for await (const { data } of parseSse(chunks, withinLimit(response), () => silent++)) {
    const message = parseMessage(data);
    if (answered) continue;
    if (data === "") silent++;
    else if (message?.kind === "notification") {
      const body = progressOf(message, id);
      if (body === null) silent++;
      else {
        told = true;
        yield { kind: "message", body, atMs: chunks.arrivedMs };
      }
    } else if (message?.kind === "request" && asked !== null) asked(message);
    else {
      const reply = read(resultIn(message, id, tool, { status, headers, body: data }));
      answered = true;
      if (!told && reply.body !== "") yield { ...reply, atMs: chunks.arrivedMs };
    }
  }
  if (!answered) throw offSpec(`an answer to request ${id}`, { status, headers, body: "" });
  return { atMs: chunks.arrivedMs, silent };
}
