import { runCreateText, runModes } from "@apb/protocols/acp";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Agents } from "../agents/agents.ts";
import { type Listening, listen } from "../listen.ts";
import { acpOperations, acpSchemas } from "../testing/acp/openapi-schemas.ts";
import { probeWebSocket } from "../testing/websocket-probe.ts";

const ajv = new Ajv2020({
  allErrors: true,
  formats: {
    uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
    uri: /^[a-z][a-z0-9+.-]*:/i,
  },
}).addSchema(acpSchemas);

let server: Listening;
beforeAll(async () => {
  const bindings = ["acp/rest", "acp/websocket"];
  server = await listen({ bindings, port: 0, host: "loopback", agents: new Agents() });
});
afterAll(() => server[Symbol.asyncDispose]());

/** What is wrong with a value by the schema of a name; an empty text when nothing is. */
function faults(schema: string, value: unknown): string {
  const validate = ajv.getSchema(`acp#/$defs/${schema}`);
  if (validate === undefined) throw new Error(`there is no schema ${schema}`);
  return validate(value) ? "" : ajv.errorsText(validate.errors);
}

type Operation = keyof typeof acpOperations;

/** Asks for a path of an operation; the reply has this status and is what the OpenAPI says, and comes back. */
async function ask(operation: Operation, path: string, status: number, body?: string | null): Promise<unknown> {
  const [method = ""] = operation.split(" ");
  const headers = body == null ? {} : { "content-type": "application/json" };
  const reply = await fetch(`${server.urls["acp/rest"]}${path}`, { method, headers, body: body ?? null });
  const value = await reply.json();
  expect(reply.status).toBe(status);
  expect(reply.headers.get("content-type")).toBe("application/json");
  const successes: Readonly<Record<number, string>> = acpOperations[operation];
  expect(status in successes || status >= 400).toBe(true);
  expect(faults(successes[status] ?? "Error", value)).toBe("");
  return value;
}

/** Every event of a stream. */
async function streamed(body: string): Promise<unknown[]> {
  const headers = { "content-type": "application/json" };
  const reply = await fetch(`${server.urls["acp/rest"]}/runs`, { method: "POST", headers, body });
  expect([reply.status, reply.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
  const events = (await reply.text()).split("\n\n").slice(0, -1);
  return events.map((event) => JSON.parse(event.replace(/^data: /, "")));
}

const endless = JSON.stringify({ chunks: 7200, intervalMs: 1000 });
const nobody = "00000000-0000-4000-8000-000000000000";
/** Agents and texts that make every kind of outcome. */
const outcomes = [
  ["echo", "Hello, 한국어"],
  ["echo", ""],
  ["researcher", "why"],
  ["tokens", '{"chunks":3}'],
  ["tokens", '{"chunks":0}'],
  ["tokens", '{"chunks":2,"intervalMs":1}'],
  ["tokens", "not JSON"],
] as const;

async function started(agent: string, text: string): Promise<string> {
  const run = await ask("POST /runs", "/runs", 202, runCreateText(agent, text, "async"));
  return (run as { run_id: string }).run_id;
}

describe("acp/rest by the OpenAPI", () => {
  it("GET /ping", async () => {
    await ask("GET /ping", "/ping", 200);
  });

  it.each([
    ["", 200],
    ["?limit=1", 200],
    ["?limit=1000&offset=3", 200],
    ["?offset=100", 200],
    ["?limit=0", 422],
    ["?limit=1001", 422],
    ["?limit=x", 422],
    ["?offset=-1", 422],
  ])("GET /agents%s: %i", async (query, status) => {
    await ask("GET /agents", `/agents${query}`, status);
  });

  it.each([...new Agents().list.map(({ name }): [string, number] => [name, 200]), ["nobody", 404]])(
    "GET /agents/%s: %i",
    async (name, status) => {
      await ask("GET /agents/{name}", `/agents/${name}`, status);
    },
  );

  it.each(outcomes)("POST /runs and what follows: %s %j", async (agent, text) => {
    const run = (await ask("POST /runs", "/runs", 200, runCreateText(agent, text, "sync"))) as Record<string, string>;
    await ask("GET /runs/{run_id}", `/runs/${run.run_id}`, 200);
    await ask("GET /runs/{run_id}/events", `/runs/${run.run_id}/events`, 200);
    await ask("GET /session/{session_id}", `/session/${run.session_id}`, 200);
    await ask("POST /runs/{run_id}/cancel", `/runs/${run.run_id}/cancel`, 403);
    const id = await started(agent, text);
    await ask("GET /runs/{run_id}", `/runs/${id}`, 200);
    for (const event of await streamed(runCreateText(agent, text, "stream"))) expect(faults("Event", event)).toBe("");
  });

  it("a run on its way, and out of it", async () => {
    const id = await started("tokens", endless);
    await ask("GET /runs/{run_id}", `/runs/${id}`, 200);
    await ask("GET /runs/{run_id}/events", `/runs/${id}/events`, 200);
    await ask("POST /runs/{run_id}/cancel", `/runs/${id}/cancel`, 202);
    await ask("GET /runs/{run_id}", `/runs/${id}`, 200);
    await ask("GET /runs/{run_id}/events", `/runs/${id}/events`, 200);
    await ask("POST /runs/{run_id}/cancel", `/runs/${id}/cancel`, 403);
  });

  it.each(runModes)("POST /runs/{run_id}, where no run awaits anything: %s", async (mode) => {
    const resume = JSON.stringify({ await_resume: { type: "message", message: { role: "user", parts: [] } }, mode });
    const id = await started("echo", "x");
    await ask("POST /runs/{run_id}", `/runs/${id}`, 403, resume);
    await ask("POST /runs/{run_id}", `/runs/${nobody}`, 404, resume);
    await ask("POST /runs/{run_id}", `/runs/${id}`, 422, JSON.stringify({ mode }));
  });

  it.each<[Operation, string, number, string | null]>([
    ["GET /runs/{run_id}", `/runs/${nobody}`, 404, null],
    ["GET /runs/{run_id}/events", `/runs/${nobody}/events`, 404, null],
    ["POST /runs/{run_id}/cancel", `/runs/${nobody}/cancel`, 404, null],
    ["GET /session/{session_id}", `/session/${nobody}`, 404, null],
    ["POST /runs", "/runs", 404, runCreateText("nobody", "x", "sync")],
    ["POST /runs", "/runs", 404, runCreateText("nobody", "x", "async")],
    ["POST /runs", "/runs", 404, runCreateText("nobody", "x", "stream")],
    ["POST /runs", "/runs", 400, "{"],
    ["POST /runs", "/runs", 422, "[]"],
    ["POST /runs", "/runs", 422, '{"agent_name":"echo","input":[]}'],
    ["POST /runs", "/runs", 422, '{"agent_name":"echo","input":[{"role":"model","parts":[]}]}'],
    ["POST /runs", "/runs", 422, '{"agent_name":"echo","input":[{"role":"user","parts":[{"content":1}]}]}'],
  ])("%s refuses %s with %i and an Error: %s", async (operation, path, status, body) => {
    await ask(operation, path, status, body);
  });
});

describe("acp/websocket by the OpenAPI", () => {
  const schemas = { agents: "AgentManifest", run: "Run", event: "Event", error: "Error" } as const;
  type Frame = Readonly<Record<string, unknown>>;

  /** The members of all frames that answer this one, the last included. */
  async function members(frame: object): Promise<string[]> {
    await using client = await probeWebSocket<Frame>(server.urls["acp/websocket"] as string);
    client.send(frame);
    const seen: string[] = [];
    for (;;) {
      const { id, ...content } = await client.next();
      const [[member, value] = [""]] = Object.entries(content);
      seen.push(member);
      for (const one of Array.isArray(value) ? value : [value])
        if (member in schemas) expect(faults(schemas[member as keyof typeof schemas], one)).toBe("");
      if (member !== "event") return seen;
    }
  }

  it.each(outcomes)("run: %s %j", async (agent, text) => {
    const ordered = (mode: (typeof runModes)[number]): object => ({
      id: 1,
      op: "run",
      request: JSON.parse(runCreateText(agent, text, mode)),
    });
    expect(await members(ordered("sync"))).toEqual(["run"]);
    expect(await members(ordered("async"))).toEqual(["run"]);
    const seen = await members(ordered("stream"));
    expect([seen.length >= 4, new Set(seen.slice(0, -1)), seen.at(-1)]).toEqual([true, new Set(["event"]), "end"]);
  });

  it("agents, get, cancel, and what is refused", async () => {
    const id = await started("tokens", endless);
    expect(await members({ id: 1, op: "agents" })).toEqual(["agents"]);
    expect(await members({ id: 1, op: "agents", limit: 0 })).toEqual(["error"]);
    expect(await members({ id: 1, op: "get", run_id: nobody })).toEqual(["error"]);
    expect(await members({ id: 1, op: "run", request: {} })).toEqual(["error"]);
    // Each binding has runs of its own.
    expect(await members({ id: 1, op: "cancel", run_id: id })).toEqual(["error"]);
    await ask("POST /runs/{run_id}/cancel", `/runs/${id}/cancel`, 202);
  });
});

describe("the schemas", () => {
  it.each(runModes)("are those of the requests our clients send: %s", (mode) => {
    expect(faults("RunCreateRequest", JSON.parse(runCreateText("echo", "x", mode)))).toBe("");
  });

  it("miss what is missing, and see what is wrong", async () => {
    const run = (await ask("POST /runs", "/runs", 200, runCreateText("echo", "x", "sync"))) as object;
    for (const member of ["run_id", "agent_name", "status", "output", "created_at"])
      expect(faults("Run", { ...run, [member]: undefined })).not.toBe("");
    const message = { role: "agent/echo", parts: [{ content: "x" }] };
    for (const [schema, value] of [
      ["Run", { ...run, run_id: "1" }],
      ["Run", { ...run, status: "done" }],
      ["Run", { ...run, created_at: "yesterday" }],
      ["Run", { ...run, output: [{ ...message, role: "model" }] }],
      ["Message", { ...message, parts: [{ content: "x", content_url: "https://example.com" }] }],
      ["Event", { type: "run.created" }],
      ["Event", { type: "run.ended", run }],
      [
        "AgentManifest",
        { name: "Echo!", description: "", input_content_types: ["*/*"], output_content_types: ["*/*"] },
      ],
      ["Error", { code: "teapot", message: "" }],
    ] as const)
      expect(faults(schema, value)).not.toBe("");
  });
});
