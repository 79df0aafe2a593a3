import { describe, expect, it } from "vitest";
import {
  parseTaskHandle,
  readAgentCard,
  readAgentList,
  readJsonrpcError,
  readRestError,
  readSent,
  readStarted,
  readStreamed,
  readTask,
  sendMessageRequest,
  taskHandle,
} from "./a2a-client.ts";

const said = (...texts: string[]) => ({ messageId: "m", role: "ROLE_AGENT", parts: texts.map((text) => ({ text })) });
const task = (state: string, more: object = {}) => ({ id: "t", contextId: "c", status: { state }, ...more });
const artifacts = [
  { artifactId: "a", parts: [{ text: "x" }, { url: "u" }] },
  { artifactId: "b", parts: [{ text: "y" }] },
];
const failed = { id: "t", status: { state: "TASK_STATE_FAILED", message: said("why") } };
/** As proto-loader makes it: every field there, the absent ones null or empty, oneofs named. */
const decoded = {
  payload: "message",
  message: { messageId: "m", contextId: "", taskId: "", role: "ROLE_AGENT", parts: [{ content: "text", text: "hi" }] },
  task: null,
};

const problem = (failure: string) => ({ kind: "problem", failure });
const message = (body: string) => ({ kind: "message", body });
const item = (body: string | null, ended: boolean) => ({ kind: "item", body, ended });

describe("sendMessageRequest", () => {
  it("says no more than it must", () => {
    const request = { message: { messageId: "m", role: "ROLE_USER", parts: [{ text: "hi" }] } };
    expect(sendMessageRequest("m", "hi")).toEqual(request);
    expect(sendMessageRequest("m", "hi", true)).toEqual({ ...request, configuration: { returnImmediately: true } });
  });
});

describe("readSent", () => {
  it.each([
    ["a message", { message: said("hi") }, message("hi")],
    ["a message of several parts", { message: said("a", "", "b") }, message("ab")],
    ["a message of data", { message: { parts: [{ data: { n: 1 } }] } }, message('{"n":1}')],
    ["a message without text", { message: { parts: [{ url: "x" }] } }, message("")],
    ["a decoded message", decoded, message("hi")],
    ["a completed task", { task: task("TASK_STATE_COMPLETED", { artifacts }) }, message("xy")],
    ["a completed task without artifacts", { task: task("TASK_STATE_COMPLETED") }, message("")],
    ["a failed task", { task: failed }, { ...problem("agent"), message: "TASK_STATE_FAILED: why" }],
    ["a rejected task", { task: task("TASK_STATE_REJECTED") }, problem("agent")],
    ["a task that wants input", { task: task("TASK_STATE_INPUT_REQUIRED") }, problem("agent")],
    ["a cancelled task", { task: task("TASK_STATE_CANCELED") }, problem("rejected")],
    ["a task at work", { task: task("TASK_STATE_WORKING") }, problem("protocol")],
    ["a task in no state", { task: task("TASK_STATE_UNSPECIFIED") }, problem("protocol")],
    ["a task without an id", { task: { status: { state: "TASK_STATE_COMPLETED" } } }, problem("protocol")],
    ["a message without parts", { message: { messageId: "m" } }, problem("protocol")],
    ["neither", {}, problem("protocol")],
    ["no object", "hi", problem("protocol")],
    ["nothing", undefined, problem("protocol")],
  ])("of %s", (_name, response, read) => {
    expect(readSent(response)).toMatchObject(read);
  });
});

describe("readStarted", () => {
  it.each([
    ["a task at work", { task: task("TASK_STATE_SUBMITTED") }, { kind: "task", handle: "echo/t", state: "working" }],
    ["a task that failed", { task: failed }, { kind: "task", handle: "echo/t", state: "failed", body: null }],
    ["a message", { message: said("hi") }, problem("mismatch")],
    ["neither", {}, problem("protocol")],
  ])("of %s", (_name, response, read) => {
    expect(readStarted(response, "echo")).toMatchObject(read);
  });
});

describe("readTask", () => {
  it.each([
    ["at work", task("TASK_STATE_WORKING", { artifacts }), { handle: "t", state: "working", body: null }],
    ["completed", task("TASK_STATE_COMPLETED", { artifacts }), { handle: "t", state: "completed", body: "xy" }],
    ["cancelled", task("TASK_STATE_CANCELED"), { handle: "t", state: "cancelled", body: null }],
    ["in need of credentials", task("TASK_STATE_AUTH_REQUIRED"), { handle: "t", state: "failed", body: null }],
    [
      "answered in its status",
      { id: "t", status: { state: "TASK_STATE_COMPLETED", message: said("hi") } },
      { handle: "t", state: "completed", body: "hi" },
    ],
  ])("that is %s", (_name, value, read) => {
    expect(readTask(value, "")).toEqual({ kind: "task", ...read });
  });
});

describe("readStreamed", () => {
  it.each([
    ["the task", { task: task("TASK_STATE_WORKING") }, item(null, false)],
    ["a task that brings text", { task: task("TASK_STATE_WORKING", { artifacts }) }, item("xy", false)],
    ["a task that has ended", { task: task("TASK_STATE_COMPLETED", { artifacts }) }, item("xy", true)],
    ["a task that failed", { task: failed }, problem("agent")],
    ["an artifact", { artifactUpdate: { artifact: artifacts[0], lastChunk: true } }, item("x", false)],
    ["an artifact without parts", { artifactUpdate: { artifact: {} } }, problem("protocol")],
    ["progress", { statusUpdate: task("TASK_STATE_WORKING") }, item(null, false)],
    ["the end", { statusUpdate: task("TASK_STATE_COMPLETED") }, item(null, true)],
    ["failure", { statusUpdate: failed }, problem("agent")],
    ["cancellation", { statusUpdate: task("TASK_STATE_CANCELED") }, problem("rejected")],
    ["a message", { message: said("hi") }, item("hi", true)],
    ["a decoded message", { ...decoded, statusUpdate: null, artifactUpdate: null }, item("hi", true)],
    ["a message without parts", { message: {} }, problem("protocol")],
    ["an error", { error: { code: 500, status: "INTERNAL", message: "x", details: [] } }, problem("rejected")],
    ["something else", { ping: 1 }, problem("protocol")],
  ])("of %s", (_name, response, read) => {
    expect(readStreamed(response)).toMatchObject(read);
  });
});

describe("readRestError", () => {
  const details = [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "TASK_NOT_FOUND" }];
  it.each([
    ["a task that is not there", 404, { error: { code: 404, message: "x", details } }, "unknown-task"],
    ["an address that is not there", 404, undefined, "unknown-agent"],
    ["any other error", 400, { error: { code: 400, message: "no" } }, "rejected"],
    ["a body that is no A2A error", 502, "<html>", "protocol"],
  ])("of %s", (_name, status, body, failure) => {
    expect(readRestError(status, body)).toMatchObject(problem(failure));
  });
});

describe("readJsonrpcError", () => {
  it.each([
    [200, -32001, "unknown-task"],
    [404, -32001, "unknown-task"],
    [404, -32000, "unknown-agent"],
    [200, -32602, "rejected"],
  ])("of HTTP %i with code %i is %s", (status, code, failure) => {
    const read = readJsonrpcError(status, { code, message: "x" });
    expect(read).toEqual({ ...problem(failure), message: `JSON-RPC ${code}: x` });
  });
});

describe("directories", () => {
  it("reads a card", () => {
    expect(readAgentCard({ name: "Echo", skills: [{ id: "echo" }, { id: "Echo" }, {}] })).toEqual(["Echo", "echo"]);
    expect(readAgentCard({ name: "Echo" })).toEqual(["Echo"]);
    expect(readAgentCard({ agents: [] })).toBeUndefined();
  });

  it("reads a list", () => {
    expect(readAgentList({ agents: [{ name: "echo" }, { name: 1 }, null] })).toEqual(["echo"]);
    expect(readAgentList([])).toBeUndefined();
  });
});

describe("parseTaskHandle", () => {
  it("takes apart what taskHandle put together", () => {
    expect(parseTaskHandle(taskHandle("echo", "a/b"))).toEqual({ agent: "echo", id: "a/b" });
  });

  it.each(["", "id", "/id"])("knows that %j is none", (handle) => {
    expect(parseTaskHandle(handle)).toBeUndefined();
  });
});
