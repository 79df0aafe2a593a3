import { randomUUID } from "node:crypto";
import { type Binding, operationKinds, type Reply, type Streaming, type Unary } from "@apb/core/binding";
import type { Body } from "@apb/core/body";
import { Failure } from "@apb/core/failure";
import { binding } from "@apb/core/offer";
import { failureOf, succeeded } from "@apb/core/problem";
import { a2aMediaType, a2aVersion, versionHeader } from "@apb/protocols/a2a";
import { type A2aAddress, a2aAddress } from "@apb/protocols/a2a-address";
import {
  parseJson,
  readRestError,
  readSent,
  readStarted,
  readStreamed,
  readTask,
  sendMessageRequest,
} from "@apb/protocols/a2a-client";
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
import { agentAt } from "./a2a-agent.ts";

const headers = { [versionHeader]: a2aVersion, accept: a2aMediaType };
const postHeaders = { ...headers, "content-type": a2aMediaType };
const streamHeaders = { ...postHeaders, accept: "text/event-stream" };

/** A2A as HTTP+JSON (§11). `{agent}` in the URL stands for the operation's agent; a URL without it is of one agent. */
export const a2aRest: Binding = binding({
  protocol: "a2a",
  transport: "rest",
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
    const { url, tenant } = await agentAt(given, "HTTP+JSON", options);
    const address = a2aAddress(tenant === null ? url : `${url.replace(/\/$/, "")}/${encodeURIComponent(tenant)}`);
    const http = await connectHttp(new URL(url), client, signal, maxReplyBytes, headers);
    return {
      wire: http.wire,
      call(operation, callSignal) {
        return call(http, address, operation, callSignal);
      },
      stream(operation, callSignal) {
        return stream(http, address, operation, callSignal);
      },
      [Symbol.asyncDispose]() {
        return http[Symbol.asyncDispose]();
      },
    };
  },
});

async function call(http: HttpConnection, address: A2aAddress, operation: Unary, signal: AbortSignal): Promise<Reply> {
  switch (operation.kind) {
    case "discover":
      return { kind: "agents", agents: await discover(http, address, signal) };
    case "send": {
      const request = post(address.pathOf(operation.agent, "/message:send"), message(operation.body, false));
      return succeeded(readSent(await ask(http, request, signal)));
    }
    case "start": {
      const request = post(address.pathOf(operation.agent, "/message:send"), message(operation.body, true));
      return succeeded(readStarted(await ask(http, request, signal), address.nameInHandles(operation.agent)));
    }
    case "poll":
    case "cancel": {
      const task = address.taskOf(operation.handle);
      if (task === undefined) throw new Failure("unknown-task", `expected a handle agent/id, got ${operation.handle}`);
      const path = `/tasks/${encodeURIComponent(task.id)}`;
      const request =
        operation.kind === "poll"
          ? get(address.pathOf(task.agent, path))
          : post(address.pathOf(task.agent, `${path}:cancel`), "{}");
      return succeeded(readTask(await ask(http, request, signal), task.agent));
    }
  }
}

async function* stream(
  http: HttpConnection,
  address: A2aAddress,
  { agent, body }: Streaming,
  signal: AbortSignal,
): AsyncIterable<Reply> {
  const request = { ...post(address.pathOf(agent, "/message:stream"), message(body, false)), headers: streamHeaders };
  const response = await http.stream(request, signal);
  if (response.status !== 200) throw refusal(response.status, await readText(response));
  let ended = false;
  let silent = 0;
  for await (const { data } of parseSse(response.chunks, withinLimit(response), () => silent++)) {
    const item = succeeded(readStreamed(parseJson(data)));
    if (item.body === null) silent++;
    else yield { kind: "message", body: item.body, atMs: response.chunks.arrivedMs };
    ended ||= item.ended;
  }
  if (!ended) throw new Failure("protocol", "expected a terminal statusUpdate, got the end of the stream");
  return { atMs: response.chunks.arrivedMs, silent };
}

async function discover(
  http: HttpConnection,
  { directories }: A2aAddress,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const replies: HttpReply[] = [];
  for (const { path, read } of directories) {
    const reply = await http.request(get(path), signal);
    const agents = reply.status === 200 ? read(parseJson(reply.body)) : undefined;
    if (agents !== undefined) return agents;
    replies.push(reply);
  }
  replies.forEach(expectAllowed);
  throw new Failure("protocol", `expected agents at ${directories.map(({ path }) => path).join(" or ")}, found none`);
}

/** The parsed answer to a request that went well. */
async function ask(http: HttpConnection, request: HttpRequest, signal: AbortSignal): Promise<unknown> {
  const { status, body } = await http.request(request, signal);
  if (status !== 200) throw refusal(status, body);
  return parseJson(body);
}

/** What a reply that is no success says. */
function refusal(status: number, body: string): Failure {
  expectAllowed({ status, body });
  return failureOf(readRestError(status, parseJson(body)));
}

function get(path: string): HttpRequest {
  return { method: "GET", path, headers, body: null };
}

function post(path: string, body: string): HttpRequest {
  return { method: "POST", path, headers: postHeaders, body };
}

function message(body: Body, returnImmediately: boolean): string {
  return JSON.stringify(sendMessageRequest(randomUUID(), body, returnImmediately));
}
