import type { Task } from "@apb/protocols/a2a";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bodyLimitBytes } from "../http-body.ts";
import { openProbe, type Probe } from "../testing/a2a/probe.ts";

let probe: Probe;
beforeAll(async () => {
  probe = await openProbe();
});
afterAll(() => probe[Symbol.asyncDispose]());

const version = { "a2a-version": "1.0" };
const json = { ...version, "content-type": "application/a2a+json" };
const hi = JSON.stringify({ message: { messageId: "m1", role: "ROLE_USER", parts: [{ text: "hi" }] } });
const nobody = "00000000-0000-4000-8000-000000000000";

interface Sent {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
}

const send = ({ path, ...init }: Sent): Promise<Response> => fetch(probe.origin + path, init as RequestInit);
const post = (path: string, body: string | Uint8Array = hi, headers: Record<string, string> = json): Sent => ({
  path: `/agents/echo${path}`,
  method: "POST",
  headers,
  body,
});
const get = (path: string, headers: Record<string, string> = version): Sent => ({
  path: `/agents/echo${path}`,
  headers,
});

describe("message:send", () => {
  it.each<[string, Sent]>([
    ["application/a2a+json", post("/message:send")],
    ["application/json", post("/message:send", hi, { ...version, "content-type": "application/json" })],
    ["a charset", post("/message:send", hi, { ...version, "content-type": "Application/JSON; charset=utf-8" })],
    ["the version as a query", post("/message:send?A2A-Version=1.0", hi, { "content-type": "application/json" })],
    ["an empty header and a query", post("/message:send?a2a-version=1.0", hi, { ...json, "a2a-version": "" })],
    ["a patch version", post("/message:send", hi, { ...json, "a2a-version": "1.0.1" })],
    ["an escaped name", { ...post(""), path: "/agents/%65cho/message:send" }],
  ])("takes %s", async (_name, sent) => {
    const response = await send(sent);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/a2a+json");
    expect(await response.json()).toMatchObject({ message: { role: "ROLE_AGENT", parts: [{ text: "hi" }] } });
  });
});

const info = (reason: string) => [
  { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason, domain: "a2a-protocol.org" },
];
const versionText = (got: string) => `expected A2A-Version 1.0, got ${got}`;
const typeText = (got: string) => `expected Content-Type application/json or application/a2a+json, got ${got}`;
const notJson = "expected a body of JSON in UTF-8";
const unsupported = info("VERSION_NOT_SUPPORTED");
const wrongType = info("CONTENT_TYPE_NOT_SUPPORTED");

describe("errors", () => {
  it.each<[string, Sent, number, string, string, object[]]>([
    [
      "no version",
      post("/message:send", hi, { "content-type": "application/json" }),
      400,
      "FAILED_PRECONDITION",
      versionText("none, which means 0.3"),
      unsupported,
    ],
    [
      "version 1.1 as a query",
      get("/tasks?A2A-Version=1.1", {}),
      400,
      "FAILED_PRECONDITION",
      versionText('"1.1"'),
      unsupported,
    ],
    ["no type", post("/message:send", Buffer.from(hi), version), 400, "INVALID_ARGUMENT", typeText("none"), wrongType],
    ["no body", post("/message:send", ""), 400, "INVALID_ARGUMENT", notJson, []],
    ["no JSON", post("/message:send", "{"), 400, "INVALID_ARGUMENT", notJson, []],
    [
      "bytes that are no UTF-8",
      post("/message:send", Buffer.from([0x22, 0xff, 0x22])),
      400,
      "INVALID_ARGUMENT",
      notJson,
      [],
    ],
    [
      "JSON that is no object",
      post("/message:send", "[]"),
      400,
      "INVALID_ARGUMENT",
      "the request: expected an object, got an object or array",
      [],
    ],
    ["no JSON to cancel with", post(`/tasks/${nobody}:cancel`, "{"), 400, "INVALID_ARGUMENT", notJson, []],
    [
      "a status that is none",
      get("/tasks?status=running"),
      400,
      "INVALID_ARGUMENT",
      expect.stringMatching(/^status: expected one of TASK_STATE_UNSPECIFIED, /),
      [],
    ],
    [
      "a time that is none",
      get("/tasks?statusTimestampAfter=now"),
      400,
      "INVALID_ARGUMENT",
      'statusTimestampAfter: expected an ISO 8601 timestamp, got "now"',
      [],
    ],
    [
      "a flag that is none",
      get("/tasks?includeArtifacts=1"),
      400,
      "INVALID_ARGUMENT",
      'includeArtifacts: expected true or false, got "1"',
      [],
    ],
    [
      "a length that is none",
      get(`/tasks/${nobody}?historyLength=a`),
      400,
      "INVALID_ARGUMENT",
      'historyLength: expected a whole number, 0 or more, got "a"',
      [],
    ],
    [
      "an agent that is not there",
      { ...post(""), path: "/agents/no/message:send" },
      404,
      "NOT_FOUND",
      'there is no agent "no"',
      [],
    ],
    [
      "an agent's name that is no encoding",
      { ...post(""), path: "/agents/%ff/message:send" },
      404,
      "NOT_FOUND",
      'there is no agent "%ff"',
      [],
    ],
    [
      "an operation that is not there",
      post("/message:forget"),
      404,
      "NOT_FOUND",
      "there is no operation at message:forget",
      [],
    ],
    ["no operation", post(""), 404, "NOT_FOUND", "there is no operation at ", []],
    [
      "a task's method that is none",
      post(`/tasks/${nobody}:forget`),
      404,
      "NOT_FOUND",
      `there is no operation at tasks/${nobody}:forget`,
      [],
    ],
  ])("answers %s", async (_name, sent, code, status, message, details) => {
    const response = await send(sent);
    expect({ status: response.status, body: await response.json() }).toEqual({
      status: code,
      body: { error: { code, status, message, details } },
    });
    expect(response.headers.get("content-type")).toBe("application/a2a+json");
  });

  it.each([
    ["GET", "/agents/echo/message:send", "POST"],
    ["DELETE", "/agents/echo/tasks", "GET"],
    ["PUT", `/agents/echo/tasks/${nobody}:subscribe`, "GET, POST"],
    ["PATCH", `/agents/echo/tasks/${nobody}/pushNotificationConfigs/1`, "GET, DELETE"],
    ["POST", "/agents/", "GET, HEAD"],
    ["POST", "/agents", "GET, HEAD"],
    ["POST", "/agents/echo/.well-known/agent-card.json", "GET, HEAD"],
  ])("answers %s %s with 405", async (method, path, allow) => {
    const response = await send({ path, method, headers: json });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe(allow);
    expect(await response.json()).toMatchObject({ error: { code: 405, status: "UNIMPLEMENTED", details: [] } });
  });

  it("answers what the listener refuses in its own shape", async () => {
    const large = await send(post("/message:send", Buffer.alloc(bodyLimitBytes + 1)));
    expect(await large.json()).toMatchObject({ error: { code: 413, status: "RESOURCE_EXHAUSTED", details: [] } });
    const foreign = await send(get("/tasks", { ...version, origin: "http://example.com" }));
    expect(await foreign.json()).toMatchObject({ error: { code: 403, status: "PERMISSION_DENIED", details: [] } });
  });
});

describe("tasks", () => {
  it.each([
    ["GET", null],
    ["POST", ""],
    ["POST", "{}"],
  ])("can be subscribed to by %s with the body %j", async (method, body) => {
    const tokens = (path: string, sent: Omit<Sent, "path">) => send({ path: `/agents/tokens${path}`, ...sent });
    const text = '{"chunks":7200,"intervalMs":5}';
    const asked = { message: { messageId: "m", role: "ROLE_USER", parts: [{ text }] } };
    const begin = JSON.stringify({ ...asked, configuration: { returnImmediately: true } });
    const begun = await tokens("/message:send", { method: "POST", headers: json, body: begin });
    const { id } = ((await begun.json()) as { task: Task }).task;
    const sent = body === null ? { method, headers: version } : { method, headers: json, body };
    const stream = await tokens(`/tasks/${id}:subscribe`, sent);
    expect([stream.status, stream.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
    await tokens(`/tasks/${id}:cancel`, { method: "POST", headers: json, body: "{}" });
    const events = (await stream.text()).split("\n\n");
    expect(events[0]).toMatch(/^data: \{"task":\{/);
    expect(events.slice(-2)).toEqual([expect.stringMatching(/^data: \{"statusUpdate":.*CANCELED/), ""]);
    const after = await tokens(`/tasks/${id}:subscribe`, sent);
    expect(await after.json()).toMatchObject({ error: { details: info("UNSUPPORTED_OPERATION") } });
  });
});

describe("the directory", () => {
  it.each(["/agents", "/agents/"])("lists the agents at %s", async (path) => {
    const response = await send({ path });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    const { agents } = (await response.json()) as { agents: unknown };
    expect(agents).toContainEqual({
      name: "echo",
      description: "Returns the message unchanged.",
      card: "/agents/echo/.well-known/agent-card.json",
    });
  });
});
