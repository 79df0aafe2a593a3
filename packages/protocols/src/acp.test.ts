import { describe, expect, it } from "vitest";
import { errorCodeOf, isPart, runCreateText, textOf, textPart } from "./acp.ts";
import { readAgents, readAnswer, readError, readItem, readTask } from "./acp-client.ts";
import { isLast, readFrame, replyFrame, requestFrame, runFrame } from "./acp-frames.ts";
import { readRunCreate, readRunResume } from "./acp-server.ts";

const id = "5f0c7a1e-6f2b-4a53-9d6c-0d9b2f6f6f01";
const run = {
  run_id: id,
  agent_name: "echo",
  session_id: id,
  status: "completed",
  await_request: null,
  output: [{ role: "agent/echo", parts: [{ content: "Hel" }, textPart("lo")], created_at: "2026-11-21T01:21:14.532Z" }],
  error: null,
  created_at: "2026-11-21T01:21:14.532Z",
  finished_at: "2026-11-21T01:21:14.533Z",
};
const failed = { ...run, status: "failed", output: [], error: { code: "server_error", message: "no luck" } };

describe("parts", () => {
  it.each([
    [{ content: "plain by default" }, "plain by default"],
    [{ content: "", content_type: "text/plain" }, ""],
    [{ content: "# A", content_type: "text/markdown" }, "# A"],
    [{ content: "4p2k77iP", content_encoding: "base64" }, "❤️"],
    [{ content: "4p2k77iP", content_encoding: "base64", content_type: "image/png" }, null],
    [{ content: "/w==", content_encoding: "base64" }, null],
    [{ content: "not base64!", content_encoding: "base64" }, null],
    [{ content_url: "http://localhost/x" }, null],
    [{}, null],
  ] as const)("of %j have the text %j", (part, text) => {
    expect(isPart(part)).toBe(true);
    expect(textOf(part)).toBe(text);
  });

  it.each([null, [], "text", { content: 1 }, { content_type: [] }, { content_encoding: "gzip" }, { content_url: {} }])(
    "are not %j",
    (value) => expect(isPart(value)).toBe(false),
  );

  it("have content or a URL, not both", () => {
    expect(isPart({ content: "x", content_url: "http://localhost/x" })).toBe(false);
  });
});

describe("a server", () => {
  it("reads what a client builds", () => {
    expect(readRunCreate(JSON.parse(runCreateText("echo", "héllo", "stream")))).toEqual({
      agent: "echo",
      text: "héllo",
      mode: "stream",
      sessionId: null,
    });
  });

  it("joins the texts of all parts of all messages, and takes the session from either place", () => {
    const input = [
      { role: "user", parts: [{ content: "a" }, { content: "b" }] },
      { role: "agent/echo", parts: [] },
      { role: "agent", parts: [{ content: "c" }] },
    ];
    const order = { agent: "echo", text: "abc", mode: "sync", sessionId: id };
    expect(readRunCreate({ agent_name: "echo", input, session_id: id })).toEqual(order);
    expect(readRunCreate({ agent_name: "echo", input, session: { id, history: [] } })).toEqual(order);
  });

  const message = { role: "user", parts: [{ content: "x" }] };
  it.each([
    [null, "a JSON object"],
    [[], "a JSON object"],
    [{ input: [message] }, "agent_name"],
    [{ agent_name: "echo" }, "input"],
    [{ agent_name: "echo", input: [] }, "input"],
    [{ agent_name: "echo", input: message }, "input"],
    [{ agent_name: "echo", input: ["x"] }, "a message"],
    [{ agent_name: "echo", input: [{ parts: [] }] }, "role"],
    [{ agent_name: "echo", input: [{ role: "system", parts: [] }] }, "role"],
    [{ agent_name: "echo", input: [{ role: "user" }] }, "parts"],
    [{ agent_name: "echo", input: [{ role: "user", parts: [null] }] }, "a message part"],
    [{ agent_name: "echo", input: [{ role: "user", parts: [{}] }] }, "text in its content"],
    [{ agent_name: "echo", input: [{ role: "user", parts: [{ content_url: "file:///etc/passwd" }] }] }, "text"],
    [{ agent_name: "echo", input: [message], mode: "later" }, "mode"],
    [{ agent_name: "echo", input: [message], mode: null }, "mode"],
    [{ agent_name: "echo", input: [message], session_id: "mine" }, "session"],
    [{ agent_name: "echo", input: [message], session: "mine" }, "session"],
  ])("says what is wrong with %j", (request, word) => {
    expect(readRunCreate(request)).toEqual({ invalid: expect.stringContaining(word) });
  });

  it("reads what resumes a run", () => {
    expect(readRunResume({ await_resume: { type: "message", message }, mode: "sync" })).toBeNull();
    expect(readRunResume({ mode: "sync" })).toEqual({ invalid: expect.stringContaining("await_resume") });
    expect(readRunResume({ await_resume: {} })).toEqual({ invalid: expect.stringContaining("mode") });
    expect(readRunResume(null)).toEqual({ invalid: expect.stringContaining("object") });
  });

  it.each([
    [400, "invalid_input"],
    [422, "invalid_input"],
    [404, "not_found"],
    [403, "server_error"],
    [500, "server_error"],
  ])("gives status %d the code %s, as the Python server does", (status, code) => {
    expect(errorCodeOf(status)).toBe(code);
  });
});

describe("a client", () => {
  it("reads agents", () => {
    expect(readAgents({ agents: [{ name: "a" }, { name: "b" }] })).toEqual({ kind: "agents", agents: ["a", "b"] });
    expect(readAgents({ agents: [{}] })).toMatchObject({ kind: "problem", failure: "protocol" });
  });

  it("reads the answer of a completed run, and why there is none", () => {
    expect(readAnswer(run)).toEqual({ kind: "message", body: "Hello" });
    expect(readAnswer(failed)).toMatchObject({ failure: "agent", message: expect.stringContaining("no luck") });
    for (const status of ["cancelled", "awaiting", "in-progress"])
      expect(readAnswer({ ...run, status })).toMatchObject({ failure: "agent" });
  });

  it.each([
    ["created", "working", null],
    ["in-progress", "working", null],
    ["awaiting", "working", null],
    ["cancelling", "working", null],
    ["cancelled", "cancelled", null],
    ["failed", "failed", null],
    ["completed", "completed", "Hello"],
  ])("reads a run that is %s as a task", (status, state, body) => {
    expect(readTask({ ...run, status })).toEqual({ kind: "task", handle: id, state, body });
  });

  it.each([
    undefined,
    null,
    [],
    {},
    { ...run, run_id: 1 },
    { ...run, status: "done" },
    { ...run, status: "toString" },
    { ...run, output: undefined },
    { ...run, output: [{ role: "agent" }] },
    { ...run, output: [{ role: "agent", parts: [{ content: 1 }] }] },
    { ...run, created_at: undefined },
    { ...run, error: "no luck" },
  ])("takes %j for no run", (value) => {
    expect(readAnswer(value)).toMatchObject({ kind: "problem", failure: "protocol" });
    expect(readTask(value)).toMatchObject({ kind: "problem", failure: "protocol" });
  });

  it("reads errors by their code", () => {
    const error = (code: string): unknown => ({ code, message: "why" });
    expect(readError(error("not_found"), "agent")).toMatchObject({ failure: "unknown-agent", message: "why" });
    expect(readError(error("not_found"), "run")).toMatchObject({ failure: "unknown-task" });
    expect(readError(error("invalid_input"), "run")).toMatchObject({ failure: "rejected" });
    expect(readError(error("server_error"), "agent")).toMatchObject({ failure: "rejected" });
    expect(readError(error("teapot"), "agent")).toMatchObject({ failure: "protocol" });
    expect(readError({ detail: "Not Found" }, "agent")).toMatchObject({ failure: "protocol" });
  });

  it.each([
    [
      { type: "run.created", run },
      { kind: "item", body: null, ended: false },
    ],
    [
      { type: "message.part", part: textPart("x") },
      { kind: "item", body: "x", ended: false },
    ],
    [
      { type: "message.part", part: { content_url: "http://x" } },
      { kind: "item", body: null, ended: false },
    ],
    [
      { type: "generic", generic: {} },
      { kind: "item", body: null, ended: false },
    ],
    [
      { type: "run.completed", run },
      { kind: "item", body: null, ended: true },
    ],
    [{ type: "run.failed", run: failed }, { failure: "agent" }],
    [{ type: "run.cancelled", run: { ...run, status: "cancelled" } }, { failure: "agent" }],
    [{ type: "run.awaiting", run: { ...run, status: "awaiting" } }, { failure: "agent" }],
    [{ type: "error", error: { code: "server_error", message: "why" } }, { failure: "rejected" }],
    [{ type: "run.failed" }, { failure: "protocol" }],
    [{ type: "message.part", part: "x" }, { failure: "protocol" }],
    [{ type: "error", error: "why" }, { failure: "protocol" }],
    [{ type: "run.forgotten" }, { failure: "protocol" }],
    [undefined, { failure: "protocol" }],
  ])("reads the event %j", (event, item) => {
    expect(readItem(event)).toMatchObject(item);
  });
});

describe("frames", () => {
  it("carry requests and replies", () => {
    expect(JSON.parse(runFrame(7, runCreateText("echo", "x", "sync")))).toMatchObject({ id: 7, op: "run" });
    expect(requestFrame({ id: 8, op: "get", run_id: id })).toBe(`{"id":8,"op":"get","run_id":"${id}"}`);
    expect(replyFrame(7, "end", "true")).toBe('{"id":7,"end":true}');
    expect(replyFrame(null, "error", "{}")).toBe('{"id":null,"error":{}}');
  });

  it("are told apart by id", () => {
    expect(readFrame('{"id":0,"end":true}')).toEqual({ id: 0, end: true });
    for (const id of ["-1", "1.5", '"1"', "9007199254740992", "null"]) expect(readFrame(`{"id":${id}}`)).toBeNull();
    for (const text of ["", "{", "null", "[]", '"x"', "{}"]) expect(readFrame(text)).toBeNull();
  });

  it("are the last of their request unless they carry an event", () => {
    const frames = [{ event: {} }, { end: true }, { run }, { error: {} }];
    expect(frames.map((frame) => isLast({ id: 1, ...frame }))).toEqual([false, true, true, true]);
  });
});
