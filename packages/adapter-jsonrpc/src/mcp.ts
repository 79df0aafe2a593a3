import type { Binding, ConnectOptions, Reply, Streaming, UnaryOf } from "@apb/core/binding";
import type { Body } from "@apb/core/body";
import { binding, type Offered } from "@apb/core/offer";
import { succeeded } from "@apb/core/problem";
import {
  callRequest,
  headerNames,
  listRequest,
  readToolPage,
  readToolText,
  revision,
  streamRequest,
} from "@apb/protocols/mcp";
import { allTools } from "@apb/protocols/mcp-client";
import { headerValue } from "@apb/protocols/mcp-header-values";
import { streamedByProgress } from "@apb/protocols/mcp-progress";
import { connectHttp, type HttpConnection, type HttpRequest } from "@apb/wire/http";
import { resultOf } from "./mcp-answer.ts";
import { streamedOf } from "./mcp-stream.ts";

const noTasks = `the core of MCP ${revision} has no tasks: a call is answered in its own exchange`;

/** MCP 2026-07-28 on HTTP: an agent is a tool. There is no handshake; every request carries what the server must know. */
export const mcpJsonrpc: Binding = binding({
  protocol: "mcp",
  transport: "jsonrpc",
  variant: null,
  spec: {
    name: "MCP",
    version: revision,
    url: "https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http",
    standing: "normative",
    streamedBy: streamedByProgress,
  },
  can: ["discover", "send", "stream"],
  cannot: { start: noTasks, poll: noTasks, cancel: noTasks },
  connect,
});

type Kind = "discover" | "send" | "stream";
type Headers = HttpRequest["headers"];

const headers: Headers = {
  "content-type": "application/json",
  accept: "application/json, text/event-stream",
  [headerNames.version]: revision,
};
const listHeaders: Headers = { ...headers, [headerNames.method]: "tools/list" };
const callHeaders: Headers = { ...headers, [headerNames.method]: "tools/call" };

/** The headers of calls by their tool, the same object for all connections: the client knows its lines by it. */
const headersOfTool = new Map<string, Headers>();

function headersOf(tool: string): Headers {
  let known = headersOfTool.get(tool);
  if (known === undefined) {
    known = { ...callHeaders, [headerNames.name]: headerValue(tool) };
    headersOfTool.set(tool, known);
  }
  return known;
}

interface Peer {
  readonly connection: HttpConnection;
  readonly path: string;
  lastId: number;
}

async function connect(
  url: string,
  { client, signal, maxReplyBytes, headers }: ConnectOptions,
): Promise<Offered<Kind>> {
  const target = new URL(url);
  const connection = await connectHttp(target, client, signal, maxReplyBytes, headers);
  const peer: Peer = { connection, path: target.pathname + target.search, lastId: 0 };
  return {
    wire: connection.wire,
    call(operation: UnaryOf<Kind>, callSignal: AbortSignal): Promise<Reply> {
      switch (operation.kind) {
        case "send":
          return send(peer, operation.agent, operation.body, callSignal);
        case "discover":
          return discover(peer, callSignal);
      }
    },
    stream: (operation, streamSignal) => stream(peer, operation, streamSignal),
    [Symbol.asyncDispose]() {
      return connection[Symbol.asyncDispose]();
    },
  };
}

function send(peer: Peer, agent: string, body: Body, signal: AbortSignal): Promise<Reply> {
  const id = ++peer.lastId;
  const request = post(peer, headersOf(agent), callRequest(id, agent, body));
  return peer.connection
    .request(request, signal)
    .then((reply) => succeeded(readToolText(resultOf(id, reply, agent, null))));
}

async function* stream(peer: Peer, { agent, body }: Streaming, signal: AbortSignal): AsyncIterable<Reply> {
  const id = ++peer.lastId;
  const request = post(peer, headersOf(agent), streamRequest(id, agent, body));
  const response = await peer.connection.stream(request, signal);
  return yield* streamedOf(response, {
    ...{ id, tool: agent, asked: null },
    read: (result) => succeeded(readToolText(result)),
  });
}

async function discover(peer: Peer, signal: AbortSignal): Promise<Reply> {
  return allTools(async (cursor) => {
    const id = ++peer.lastId;
    const reply = await peer.connection.request(post(peer, listHeaders, listRequest(id, cursor)), signal);
    return succeeded(readToolPage(resultOf(id, reply, null, null)));
  });
}

function post({ path }: Peer, headers: Headers, body: string): HttpRequest {
  return { method: "POST", path, headers, body };
}
