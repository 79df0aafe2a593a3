import type { Binding, Reply, Session } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import { type Problem, succeeded } from "@apb/core/problem";
import { runCreateText } from "@apb/protocols/acp";
import { readAgents, readAnswer, readError, readItem, readTask } from "@apb/protocols/acp-client";
import { parseSse } from "@apb/protocols/sse";
import {
  connectHttp,
  type HttpConnection,
  type HttpReply,
  type HttpRequest,
  type HttpStream,
  readText,
} from "@apb/wire/http";

/** ACP's REST interface, as its OpenAPI document has it. */
export const acpRest: Binding = {
  id: "acp/rest",
  spec: {
    name: "ACP (BeeAI)",
    version: "0.2.0",
    url: "https://github.com/i-am-bee/acp/blob/main/docs/spec/openapi.yaml",
    standing: "normative",
  },
  can: new Set(["discover", "send", "stream", "start", "poll", "cancel"]),
  cannot: {},
  async connect(url, { client, signal }) {
    const at = new URL(url);
    return session(await connectHttp(at, client, signal), at.pathname.replace(/\/+$/, ""));
  },
};

const asking = { accept: "application/json" };
const telling = { accept: "application/json", "content-type": "application/json" };
const listening = { accept: "text/event-stream", "content-type": "application/json" };

/** `base` is the path in front of every path of ACP's. */
function session(http: HttpConnection, base: string): Session {
  const get = (path: string): HttpRequest => ({ method: "GET", path: base + path, headers: asking, body: null });
  const post = (path: string, body: string | null): HttpRequest => ({
    method: "POST",
    path: base + path,
    headers: body === null ? asking : telling,
    body,
  });
  return {
    wire: http.wire,
    async call(operation, signal): Promise<Reply> {
      switch (operation.kind) {
        case "discover":
          return answer(await http.request(get("/agents?limit=1000"), signal), readAgents, "run");
        case "send": {
          const body = runCreateText(operation.agent, operation.body, "sync");
          return answer(await http.request(post("/runs", body), signal), readAnswer, "agent");
        }
        case "start": {
          const body = runCreateText(operation.agent, operation.body, "async");
          return answer(await http.request(post("/runs", body), signal), readTask, "agent");
        }
        case "poll":
          return answer(await http.request(get(runPath(operation.handle)), signal), readTask, "run");
        case "cancel":
          return answer(await http.request(post(`${runPath(operation.handle)}/cancel`, null), signal), readTask, "run");
      }
    },
    async *stream({ agent, body }, signal): AsyncIterable<Reply> {
      const request = { ...post("/runs", runCreateText(agent, body, "stream")), headers: listening };
      yield* messages(await http.stream(request, signal));
    },
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  };
}

function runPath(id: string): string {
  return `/runs/${encodeURIComponent(id)}`;
}

/** `about` says what a 404 did not find. */
function answer<T extends { readonly kind: string }>(
  { status, body }: Pick<HttpReply, "status" | "body">,
  read: (value: unknown) => T | Problem,
  about: "agent" | "run",
): Exclude<T, Problem> {
  if (status >= 200 && status < 300) return succeeded(read(parse(body)));
  const { failure, message } = readError(parse(body), about);
  throw new Failure(failure, `HTTP ${status}: ${message}`);
}

/** The parts of the messages in an event stream, in order. It is read to its end, so that the connection can be kept. */
async function* messages(stream: HttpStream): AsyncIterable<Reply> {
  const { status, headers, chunks } = stream;
  if (status !== 200 || !headers["content-type"]?.startsWith("text/event-stream"))
    answer({ status, body: await readText(stream) }, () => notEvents, "agent");
  let ended = false;
  for await (const { data } of parseSse(chunks)) {
    const item = succeeded(readItem(parse(data)));
    ended ||= item.ended;
    if (item.body !== null) yield { kind: "message", body: item.body };
  }
  if (!ended) throw new Failure("protocol", "expected run.completed before the end of the stream");
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
