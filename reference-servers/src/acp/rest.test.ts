import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Agents } from "../agents/agents.ts";
import { bodyLimitBytes } from "../http-body.ts";
import { type Listening, listen } from "../listen.ts";

let server: Listening;
let url: string;

beforeAll(async () => {
  server = await listen({ bindings: ["acp/rest"], port: 0, host: "loopback", agents: new Agents() });
  url = server.urls["acp/rest"] as string;
});
afterAll(() => server[Symbol.asyncDispose]());

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const nobody = "00000000-0000-4000-8000-000000000000";
const endless = JSON.stringify({ chunks: 7200, intervalMs: 1000 });

function request(agent: string, content: string, mode?: string, more: object = {}): string {
  const part = { content_type: "text/plain", content, content_encoding: "plain" };
  return JSON.stringify({ agent_name: agent, input: [{ role: "user", parts: [part] }], mode, ...more });
}

function get(path: string): Promise<Response> {
  return fetch(url + path);
}

function post(path: string, body: string | Blob, type = "application/json"): Promise<Response> {
  return fetch(url + path, { method: "POST", headers: { "content-type": type }, body });
}

/** Status and body of a reply that must be JSON. */
async function answer(reply: Promise<Response>): Promise<{ status: number; body: unknown }> {
  const got = await reply;
  expect(got.headers.get("content-type")).toBe("application/json");
  return { status: got.status, body: await got.json() };
}

async function started(agent: string, content: string): Promise<string> {
  const { status, body } = await answer(post("/runs", request(agent, content, "async")));
  expect(status).toBe(202);
  return (body as { run_id: string }).run_id;
}

/** A run once it is no longer at work. */
async function ended(id: string): Promise<{ status: string }> {
  for (;;) {
    const run = (await (await get(`/runs/${id}`)).json()) as { status: string };
    if (run.status !== "in-progress") return run;
  }
}

async function events(reply: Response): Promise<unknown[]> {
  expect(reply.headers.get("content-type")).toBe("text/event-stream");
  const lines = (await reply.text()).split("\n\n");
  expect(lines.pop()).toBe("");
  return lines.map((line) => JSON.parse(line.replace(/^data: /, "")));
}

describe("acp/rest", () => {
  it("answers a ping", async () => {
    expect(await answer(get("/ping"))).toEqual({ status: 200, body: {} });
  });

  it("describes its agents, page by page", async () => {
    const names = async (query: string): Promise<string[]> => {
      const { body } = await answer(get(`/agents${query}`));
      return (body as { agents: { name: string }[] }).agents.map(({ name }) => name);
    };
    const all = ["echo", "planner", "researcher", "writer", "reviewer", "tokens", "login", "shop"];
    expect(await names("")).toEqual(all);
    expect(await names("?limit=2")).toEqual(all.slice(0, 2));
    expect(await names("?limit=1000&offset=4")).toEqual(all.slice(4));
    expect(await names("?offset=8")).toEqual([]);
    expect(await answer(get("/agents/echo"))).toEqual({
      status: 200,
      body: {
        name: "echo",
        description: "Returns the message unchanged.",
        input_content_types: ["text/plain"],
        output_content_types: ["text/plain"],
      },
    });
  });

  it("runs an agent and answers with its finished run", async () => {
    const reply = await post("/runs", request("echo", "Hello"));
    const run = (await reply.json()) as { run_id: string };
    const output = {
      role: "agent/echo",
      parts: [{ content_type: "text/plain", content: "Hello", content_encoding: "plain" }],
      created_at: expect.stringMatching(time),
      completed_at: expect.stringMatching(time),
    };
    expect(reply.status).toBe(200);
    expect(run).toEqual({
      run_id: expect.stringMatching(uuid),
      agent_name: "echo",
      session_id: expect.stringMatching(uuid),
      status: "completed",
      await_request: null,
      output: [output],
      error: null,
      created_at: expect.stringMatching(time),
      finished_at: expect.stringMatching(time),
    });
    expect(reply.headers.get("run-id")).toBe(run.run_id);
    expect(await answer(get(`/runs/${run.run_id}`))).toEqual({ status: 200, body: run });
    const { body } = await answer(get(`/runs/${run.run_id}/events`));
    expect((body as { events: { type: string }[] }).events.map(({ type }) => type)).toEqual([
      "run.created",
      "run.in-progress",
      "message.created",
      "message.part",
      "message.completed",
      "run.completed",
    ]);
  });

  it("answers with a failed run where the agent fails", async () => {
    const { status, body } = await answer(post("/runs", request("tokens", "not JSON")));
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: "failed",
      output: [],
      error: { code: "server_error", message: expect.stringContaining("tokens expects JSON") },
    });
  });

  it("waits for an agent that takes its time", async () => {
    const { body } = await answer(post("/runs", request("tokens", '{"chunks":3,"intervalMs":1}')));
    expect(body).toMatchObject({ status: "completed", output: [{ parts: [{ content: "token-0token-1token-2" }] }] });
  });

  it("starts a run and tells how it goes", async () => {
    const reply = await post("/runs", request("tokens", '{"chunks":2,"intervalMs":1}', "async"));
    const run = (await reply.json()) as { run_id: string };
    expect(reply.status).toBe(202);
    expect(reply.headers.get("run-id")).toBe(run.run_id);
    expect(run).toMatchObject({ status: "in-progress", output: [], error: null, finished_at: null });
    const part = (content: string): object => ({ content_type: "text/plain", content, content_encoding: "plain" });
    expect(await ended(run.run_id)).toMatchObject({
      status: "completed",
      output: [{ role: "agent/tokens", parts: [part("token-0"), part("token-1")] }],
      finished_at: expect.stringMatching(time),
    });
    expect(await ended(await started("tokens", "not JSON"))).toMatchObject({
      status: "failed",
      error: { code: "server_error" },
    });
  });

  it("streams a run's events in the order of the Python server", async () => {
    const reply = await post("/runs", request("tokens", '{"chunks":2}', "stream"));
    const got = await events(reply);
    const part = (content: string): object => ({ content_type: "text/plain", content, content_encoding: "plain" });
    expect(got).toMatchObject([
      { type: "run.created", run: { status: "created", output: [] } },
      { type: "run.in-progress", run: { status: "in-progress", output: [] } },
      { type: "message.created", message: { role: "agent/tokens", parts: [], completed_at: null } },
      { type: "message.part", part: part("token-0") },
      { type: "message.part", part: part("token-1") },
      { type: "message.completed", message: { parts: [part("token-0"), part("token-1")] } },
      { type: "run.completed", run: { status: "completed", finished_at: expect.stringMatching(time) } },
    ]);
    const id = reply.headers.get("run-id");
    expect(await answer(get(`/runs/${id}/events`))).toEqual({ status: 200, body: { events: got } });
  });

  it("streams the failure of an agent, and the empty answer of one that says nothing", async () => {
    const types = async (content: string): Promise<string[]> => {
      const got = await events(await post("/runs", request("tokens", content, "stream")));
      return got.map((event) => (event as { type: string }).type);
    };
    expect(await types("not JSON")).toEqual(["run.created", "run.in-progress", "run.failed"]);
    expect(await types('{"chunks":0}')).toEqual(["run.created", "run.in-progress", "run.completed"]);
  });

  it("cancels a run, once", async () => {
    const id = await started("tokens", endless);
    expect(await answer(post(`/runs/${id}/cancel`, ""))).toMatchObject({ status: 202, body: { status: "cancelling" } });
    expect(await ended(id)).toMatchObject({ status: "cancelled", error: null, finished_at: expect.any(String) });
    expect(await answer(post(`/runs/${id}/cancel`, ""))).toEqual({
      status: 403,
      body: { code: "server_error", message: "the run is cancelled and cannot be cancelled" },
    });
    const { body } = await answer(post("/runs", request("echo", "x")));
    const sync = (body as { run_id: string }).run_id;
    expect((await post(`/runs/${sync}/cancel`, "")).status).toBe(403);
  });

  it("cancels a streamed run when its reader goes away", async () => {
    const controller = new AbortController();
    const reply = await fetch(`${url}/runs`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: request("tokens", endless, "stream"),
      signal: controller.signal,
    });
    controller.abort();
    expect(await ended(reply.headers.get("run-id") as string)).toMatchObject({ status: "cancelled" });
  });

  it("refuses to resume, for no run awaits anything", async () => {
    const resume = JSON.stringify({ await_resume: { type: "message" }, mode: "sync" });
    const id = await started("tokens", endless);
    expect(await answer(post(`/runs/${id}`, resume))).toEqual({
      status: 403,
      body: { code: "server_error", message: "the run is in-progress and awaits nothing" },
    });
    expect((await post(`/runs/${nobody}`, resume)).status).toBe(404);
    expect((await post(`/runs/${id}`, "{}")).status).toBe(422);
    await post(`/runs/${id}/cancel`, "");
  });

  it("knows the sessions of the runs it knows, under both spellings", async () => {
    const mine = "c9bf9e57-1685-4c89-bafb-ff5af830be8a";
    const ours = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
    expect((await get(`/session/${mine}`)).status).toBe(404);
    await post("/runs", request("echo", "x", "sync", { session_id: mine }));
    await post("/runs", request("echo", "x", "async", { session: { id: ours } }));
    for (const path of ["/session", "/sessions"])
      for (const id of [mine, ours])
        expect(await answer(get(`${path}/${id}`))).toEqual({ status: 200, body: { id, history: [], state: null } });
  });
});

describe("acp/rest refuses", () => {
  const json = "application/json";
  it.each([
    ["an unknown agent", "/runs", request("nobody", "x"), json, 404, "not_found"],
    ["an unknown agent of a stream", "/runs", request("nobody", "x", "stream"), json, 404, "not_found"],
    ["an unknown agent of an async run", "/runs", request("nobody", "x", "async"), json, 404, "not_found"],
    ["no body", "/runs", "", json, 400, "invalid_input"],
    ["a body that is not JSON", "/runs", "{", json, 400, "invalid_input"],
    ["a body that is not UTF-8", "/runs", new Blob([Uint8Array.of(34, 255, 34)]), json, 400, "invalid_input"],
    ["a body that is no object", "/runs", "[]", json, 422, "invalid_input"],
    ["an unknown mode", "/runs", request("echo", "x", "later"), json, 422, "invalid_input"],
    [
      "a session that is no UUID",
      "/runs",
      request("echo", "x", "sync", { session_id: "1" }),
      json,
      422,
      "invalid_input",
    ],
    ["another content type", "/runs", request("echo", "x"), "text/plain", 415, "server_error"],
    ["to cancel an unknown run", `/runs/${nobody}/cancel`, "", json, 404, "not_found"],
    ["what is too large", "/runs", "x".repeat(bodyLimitBytes + 1), json, 413, "server_error"],
    ["a path below its own", "/runs/1/2/3", "", json, 404, "not_found"],
  ])("%s", async (_name, path, body, type, status, code) => {
    expect(await answer(post(path, body, type))).toEqual({ status, body: { code, message: expect.any(String) } });
  });

  it.each([
    [`/runs/${nobody}`, 404],
    [`/runs/${nobody}/events`, 404],
    ["/runs/toString", 404],
    ["/agents/nobody", 404],
    ["/agents/", 404],
    ["/agents?limit=0", 422],
    ["/agents?limit=1001", 422],
    ["/agents?limit=1e3", 422],
    ["/agents?offset=-1", 422],
    ["/agents?offset=99999999999999999999", 422],
  ])("GET %s with %d", async (path, status) => {
    const { status: got, body } = await answer(get(path));
    expect(got).toBe(status);
    expect(body).toEqual({ code: status === 404 ? "not_found" : "invalid_input", message: expect.any(String) });
  });

  it.each([
    ["GET", "/runs", "POST"],
    ["DELETE", `/runs/${nobody}`, "GET, POST"],
    ["GET", `/runs/${nobody}/cancel`, "POST"],
    ["POST", "/agents", "GET"],
    ["POST", "/ping", "GET"],
    ["PUT", "/session/1", "GET"],
  ])("%s %s, and says what is allowed", async (method, path, allow) => {
    const reply = await fetch(url + path, { method });
    expect(reply.status).toBe(405);
    expect(reply.headers.get("allow")).toBe(allow);
    expect(await reply.json()).toEqual({ code: "server_error", message: `expected ${allow}, got ${method}` });
  });

  it("accepts JSON with a charset", async () => {
    expect((await post("/runs", request("echo", "x"), "application/json; charset=utf-8")).status).toBe(200);
  });
});
