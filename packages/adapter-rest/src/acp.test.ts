import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import type { Session } from "@apb/core/binding";
import { afterEach, describe, expect, it } from "vitest";
import { acpRest } from "./acp.ts";

const never = new AbortController().signal;
const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly body: string;
}

interface Asking extends Session {
  readonly asked: readonly Asked[];
  readonly connections: { readonly opened: number };
}

/** A session with a server that gives every request this answer, and what it was asked. */
async function session(status: number, type: string, body: string, path = ""): Promise<Asking> {
  const asked: Asked[] = [];
  const server = http.createServer(async (request, response) => {
    const chunks = await request.toArray();
    asked.push({ method: request.method, url: request.url, body: Buffer.concat(chunks).toString() });
    response.writeHead(status, { "content-type": type }).end(body);
  });
  const connections = { opened: 0 };
  server.on("connection", () => {
    connections.opened++;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  const made = await acpRest.connect(url, { client: "library", signal: never });
  open.push(async () => {
    await made[Symbol.asyncDispose]();
    await new Promise((resolve) => server.close(resolve));
  });
  return Object.assign(made, { asked, connections });
}

const json = "application/json";
const events = "text/event-stream; charset=utf-8";
const run = {
  run_id: "5f0c7a1e-6f2b-4a53-9d6c-0d9b2f6f6f01",
  agent_name: "echo",
  status: "completed",
  output: [{ role: "agent/echo", parts: [{ content: "Hello" }] }],
  created_at: "2026-11-21T01:21:14.532Z",
};
const part = (content: string): string =>
  `data: ${JSON.stringify({ type: "message.part", part: { content_type: "text/plain", content } })}\n\n`;
const completed = `data: ${JSON.stringify({ type: "run.completed", run })}\n\n`;
const send = { kind: "send", agent: "echo", body: "Hello" } as const;
const stream = { kind: "stream", agent: "echo", body: "Hello" } as const;

describe("acp/rest", () => {
  it("asks as the specification has it, below any path", async () => {
    const below = await session(200, json, JSON.stringify(run), "/acp/");
    expect(await below.call(send, never)).toEqual({ kind: "message", body: "Hello" });
    await below.call({ kind: "start", agent: "echo", body: "" }, never);
    await below.call({ kind: "poll", handle: "a/b" }, never);
    await below.call({ kind: "cancel", handle: run.run_id }, never);
    const request = (content: string, mode: string): string =>
      JSON.stringify({
        agent_name: "echo",
        input: [{ role: "user", parts: [{ content_type: "text/plain", content }] }],
        mode,
      });
    expect(below.asked).toEqual([
      { method: "POST", url: "/acp/runs", body: request("Hello", "sync") },
      { method: "POST", url: "/acp/runs", body: request("", "async") },
      { method: "GET", url: "/acp/runs/a%2Fb", body: "" },
      { method: "POST", url: `/acp/runs/${run.run_id}/cancel`, body: "" },
    ]);
  });

  it.each([
    ["a page", 200, "text/html", "<html>", "protocol"],
    ["no run", 200, json, "{}", "protocol"],
    ["a failed run", 200, json, JSON.stringify({ ...run, status: "failed", output: [] }), "agent"],
    ["a run that awaits", 200, json, JSON.stringify({ ...run, status: "awaiting" }), "agent"],
    ["a 404 of ACP's", 404, json, '{"code":"not_found","message":"no agent"}', "unknown-agent"],
    ["another server's 404", 404, json, '{"detail":"Not Found"}', "protocol"],
    ["a gateway's 502", 502, "text/html", "<html>", "protocol"],
    ["a refusal", 422, json, '{"code":"invalid_input","message":"no"}', "rejected"],
  ])("says what it is to be answered with %s", async (_name, status, type, body, kind) => {
    const answered = await session(status, type, body);
    await expect(answered.call(send, never)).rejects.toMatchObject({ kind });
  });

  it("reads a stream's parts, and keeps the connection", async () => {
    const answered = await session(200, events, part("Hel") + part("lo") + completed);
    for (let n = 0; n < 2; n++) {
      const got = [];
      for await (const reply of answered.stream(stream, never)) got.push(reply);
      expect(got).toEqual([
        { kind: "message", body: "Hel", atMs: expect.any(Number) },
        { kind: "message", body: "lo", atMs: expect.any(Number) },
      ]);
    }
    expect(answered.connections.opened).toBe(1);
  });

  it.each([
    ["one that is cut off", 200, events, part("Hel"), "protocol"],
    ["an empty one", 200, events, "", "protocol"],
    ["one that is not JSON", 200, events, "data: {\n\n", "protocol"],
    ["a run instead", 200, json, JSON.stringify(run), "protocol"],
    ["a refusal", 404, json, '{"code":"not_found","message":"no agent"}', "unknown-agent"],
    [
      "an error in it",
      200,
      events,
      'data: {"type":"error","error":{"code":"server_error","message":"x"}}\n\n',
      "rejected",
    ],
  ])("says what it is to get, for a stream, %s", async (_name, status, type, body, kind) => {
    const answered = await session(status, type, body);
    await expect(async () => {
      for await (const _ of answered.stream(stream, never));
    }).rejects.toMatchObject({ kind });
  });
});
