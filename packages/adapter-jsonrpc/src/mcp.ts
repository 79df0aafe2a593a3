import type { Binding, ConnectOptions, Reply, Session, Unary } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import { type Message, readMessage } from "@apb/protocols/jsonrpc";
import {
  callRequest,
  headerNames,
  headerValue,
  isUnknownTool,
  listRequest,
  type Problem,
  readToolPage,
  readToolText,
  revision,
} from "@apb/protocols/mcp";
import { parseSse } from "@apb/protocols/sse";
import { connectHttp, type HttpConnection, type HttpReply } from "@apb/wire/http";

const noTasks = `the core of MCP ${revision} has no tasks: a call is answered in its own exchange`;
const noStream = "a tool answers with one result; an MCP event stream carries only notifications before it";

/** MCP 2026-07-28 on HTTP: an agent is a tool. There is no handshake; every request carries what the server must know. */
export const mcpJsonrpc: Binding = {
  id: "mcp/jsonrpc",
  spec: {
    name: "MCP",
    version: revision,
    url: "https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http",
    standing: "normative",
  },
  can: new Set(["discover", "send"]),
  cannot: { stream: noStream, start: noTasks, poll: noTasks, cancel: noTasks },
  connect,
};

type Headers = Readonly<Record<string, string>>;

const headers: Headers = {
  "content-type": "application/json",
  accept: "application/json, text/event-stream",
  [headerNames.version]: revision,
};
const listHeaders: Headers = { ...headers, [headerNames.method]: "tools/list" };
const callHeaders: Headers = { ...headers, [headerNames.method]: "tools/call" };

async function connect(url: string, { client, signal }: ConnectOptions): Promise<Session> {
  const target = new URL(url);
  const path = target.pathname + target.search;
  const connection = await connectHttp(target, client, signal);
  const headersOf = new Map<string, Headers>();
  let lastId = 0;

  async function send(agent: string, body: string, callSignal: AbortSignal): Promise<Reply> {
    let agentHeaders = headersOf.get(agent);
    if (agentHeaders === undefined) {
      agentHeaders = { ...callHeaders, [headerNames.name]: headerValue(agent) };
      headersOf.set(agent, agentHeaders);
    }
    const id = ++lastId;
    const request = { method: "POST", path, headers: agentHeaders, body: callRequest(id, agent, body) } as const;
    const result = await answerTo(id, await connection.request(request, callSignal), agent);
    const answer = readToolText(result);
    if (answer.kind === "problem") throw failureOf(answer);
    if (answer.kind === "failed") throw new Failure("agent", answer.text);
    return { kind: "message", body: answer.text };
  }

  return {
    wire: connection.wire,
    call(operation: Unary, callSignal: AbortSignal): Promise<Reply> {
      switch (operation.kind) {
        case "send":
          return send(operation.agent, operation.body, callSignal);
        case "discover":
          return discover(connection, path, () => ++lastId, callSignal);
        case "start":
        case "poll":
        case "cancel":
          return Promise.reject(new Failure("unsupported", noTasks));
      }
    },
    stream() {
      throw new Failure("unsupported", noStream);
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

/** The names of all tools, page by page. */
async function discover(
  connection: HttpConnection,
  path: string,
  nextId: () => number,
  signal: AbortSignal,
): Promise<Reply> {
  const agents: string[] = [];
  let cursor: string | null = null;
  do {
    const id = nextId();
    const request = { method: "POST", path, headers: listHeaders, body: listRequest(id, cursor) } as const;
    const page = readToolPage(await answerTo(id, await connection.request(request, signal), null));
    if (page.kind === "problem") throw failureOf(page);
    agents.push(...page.names);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return { kind: "agents", agents };
}

/** The result in a reply. Throws what the server reports, and `protocol` for anything that is no answer to request `id`. */
async function answerTo(id: number, reply: HttpReply, agent: string | null): Promise<unknown> {
  const type = reply.headers["content-type"]?.toLowerCase() ?? "";
  let message: Message;
  if (type.startsWith("application/json")) message = parse(reply);
  else if (type.startsWith("text/event-stream")) message = await finalMessage(reply);
  else throw offSpec("application/json or text/event-stream", reply);
  if (message.kind === "result" && message.id === id && reply.status === 200) return message.result;
  if (message.kind !== "error" || (message.id !== id && message.id !== null))
    throw offSpec(`an answer to request ${id}`, reply);
  const { code, message: text } = message.error;
  if (agent !== null && isUnknownTool(message.error, agent)) throw new Failure("unknown-agent", text);
  throw new Failure("rejected", `the server answers ${reply.status}, error ${code}: ${text}`);
}

function parse(reply: HttpReply): Message {
  try {
    return readMessage(JSON.parse(reply.body));
  } catch {
    throw offSpec("a JSON-RPC message", reply);
  }
}

/** The response that ends an event stream, after any notifications (Streamable HTTP, "Receiving Messages"). */
async function finalMessage(reply: HttpReply): Promise<Message> {
  for await (const { data } of parseSse(once(Buffer.from(reply.body)))) {
    const message = parse({ ...reply, body: data });
    if (message.kind !== "notification") return message;
  }
  throw offSpec("a response at the end of the event stream", reply);
}

async function* once(chunk: Uint8Array): AsyncIterable<Uint8Array> {
  yield chunk;
}

function failureOf({ offSpec, reason }: Problem): Failure {
  return new Failure(offSpec ? "protocol" : "mismatch", reason);
}

function offSpec(expected: string, { status, headers: { "content-type": type }, body }: HttpReply): Failure {
  const got = `${status} ${type ?? "without a content type"}: ${JSON.stringify(body.slice(0, 200))}`;
  return new Failure("protocol", `expected ${expected}, got ${got}`);
}
