import { randomUUID } from "node:crypto";
import { agentAt } from "@apb/adapter-rest/a2a-agent";
import { type Binding, operationKinds, type Reply, type Streaming, type Unary } from "@apb/core/binding";
import type { Body } from "@apb/core/body";
import { Failure } from "@apb/core/failure";
import { binding } from "@apb/core/offer";
import { failureOf, succeeded } from "@apb/core/problem";
import { a2aVersion, versionHeader } from "@apb/protocols/a2a";
import { type A2aAddress, a2aAddress } from "@apb/protocols/a2a-address";
import {
  parseJson,
  readJsonrpcError,
  readRestError,
  readSent,
  readStarted,
  readStreamed,
  readTask,
  sendMessageRequest,
} from "@apb/protocols/a2a-client";
import { readMessage, requestText } from "@apb/protocols/jsonrpc";
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

const headers = { [versionHeader]: a2aVersion, accept: "application/json", "content-type": "application/json" };
const streamHeaders = { ...headers, accept: "text/event-stream" };

/** A2A as JSON-RPC over HTTP (§9). `{agent}` in the URL stands for the operation's agent; a URL without it is of one agent. */
export const a2aJsonrpc: Binding = binding({
  protocol: "a2a",
  transport: "jsonrpc",
  variant: null,
  spec: {
    name: "A2A",
    version: a2aVersion,
    url: "https://a2a-protocol.org/v1.0.0/specification",
    standing: "normative",
  },
  can: operationKinds,
  cannot: {},
  async connect(given, options) {
    const { client, signal, maxReplyBytes, headers } = options;
    const { url, tenant } = await agentAt(given, "JSONRPC", options);
    const http = await connectHttp(new URL(url), client, signal, maxReplyBytes, headers);
    const peer: Peer = { http, address: a2aAddress(url), tenant, nextId: 1 };
    return {
      wire: http.wire,
      call(operation, callSignal) {
        return call(peer, operation, callSignal);
      },
      stream(operation, callSignal) {
        return stream(peer, operation, callSignal);
      },
      [Symbol.asyncDispose]() {
        return http[Symbol.asyncDispose]();
      },
    };
  },
});

interface Peer {
  readonly http: HttpConnection;
  readonly address: A2aAddress;
  /** What the agent's card says that goes with every request; null for nothing. */
  readonly tenant: string | null;
  nextId: number;
}

async function call(peer: Peer, operation: Unary, signal: AbortSignal): Promise<Reply> {
  switch (operation.kind) {
    case "discover":
      return { kind: "agents", agents: await discover(peer, signal) };
    case "send": {
      const sent = await ask(peer, operation.agent, "SendMessage", message(peer, operation.body, false), signal);
      return succeeded(readSent(sent));
    }
    case "start": {
      const started = await ask(peer, operation.agent, "SendMessage", message(peer, operation.body, true), signal);
      return succeeded(readStarted(started, peer.address.nameInHandles(operation.agent)));
    }
    case "poll":
    case "cancel": {
      const task = peer.address.taskOf(operation.handle);
      if (task === undefined) throw new Failure("unknown-task", `expected a handle agent/id, got ${operation.handle}`);
      const method = operation.kind === "poll" ? "GetTask" : "CancelTask";
      const answer = await ask(
        peer,
        task.agent,
        method,
        JSON.stringify(peer.tenant === null ? { id: task.id } : { id: task.id, tenant: peer.tenant }),
        signal,
      );
      return succeeded(readTask(answer, task.agent));
    }
  }
}

async function* stream(peer: Peer, { agent, body }: Streaming, signal: AbortSignal): AsyncIterable<Reply> {
  const id = peer.nextId++;
  const request = post(peer, agent, requestText(id, "SendStreamingMessage", message(peer, body, false)));
  const response = await peer.http.stream({ ...request, headers: streamHeaders }, signal);
  const { status } = response;
  if (!response.headers["content-type"]?.startsWith("text/event-stream")) {
    // An error that comes before the stream is a JSON-RPC response by itself.
    resultOf({ status, body: await readText(response) }, id);
    throw new Failure("protocol", "expected an event stream, got a single result");
  }
  let ended = false;
  let silent = 0;
  for await (const { data } of parseSse(response.chunks, withinLimit(response), () => silent++)) {
    const item = succeeded(readStreamed(resultOf({ status, body: data }, id)));
    if (item.body === null) silent++;
    else yield { kind: "message", body: item.body, atMs: response.chunks.arrivedMs };
    ended ||= item.ended;
  }
  if (!ended) throw new Failure("protocol", "expected a terminal statusUpdate, got the end of the stream");
  return { atMs: response.chunks.arrivedMs, silent };
}

async function discover(peer: Peer, signal: AbortSignal): Promise<readonly string[]> {
  const { directories } = peer.address;
  const replies: HttpReply[] = [];
  for (const { path, read } of directories) {
    const reply = await peer.http.request({ method: "GET", path, headers: {}, body: null }, signal);
    const agents = reply.status === 200 ? read(parseJson(reply.body)) : undefined;
    if (agents !== undefined) return agents;
    replies.push(reply);
  }
  replies.forEach(expectAllowed);
  throw new Failure("protocol", `expected agents at ${directories.map(({ path }) => path).join(" or ")}, found none`);
}

/** The result of one method; `params` is JSON text. */
async function ask(peer: Peer, agent: string, method: string, params: string, signal: AbortSignal): Promise<unknown> {
  const id = peer.nextId++;
  return resultOf(await peer.http.request(post(peer, agent, requestText(id, method, params)), signal), id);
}

function post({ address }: Peer, agent: string, body: string): HttpRequest {
  return { method: "POST", path: address.pathOf(agent), headers, body };
}

function message({ tenant }: Peer, body: Body, returnImmediately: boolean): string {
  const request = sendMessageRequest(randomUUID(), body, returnImmediately);
  return JSON.stringify(tenant === null ? request : { ...request, tenant });
}

/** The result in a JSON-RPC response. Throws a Failure for an error, and for what is no response to this request. */
function resultOf({ status, body }: Pick<HttpReply, "status" | "body">, id: number): unknown {
  if (status !== 200) expectAllowed({ status, body });
  const json = parseJson(body);
  const response = readMessage(json);
  if (response.kind === "result" && response.id === id) return response.result;
  if (response.kind === "error") throw failureOf(readJsonrpcError(status, response.error));
  if (status !== 200) throw failureOf(readRestError(status, json));
  throw new Failure("protocol", `expected a JSON-RPC response with id ${id}, got ${body.slice(0, 200)}`);
}
