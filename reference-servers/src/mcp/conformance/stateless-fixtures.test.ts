import { request } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Agents } from "../../agents/agents.ts";
import { type Listening, listen } from "../../listen.ts";
import { conformanceDoor } from "./door.ts";

let server: Listening;
let url: string;
beforeAll(async () => {
  const { binding } = conformanceDoor;
  server = await listen({
    bindings: [binding],
    port: 0,
    host: "loopback",
    agents: new Agents(),
    doors: [conformanceDoor],
  });
  url = server.urls[binding] as string;
});
afterAll(() => server[Symbol.asyncDispose]());

const version = "2026-07-28";
const key = (name: string): string => `io.modelcontextprotocol/${name}`;
const everything = { elicitation: {}, sampling: {}, roots: {} };
const serverInfo = { name: "agent-protocol-bench-reference", version: "0.1.0" };
const complete = { resultType: "complete", _meta: { [key("serverInfo")]: serverInfo } };

interface Asked {
  readonly method: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly meta?: object;
  readonly capabilities?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

function open({ method, params = {}, meta = {}, capabilities = everything, headers = {} }: Asked) {
  const name = params.name ?? params.uri;
  const _meta = { [key("protocolVersion")]: version, [key("clientCapabilities")]: capabilities, ...meta };
  return request(url, {
    reset: true,
    method: "POST",
    headers: {
      "content-type": "application/json",
      "mcp-protocol-version": version,
      "mcp-method": method,
      ...(name === undefined ? {} : { "mcp-name": String(name) }),
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 7, method, params: { ...params, _meta } }),
  });
}

/** The messages of a whole reply, and its status. */
async function ask(asked: Asked) {
  const { statusCode, headers, body } = await open(asked);
  const text = await body.text();
  const messages =
    headers["content-type"] === "application/json"
      ? [JSON.parse(text)]
      : [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data as string));
  return { status: statusCode, messages };
}

const call = (name: string, more: object = {}): Asked => ({ method: "tools/call", params: { name, ...more } });
const said = (text: string): object => ({ content: [{ type: "text", text }] });

describe("results", () => {
  it.each<[string, Asked, object]>([
    ["test_simple_text", call("test_simple_text"), said("This is a simple text response for testing.")],
    [
      "test_error_handling",
      call("test_error_handling"),
      { ...said("This tool intentionally returns an error for testing"), isError: true },
    ],
    [
      "test_embedded_resource",
      call("test_embedded_resource"),
      {
        content: [
          {
            type: "resource",
            resource: {
              uri: "test://embedded-resource",
              mimeType: "text/plain",
              text: "This is an embedded resource content.",
            },
          },
        ],
      },
    ],
    [
      "test_header_parameter",
      { ...call("test_header_parameter", { arguments: { region: "eu" } }), headers: { "mcp-param-region": "eu" } },
      said("eu"),
    ],
    [
      "a prompt with arguments",
      { method: "prompts/get", params: { name: "test_prompt_with_arguments", arguments: { arg1: "a", arg2: "b" } } },
      {
        messages: [{ role: "user", content: { type: "text", text: "Prompt with arguments: arg1='a', arg2='b'" } }],
      },
    ],
    [
      "a resource from a template",
      { method: "resources/read", params: { uri: "test://template/1/data" } },
      {
        contents: [
          {
            uri: "test://template/1/data",
            mimeType: "application/json",
            text: '{"id":"1","templateTest":true,"data":"Data for ID: 1"}',
          },
        ],
        ttlMs: 0,
        cacheScope: "public",
      },
    ],
    [
      "a completion",
      { method: "completion/complete", params: { argument: { name: "arg1", value: "par" } } },
      { completion: { values: ["paris", "park", "party"], total: 3, hasMore: false } },
    ],
  ])("%s", async (_title, asked, result) => {
    const answer = { jsonrpc: "2.0", id: 7, result: { ...complete, ...result } };
    expect(await ask(asked)).toEqual({ status: 200, messages: [answer] });
  });
});

describe("refusals", () => {
  it.each<[string, Asked, number, object]>([
    ["an unknown method", { method: "ping" }, 404, { code: -32601 }],
    ["an unknown tool", call("no"), 200, { code: -32602, message: "Unknown tool: no" }],
    ["an unknown prompt", { method: "prompts/get", params: { name: "no" } }, 200, { code: -32602 }],
    [
      "an unknown resource",
      { method: "resources/read", params: { uri: "test://no" } },
      200,
      { code: -32602, message: "Resource not found", data: { uri: "test://no" } },
    ],
    [
      "a parameter without its header",
      call("test_header_parameter", { arguments: { region: "eu" } }),
      400,
      { code: -32020 },
    ],
    [
      "a client that cannot be asked",
      { ...call("test_missing_capability"), capabilities: { roots: {} } },
      400,
      { code: -32021, data: { requiredCapabilities: { sampling: {} } } },
    ],
    [
      "answers that are none",
      call("test_input_required_result_elicitation", { inputResponses: null }),
      400,
      { code: -32602 },
    ],
    [
      "a state that is not ours",
      call("test_input_required_result_tampered_state", { requestState: "e30.c2ln" }),
      400,
      { code: -32602 },
    ],
    ["a subscription to nothing", { method: "subscriptions/listen" }, 400, { code: -32602 }],
  ])("%s", async (_title, asked, status, error) => {
    expect(await ask(asked)).toMatchObject({ status, messages: [{ id: 7, error }] });
  });
});

describe("notifications before a result", () => {
  const levelled = (level: string): Asked => ({ ...call("test_logging_tool"), meta: { [key("logLevel")]: level } });
  const log = (data: string): object => ({ method: "notifications/message", params: { level: "info", data } });
  const progress = (done: number): object => ({
    method: "notifications/progress",
    params: { progressToken: "p", progress: done, total: 100 },
  });

  it.each<[string, Asked, readonly object[]]>([
    ["progress", { ...call("test_tool_with_progress"), meta: { progressToken: "p" } }, [0, 50, 100].map(progress)],
    ["progress that nobody asked for", call("test_tool_with_progress"), []],
    ["no log without a level", call("test_logging_tool"), []],
    ["no log of a lower level", levelled("warning"), []],
    [
      "a log",
      levelled("info"),
      ["Tool execution started", "Tool processing data", "Tool execution completed"].map(log),
    ],
  ])("%s", async (_title, asked, notifications) => {
    const { messages } = await ask(asked);
    expect(messages.slice(0, -1)).toMatchObject(notifications);
    expect(messages.at(-1)).toMatchObject({ id: 7, result: said("The work is done.") });
  });
});

describe("requests that ask back", () => {
  const accepted = (content: object): object => ({ action: "accept", content });
  const resultOf = async (asked: Asked) => (await ask(asked)).messages[0].result;

  it("are concluded by an answer, whatever else comes with it", async () => {
    const name = "test_input_required_result_elicitation";
    const first = await resultOf(call(name));
    expect(first).toMatchObject({
      resultType: "input_required",
      inputRequests: { user_name: { method: "elicitation/create" } },
    });
    expect(first).not.toHaveProperty("requestState");
    const inputResponses = { user_name: accepted({ name: "Alice" }), other: 1 };
    expect(await resultOf(call(name, { inputResponses }))).toEqual({ ...complete, ...said("Hello, Alice!") });
  });

  it.each([{ wrong: accepted({}) }, { user_name: 12_345 }, { user_name: { action: 1 } }])(
    "are asked again after %j",
    async (inputResponses) => {
      const again = await resultOf(call("test_input_required_result_elicitation", { inputResponses }));
      expect(again).toMatchObject({ resultType: "input_required", inputRequests: { user_name: {} } });
    },
  );

  it("ask only what the client can answer", async () => {
    const asked = { ...call("test_input_required_result_capabilities"), capabilities: { sampling: {} } };
    expect(Object.keys((await resultOf(asked)).inputRequests)).toEqual(["capital_question"]);
  });

  it("ask on an event stream where they are to", async () => {
    const { headers, body } = await open(call("test_streaming_elicitation"));
    expect(headers["content-type"]).toBe("text/event-stream");
    expect(await body.text()).toContain('"resultType":"input_required"');
  });

  it("go round by round, each with its own state", async () => {
    const name = "test_input_required_result_multi_round";
    const first = await resultOf(call(name));
    const step1 = { step1: accepted({ name: "Alice" }) };
    // Without its state an answer is to nothing.
    expect(Object.keys((await resultOf(call(name, { inputResponses: step1 }))).inputRequests)).toEqual(["step1"]);
    const second = await resultOf(call(name, { inputResponses: step1, requestState: first.requestState }));
    expect(Object.keys(second.inputRequests)).toEqual(["step2"]);
    expect(second.requestState).not.toBe(first.requestState);
    const step2 = { step2: accepted({ color: "blue" }) };
    const last = await resultOf(call(name, { inputResponses: step2, requestState: second.requestState }));
    expect(last).toMatchObject({ resultType: "complete" });
    const { messages } = await ask(
      call("test_input_required_result_request_state", { requestState: second.requestState }),
    );
    expect(messages[0].error).toMatchObject({ code: -32602 });
  });
});

it("tells listeners what they listen to, and when it ends", async () => {
  const filter = { toolsListChanged: true, resourcesListChanged: true };
  const { body } = await open({ method: "subscriptions/listen", params: { notifications: filter } });
  const chunks = body[Symbol.asyncIterator]();
  const next = async () => JSON.parse(/data: (.*)/.exec(String((await chunks.next()).value))?.[1] as string);
  const _meta = { [key("subscriptionId")]: 7 };
  expect(await next()).toMatchObject({
    method: "notifications/subscriptions/acknowledged",
    params: { _meta, notifications: { toolsListChanged: true } },
  });
  await ask(call("test_trigger_prompt_change"));
  await ask(call("test_trigger_tool_change"));
  expect(await next()).toMatchObject({ method: "notifications/tools/list_changed", params: { _meta } });
  await server[Symbol.asyncDispose]();
  expect(await next()).toMatchObject({ id: 7, result: { resultType: "complete", _meta } });
  expect((await chunks.next()).done).toBe(true);
});
