import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Agents } from "../agents/agents.ts";
import { bodyLimitBytes } from "../http-body.ts";
import { type Listening, listen } from "../listen.ts";

let server: Listening;
let url: string;
beforeAll(async () => {
  server = await listen({ bindings: ["a2a/jsonrpc"], port: 0, host: "loopback", agents: new Agents() });
  url = server.urls["a2a/jsonrpc"] as string;
});
afterAll(() => server[Symbol.asyncDispose]());

const headers = { "content-type": "application/json", "a2a-version": "1.0" };
const params = { message: { messageId: "m1", role: "ROLE_USER", parts: [{ text: "hi" }] } };

function rpc(more: object): string {
  return JSON.stringify({ jsonrpc: "2.0", id: 7, method: "SendMessage", params, ...more });
}

async function post(body: string | Uint8Array, more: Record<string, string> = headers, agent = "echo") {
  const response = await fetch(url.replace("{agent}", agent), { method: "POST", headers: more, body } as RequestInit);
  expect(response.headers.get("content-type")).toBe("application/json");
  return { status: response.status, body: await response.json() };
}

const sent = { message: expect.objectContaining({ role: "ROLE_AGENT", parts: [{ text: "hi" }] }) };

describe("results", () => {
  it.each<[string, object, unknown]>([
    ["a number", { id: 7 }, 7],
    ["zero", { id: 0 }, 0],
    ["text", { id: "a" }, "a"],
    ["empty text", { id: "" }, ""],
  ])("come under the request's id: %s", async (_name, more, id) => {
    expect(await post(rpc(more))).toEqual({ status: 200, body: { jsonrpc: "2.0", id, result: sent } });
  });

  it.each([
    ["the version as a query", "{agent}?a2a-version=1.0", { "content-type": "application/json" }],
    ["A2A's own media type", "{agent}", { ...headers, "content-type": "application/a2a+json; charset=utf-8" }],
  ])("come with %s", async (_name, path, more) => {
    const [agent, query = ""] = path.replace("{agent}", "echo").split("?");
    const at = `${url.replace("{agent}", agent ?? "")}?${query}`;
    const response = await fetch(at, { method: "POST", headers: more, body: rpc({}) } as RequestInit);
    expect(await response.json()).toMatchObject({ id: 7, result: sent });
  });
});

it("is at its path with a slash behind it too, beside the REST door on the same port", async () => {
  const bindings = ["a2a/jsonrpc", "a2a/rest"];
  await using both = await listen({ bindings, port: 0, host: "loopback", agents: new Agents() });
  const at = `${both.urls["a2a/jsonrpc"]?.replace("{agent}", "echo")}/`;
  const response = await fetch(at, { method: "POST", headers, body: rpc({}) });
  expect(await response.json()).toMatchObject({ id: 7, result: sent });
  const refused = await fetch(at, { method: "POST", headers: { ...headers, origin: "http://example.com" }, body: "" });
  expect(await refused.json()).toMatchObject({ jsonrpc: "2.0", error: { code: -32600 } });
});

const error = (id: unknown, code: number, message: string) => ({ jsonrpc: "2.0", id, error: { code, message } });
const notJson = "expected a body of JSON in UTF-8";

describe("errors", () => {
  it.each<[string, string | Uint8Array, object]>([
    ["no body", "", error(null, -32700, notJson)],
    ["no JSON", '{"jsonrpc":"2.0",', error(null, -32700, notJson)],
    ["bytes that are no UTF-8", Buffer.from([0x22, 0xff, 0x22]), error(null, -32700, notJson)],
    ["a batch", `[${rpc({})}]`, error(null, -32600, "expected one JSON-RPC message, a JSON object")],
    ["another version of JSON-RPC", rpc({ jsonrpc: "1.0" }), error(7, -32600, 'expected "jsonrpc":"2.0"')],
    ["a method that is none", rpc({ method: 1 }), error(7, -32600, "expected the method to be a string")],
    ["no id", rpc({ id: undefined }), error(null, -32600, "expected an id: A2A has no notifications")],
    ["an id that is null", rpc({ id: null }), error(null, -32600, "expected the id to be a string or a whole number")],
    ["a response", '{"jsonrpc":"2.0","id":7,"result":1}', error(7, -32600, "expected a request")],
    ["a method of 0.3", rpc({ method: "message/send" }), error(7, -32601, "there is no method message/send")],
    ["a method of every object", rpc({ method: "toString" }), error(7, -32601, "there is no method toString")],
    ["no params", rpc({ params: undefined }), error(7, -32602, "the request: expected an object, got nothing")],
    [
      "params by position",
      rpc({ params: [] }),
      error(7, -32602, "the request: expected an object, got an object or array"),
    ],
    [
      "no id of a task",
      rpc({ method: "GetTask", params: {} }),
      error(7, -32602, "id: expected a task's id, got nothing"),
    ],
  ])("answer %s", async (_name, body, answer) => {
    expect(await post(body)).toEqual({ status: 200, body: answer });
  });

  it("answer an agent that is not there with 404", async () => {
    const body = error(7, -32000, 'there is no agent "no"');
    expect(await post(rpc({}), headers, "no")).toEqual({ status: 404, body });
  });

  it("answer other methods of HTTP with 405", async () => {
    const response = await fetch(url.replace("{agent}", "echo"), { headers });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
    expect(await response.json()).toEqual(error(null, -32600, "expected POST"));
  });

  it("answer what the listener refuses in their own shape", async () => {
    const large = await post(Buffer.alloc(bodyLimitBytes + 1));
    expect(large).toMatchObject({ status: 413, body: { id: null, error: { code: -32600 } } });
    const foreign = await post(rpc({}), { ...headers, origin: "http://example.com" });
    expect(foreign).toMatchObject({ status: 403, body: { id: null, error: { code: -32600 } } });
  });
});

it("lists its agents and has their cards when it is the only door", async () => {
  const list = await fetch(new URL("/agents/", url));
  const { agents } = (await list.json()) as { agents: readonly { card: string }[] };
  const card = await fetch(new URL(agents[0]?.card ?? "", url));
  const interfaces = [{ url: url.replace("{agent}", "echo"), protocolBinding: "JSONRPC", protocolVersion: "1.0" }];
  expect(await card.json()).toMatchObject({ name: "echo", supportedInterfaces: interfaces });
});
