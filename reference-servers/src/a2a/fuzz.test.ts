import type { Task } from "@apb/protocols/a2a";
import { expect, it } from "vitest";
import { openProbe, type Probe } from "../testing/a2a/probe.ts";
import { type FuzzReply, fuzzHttp } from "../testing/http-fuzz.ts";
import type { FuzzRequest } from "../testing/http-mutations.ts";

const version = { "a2a-version": "1.0" };
const sent = {
  message: { messageId: "m", contextId: "c", role: "ROLE_USER", parts: [{ text: "hi", mediaType: "text/plain" }] },
  configuration: { historyLength: 1, returnImmediately: false, acceptedOutputModes: ["text/plain"] },
};

async function finishedTask(probe: Probe): Promise<string> {
  const request = { ...sent, configuration: { returnImmediately: true } };
  const { answer } = await probe.call("rest", "SendMessage", request);
  return (answer as { task: Task }).task.id;
}

function post(path: string, body: object): FuzzRequest {
  const headers = { ...version, "content-type": "application/json" };
  return { method: "POST", path, headers, body: JSON.stringify(body) };
}

function get(path: string): FuzzRequest {
  return { method: "GET", path, headers: version, body: "" };
}

/** Both doors share a port and a directory; anything else under `/agents` is REST's. */
const isRpc = (path: string): boolean => /^\/agents\/[^/?]+\/rpc\/?(\?|$)/.test(path);
const isServed = (path: string): boolean => /^\/agents([/?]|$)/.test(path);

function judge(reply: FuzzReply, { method, path }: FuzzRequest): string | null {
  if (!isServed(path)) return reply.status === 404 ? null : "expected 404 for a path that is nobody's";
  if (method === "HEAD") return reply.body === "" ? null : "expected no body for HEAD";
  const type = reply.headers["content-type"];
  if (type === "text/event-stream") return reply.body.startsWith("data: {") ? null : "expected an event";
  if (type !== "application/json" && type !== "application/a2a+json") return "expected JSON";
  return isRpc(path) ? judgeRpc(reply) : judgeRest(reply);
}

function judgeRest({ status, body }: FuzzReply): string | null {
  const { error, ...answer } = JSON.parse(body);
  if (error === undefined)
    return status === 200 && Object.keys(answer).length > 0 ? null : "expected 200 with an answer, or an error";
  const { code, status: name, message, details } = error;
  if (code !== status || ![400, 403, 404, 405].includes(status)) return "expected an error that goes with the status";
  return /^[A-Z_]+$/.test(name) && typeof message === "string" && Array.isArray(details) ? null : "expected an error";
}

const codes = [-32700, -32600, -32601, -32602, -32000, -32001, -32002, -32003, -32004, -32005, -32009];

function judgeRpc({ status, body }: FuzzReply): string | null {
  const { jsonrpc, id, result, error, ...others } = JSON.parse(body);
  if (jsonrpc !== "2.0" || Object.keys(others).length > 0) return "expected a JSON-RPC answer and nothing else";
  if (error === undefined) return status === 200 && id !== null && result !== undefined ? null : "expected a result";
  if (!codes.includes(error.code) || typeof error.message !== "string") return "expected an error of A2A or JSON-RPC";
  const expected = error.code === -32000 ? [404] : error.code === -32600 ? [200, 403, 405] : [200];
  return expected.includes(status) ? null : "expected a status that goes with the error";
}

it("answers 10,000 malformed REST requests within the protocol, and valid ones after them", async () => {
  await using probe = await openProbe();
  const id = await finishedTask(probe);
  const seeds = [
    post("/agents/echo/message:send", sent),
    post("/agents/planner/message:send?A2A-Version=1.0", sent),
    post("/agents/echo/message:stream", sent),
    get(`/agents/echo/tasks/${id}?historyLength=1`),
    get("/agents/echo/tasks?contextId=c&status=TASK_STATE_COMPLETED&pageSize=2&includeArtifacts=true"),
    get("/agents/"),
    get("/agents/echo/.well-known/agent-card.json"),
  ];
  await fuzzHttp({ url: probe.origin, seeds, runs: 10_000, judge });
}, 120_000);

it("answers 10,000 malformed JSON-RPC requests within the protocol, and valid ones after them", async () => {
  await using probe = await openProbe();
  const id = await finishedTask(probe);
  const rpc = (method: string, params: object): FuzzRequest =>
    post("/agents/echo/rpc", { jsonrpc: "2.0", id: 1, method, params });
  const seeds = [
    rpc("SendMessage", sent),
    rpc("SendStreamingMessage", sent),
    rpc("GetTask", { id, historyLength: 1 }),
    rpc("ListTasks", { contextId: "c", status: "TASK_STATE_COMPLETED", pageSize: 2, includeArtifacts: true }),
  ];
  await fuzzHttp({ url: probe.origin, seeds, runs: 10_000, judge });
  expect(await finishedTask(probe)).not.toBe(id);
}, 120_000);
