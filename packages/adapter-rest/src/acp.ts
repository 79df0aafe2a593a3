import { type Binding, operationKinds, type Reply, type Unary } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import { binding } from "@apb/core/offer";
import { type Problem, succeeded } from "@apb/core/problem";
import { runCreateText } from "@apb/protocols/acp";
import { readAgents, readAnswer, readError, readItem, readTask } from "@apb/protocols/acp-client";
import { parseSse } from "@apb/protocols/sse";
import {
  connectHttp,
  type HttpConnection,
  type HttpReply,
  type HttpRequest,
  readText,
  withinLimit,
} from "@apb/wire/http";
import { expectAllowed } from "@apb/wire/http-refusal";

/** ACP's REST interface, as its OpenAPI document has it. */
export const acpRest: Binding = binding({
  protocol: "acp",
  transport: "rest",
  variant: null,
  spec: {
    name: "ACP (BeeAI)",
    version: "0.2.0",
    url: "https://github.com/i-am-bee/acp/blob/main/docs/spec/openapi.yaml",
    standing: "normative",
  },
  can: operationKinds,
  cannot: {},
  async connect(url, { client, signal, maxReplyBytes, headers }) {
    const target = new URL(url);
    const base = target.pathname.replace(/\/+$/, "");
    const at = (path: string): string => base + path + target.search;
    const http = await connectHttp(target, client, signal, maxReplyBytes, headers);
    return {
      wire: http.wire,
      call(operation, callSignal) {
        return call(http, at, operation, callSignal);
      },
      stream({ agent, body }, callSignal) {
        const request = post(at("/runs"), runCreateText(agent, body, "stream"), listening);
        return messages(http, request, callSignal);
      },
      [Symbol.asyncDispose]() {
        return http[Symbol.asyncDispose]();
      },
    };
  },
});

const asking = { accept: "application/json" };
const telling = { accept: "application/json", "content-type": "application/json" };
const listening = { accept: "text/event-stream", "content-type": "application/json" };

function get(path: string): HttpRequest {
  return { method: "GET", path, headers: asking, body: null };
}

function post(path: string, body: string | null, headers: Readonly<Record<string, string>>): HttpRequest {
  return { method: "POST", path, headers, body };
}

/** Where a path of ACP's is at the server, with the query that the server's own URL has. */
type At = (path: string) => string;

async function call(http: HttpConnection, at: At, operation: Unary, signal: AbortSignal): Promise<Reply> {
  switch (operation.kind) {
    case "discover":
      return answer(await http.request(get(withQuery(at("/agents"), "limit=1000")), signal), readAgents, "run");
    case "send": {
      const request = post(at("/runs"), runCreateText(operation.agent, operation.body, "sync"), telling);
      return answer(await http.request(request, signal), readAnswer, "agent");
    }
    case "start": {
      const request = post(at("/runs"), runCreateText(operation.agent, operation.body, "async"), telling);
      return answer(await http.request(request, signal), readTask, "agent");
    }
    case "poll":
    case "cancel": {
      const path = `/runs/${encodeURIComponent(operation.handle)}`;
      const request = operation.kind === "poll" ? get(at(path)) : post(at(`${path}/cancel`), null, asking);
      return answer(await http.request(request, signal), readTask, "run");
    }
  }
}

function withQuery(path: string, query: string): string {
  return `${path}${path.includes("?") ? "&" : "?"}${query}`;
}

/** `about` says what a 404 did not find. */
function answer<T extends { readonly kind: string }>(
  { status, body }: Pick<HttpReply, "status" | "body">,
  read: (value: unknown) => T | Problem,
  about: "agent" | "run",
): Exclude<T, Problem> {
  if (status >= 200 && status < 300) return succeeded(read(parse(body)));
  expectAllowed({ status, body });
  const { failure, message } = readError(parse(body), about);
  throw new Failure(failure, `HTTP ${status}: ${message}`);
}

/** The parts of the messages in an event stream, in order. It is read to its end, so that the connection can be kept. */
async function* messages(http: HttpConnection, request: HttpRequest, signal: AbortSignal): AsyncIterable<Reply> {
  const stream = await http.stream(request, signal);
  const { status, headers, chunks } = stream;
  if (status !== 200 || !headers["content-type"]?.startsWith("text/event-stream"))
    answer({ status, body: await readText(stream) }, () => notEvents, "agent");
  let ended = false;
  let silent = 0;
  for await (const { data } of parseSse(chunks, withinLimit(stream), () => silent++)) {
    const item = succeeded(readItem(parse(data)));
    ended ||= item.ended;
    if (item.body === null) silent++;
    else yield { kind: "message", body: item.body, atMs: chunks.arrivedMs };
  }
  if (!ended) throw new Failure("protocol", "expected run.completed before the end of the stream");
  return { atMs: chunks.arrivedMs, silent };
}

const notEvents: Problem = {
  kind: "problem",
  failure: "protocol",
  message: "expected a stream of events, got another content type",
};

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
