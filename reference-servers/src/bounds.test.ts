import { callRequest, headerNames, revision } from "@apb/protocols/mcp";
import { describe, expect, it } from "vitest";
import { Agents } from "./agents/agents.ts";
import { listen } from "./listen.ts";
import { postMany, unfinishedBodies, waitingPosts } from "./testing/hostile-http.ts";
import { floodFrames } from "./testing/hostile-websocket.ts";
import { probeWebSocket } from "./testing/websocket-probe.ts";

const mebibyte = 1024 * 1024;
/** Longer than a test; nothing waits for it. */
const long = { delayMs: 600_000, workMs: 0 };
const json = { "content-type": "application/json" };
const a2aHeaders = { ...json, "a2a-version": "1.0" };

async function serve(bindings: readonly string[], agents: Agents) {
  const listening = await listen({ bindings, port: 0, host: "loopback", agents });
  const url = (binding: string): string => (listening.urls[binding] as string).replace("{agent}", "echo");
  return { url, [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose]() };
}

const run = (content: string, mode: string): string =>
  JSON.stringify({
    agent_name: "echo",
    mode,
    input: [{ role: "user", parts: [{ content_type: "text/plain", content }] }],
  });
const large = "x".repeat(3_000_000);
const count = (statuses: readonly number[], status: number): number => statuses.filter((one) => one === status).length;

describe("what is kept", () => {
  it("of A2A's tasks is bounded by what it takes, though their texts are empty", async () => {
    await using server = await serve(["a2a/rest"], new Agents());
    const parts = Array.from({ length: 290_000 }, () => ({ text: "" }));
    const message = { messageId: "m", role: "ROLE_USER", parts };
    const body = JSON.stringify({ message, configuration: { returnImmediately: true } });
    for (let n = 0; n < 5; n++) await postMany(`${server.url("a2a/rest")}/message:send`, a2aHeaders, body, 1);
    const tasks = await fetch(`${server.url("a2a/rest")}/tasks?historyLength=0`, { headers: a2aHeaders });
    const { totalSize } = (await tasks.json()) as { totalSize: number };
    expect(totalSize).toBeGreaterThanOrEqual(1);
    expect(totalSize * body.length).toBeLessThan(10 * mebibyte);
  });

  it("of an MCP session's capabilities is little", async () => {
    await using server = await serve(["mcp/jsonrpc"], new Agents());
    const begin = async (capabilities: object): Promise<number> => {
      const params = { protocolVersion: "2025-11-25", clientInfo: { name: "c", version: "1" }, capabilities };
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params });
      const headers = { ...json, accept: "application/json, text/event-stream" };
      return (await fetch(server.url("mcp/jsonrpc"), { method: "POST", headers, body })).status;
    };
    expect(await begin({ roots: { listChanged: true }, sampling: {}, elicitation: { form: {}, url: {} } })).toBe(200);
    expect(await begin({ experimental: { x: "x".repeat(100_000) } })).toBe(400);
  });
});

describe("what is under way", () => {
  it("in ACP's asynchronous runs is bounded, and leaves room for small ones", async () => {
    const agents = new Agents(long);
    await using server = await serve(["acp/rest"], agents);
    const url = `${server.url("acp/rest")}/runs`;
    const statuses = await postMany(url, json, run(large, "async"), 50);
    expect(count(statuses, 202)).toBeGreaterThan(30);
    expect(count(statuses, 202) + count(statuses, 503)).toBe(50);
    expect(count(statuses, 503)).toBeGreaterThanOrEqual(13);
    expect(agents.underWay.heldBytes).toBeLessThan(112 * mebibyte);
    expect(await postMany(url, json, run("honest", "async"), 50)).toEqual(Array(50).fill(202));
  });

  it.each<[string, string, Record<string, string>, (text: string) => string]>([
    ["acp/rest", "/runs", json, (text) => run(text, "sync")],
    [
      "a2a/rest",
      "/message:send",
      a2aHeaders,
      (text) => JSON.stringify({ message: { messageId: "m", role: "ROLE_USER", parts: [{ text }] } }),
    ],
    [
      "mcp/jsonrpc",
      "",
      { ...json, [headerNames.version]: revision, [headerNames.method]: "tools/call", [headerNames.name]: "echo" },
      (text) => callRequest(1, "echo", text),
    ],
  ])("in calls that wait is bounded, and calls that are refused are none: %s", async (binding, path, headers, body) => {
    const agents = new Agents(long);
    await using server = await serve([binding], agents);
    {
      using hostile = waitingPosts(server.url(binding) + path, headers, body(large), 50);
      expect(new Set(await hostile.answered(13))).toEqual(new Set([503]));
      expect(agents.underWay.heldBytes).toBeLessThan(112 * mebibyte);
      expect(agents.calls).toBeLessThanOrEqual(37);
    }
    await expect.poll(() => agents.underWay.heldBytes).toBe(0);
  });

  it("takes ten thousand calls of 1 KiB and a hundred of 1 MiB", async () => {
    const agents = new Agents(long);
    for (const [bytes, calls] of [
      [1024, 10_000],
      [1024 * 1024, 100],
    ] as const) {
      const controllers = Array.from({ length: calls }, () => new AbortController());
      const text = "x".repeat(bytes);
      const all = controllers.map(({ signal }) => agents.run("echo", text, signal));
      for (const controller of controllers) controller.abort();
      await Promise.allSettled(all);
    }
    expect(agents.underWay.heldBytes).toBe(0);
  });

  it("on one WebSocket is bounded, whatever others may have", async () => {
    const agents = new Agents(long);
    await using server = await serve(["acp/rest", "acp/websocket"], agents);
    await using hostile = await probeWebSocket<{ id: number; error?: { code: string } }>(server.url("acp/websocket"));
    for (let id = 0; id < 20; id++) hostile.send(`{"id":${id},"op":"run","request":${run(large, "sync")}}`);
    for (let id = 5; id < 20; id++) expect(await hostile.next()).toMatchObject({ id, error: { code: "server_error" } });
    expect(agents.underWay.heldBytes).toBeLessThan(16 * mebibyte);
    await using honest = await probeWebSocket(server.url("acp/websocket"));
    honest.send(`{"id":1,"op":"run","request":${run(large, "async")}}`);
    expect(await honest.next()).toMatchObject({ id: 1, run: { status: "in-progress" } });
    hostile.send('{"id":0,"op":"stop"}');
    hostile.send(`{"id":99,"op":"run","request":${run(large, "sync")}}`);
    hostile.send(`{"id":100,"op":"run","request":${run(large, "sync")}}`);
    expect(await hostile.next()).toMatchObject({ id: 100, error: { code: "server_error" } });
  });

  it("on one WebSocket of MCP is bounded too", async () => {
    await using server = await serve(["mcp/websocket"], new Agents(long));
    await using hostile = await probeWebSocket<object>(server.url("mcp/websocket"), ["mcp"]);
    const ask = (id: number, method: string, params: object): void =>
      hostile.send({ jsonrpc: "2.0", id, method, params });
    ask(0, "initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "c", version: "1" } });
    expect(await hostile.next()).toMatchObject({ id: 0, result: {} });
    for (let id = 1; id <= 8; id++) ask(id, "tools/call", { name: "echo", arguments: { text: large } });
    for (let id = 6; id <= 8; id++) expect(await hostile.next()).toMatchObject({ id, error: { code: -32603 } });
    ask(9, "ping", {});
    expect(await hostile.next()).toMatchObject({ id: 9, result: {} });
  });

  it("in bodies that do not end is bounded", async () => {
    const agents = new Agents();
    await using server = await serve(["acp/rest"], agents);
    const url = `${server.url("acp/rest")}/runs`;
    {
      using hostile = unfinishedBodies(url, 60, 3_900_000);
      expect(new Set(await hostile.answered(20))).toEqual(new Set([503]));
      expect(agents.underWay.heldBytes).toBeLessThan(112 * mebibyte);
      expect(await postMany(url, json, run("honest".repeat(1000), "sync"), 20)).toEqual(Array(20).fill(200));
    }
    await expect.poll(() => agents.underWay.heldBytes).toBe(0);
  });
});

describe("JSON that is nested a hundred thousand deep", () => {
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  const message = (fields: string): string => `{"message":{"messageId":"m","role":"ROLE_USER",${fields}}}`;
  const bodies: readonly [string, string, string, number][] = [
    ["acp/rest", "/runs", deep, 422],
    ["acp/rest", "/runs", `{"agent_name":${deep},"input":[]}`, 422],
    ["acp/rest", "/runs", `{"agent_name":"echo","mode":${deep},"input":[]}`, 422],
    ["acp/rest", "/runs", `{"agent_name":"echo","session_id":${deep},"input":[]}`, 422],
    ["acp/rest", "/runs", `{"agent_name":"echo","input":${deep}}`, 422],
    ["acp/rest", "/runs", `{"agent_name":"echo","input":[{"role":${deep},"parts":[]}]}`, 422],
    ["acp/rest", "/runs", `{"agent_name":"echo","input":[{"role":"user","parts":${deep}}]}`, 422],
    ["acp/rest", "/runs", `{"agent_name":"echo","input":[{"role":"user","parts":[{"content":${deep}}]}]}`, 422],
    ["acp/rest", "/runs/x", `{"mode":"sync","await_resume":${deep}}`, 422],
    ["a2a/rest", "/message:send", deep, 400],
    ["a2a/rest", "/message:send", message(`"parts":${deep}`), 400],
    ["a2a/rest", "/message:send", message(`"contextId":${deep},"parts":[{"text":"x"}]`), 400],
    ["a2a/jsonrpc", "", `{"jsonrpc":"2.0","id":1,"method":"SendMessage","params":${deep}}`, 200],
    ["mcp/jsonrpc", "", deep, 400],
    ["mcp/jsonrpc", "", `{"jsonrpc":"2.0","id":${deep},"method":"tools/call"}`, 400],
    ["mcp/jsonrpc", "", `{"jsonrpc":"2.0","id":1,"method":"initialize","params":${deep}}`, 400],
  ];

  it.each(
    bodies.map(([binding, path, body, status]) => ({ binding, path, body, status, shown: body.replace(deep, "…") })),
  )("is the client's mistake: $binding $path $shown", async ({ binding, path, body, status }) => {
    await using server = await serve([binding], new Agents());
    const headers = { ...a2aHeaders, accept: "application/json, text/event-stream" };
    const [got] = await postMany(server.url(binding) + path, headers, body, 1);
    expect(got).toBe(status);
  });

  it("is the client's mistake on a WebSocket", async () => {
    await using server = await serve(["acp/websocket"], new Agents());
    await using probe = await probeWebSocket(server.url("acp/websocket"));
    probe.send(`{"id":1,"op":"run","request":{"agent_name":${deep}}}`);
    expect(await probe.next()).toMatchObject({ id: 1, error: { code: "invalid_input" } });
  });
});

describe("a flood of small frames", () => {
  it.each([
    ["acp/rest", "acp/websocket", "{}"],
    ["mcp/jsonrpc", "mcp/websocket", "{}"],
  ])("lets others be answered in between: %s beside %s", async (honest, flooded, frame) => {
    await using server = await serve([honest, flooded], new Agents());
    const frames = 60_000;
    let flooding = true;
    const flood = floodFrames(server.url(flooded), frame, frames).finally(() => {
      flooding = false;
    });
    let answered = 0;
    while (flooding) {
      await (await fetch(server.url(honest))).text();
      answered++;
    }
    expect(await flood).toBe(frames);
    expect(answered).toBeGreaterThan(60);
  });
});
