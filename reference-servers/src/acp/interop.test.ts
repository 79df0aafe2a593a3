import { createRequire } from "node:module";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Agents } from "../agents/agents.ts";
import { type Listening, listen } from "../listen.ts";

// The ES build of acp-sdk 1.0.3 does not load on Node 20 (it imports JSON without an attribute); the CommonJS build does.
const { ACPError, Client } = createRequire(import.meta.url)("acp-sdk") as typeof import("acp-sdk", { with: {
  "resolution-mode": "require",
}});

let server: Listening;
let client: InstanceType<typeof Client>;

beforeAll(async () => {
  server = await listen({ bindings: ["acp/rest"], port: 0, host: "loopback", agents: new Agents() });
  client = new Client({ baseUrl: server.urls["acp/rest"] as string });
});
afterAll(() => server[Symbol.asyncDispose]());

describe("the client of acp-sdk", () => {
  it("pings and discovers", async () => {
    await client.ping();
    const agents = await client.agents();
    expect(agents.map(({ name }) => name)).toContain("echo");
    expect(await client.agent("echo")).toMatchObject({ name: "echo", input_content_types: ["text/plain"] });
  });

  it("runs an agent and gets its answer", async () => {
    const run = await client.runSync("echo", "héllo");
    expect(run).toMatchObject({ status: "completed", agent_name: "echo" });
    expect(run.output[0]?.parts[0]?.content).toBe("héllo");
    expect(await client.runStatus(run.run_id)).toEqual(run);
    expect((await client.runEvents(run.run_id)).at(-1)).toEqual({ type: "run.completed", run });
  });

  it("keeps a session", async () => {
    const sessionId = "c9bf9e57-1685-4c89-bafb-ff5af830be8a";
    const run = await client.withSession((inSession) => inSession.runSync("echo", "x"), sessionId);
    expect(run.session_id).toBe(sessionId);
  });

  it("starts a run and asks about it", async () => {
    const { run_id } = await client.runAsync("tokens", '{"chunks":2}');
    let run = await client.runStatus(run_id);
    while (run.status === "in-progress") run = await client.runStatus(run_id);
    expect(run.status).toBe("completed");
    expect(run.output[0]?.parts.map(({ content }) => content)).toEqual(["token-0", "token-1"]);
  });

  it("streams", async () => {
    const types: string[] = [];
    for await (const event of client.runStream("tokens", '{"chunks":3}')) types.push(event.type);
    expect(types).toEqual([
      "run.created",
      "run.in-progress",
      "message.created",
      "message.part",
      "message.part",
      "message.part",
      "message.completed",
      "run.completed",
    ]);
  });

  it("cancels", async () => {
    const { run_id } = await client.runAsync("tokens", '{"chunks":100,"intervalMs":1000}');
    expect((await client.runCancel(run_id)).status).toBe("cancelling");
    expect((await client.runStatus(run_id)).status).toBe("cancelled");
    await expect(client.runCancel(run_id)).rejects.toThrow(ACPError);
  });

  it("streams what takes its time, until it has heard enough", async () => {
    const controller = new AbortController();
    const stream = client.runStream("tokens", '{"chunks":100,"intervalMs":1000}', controller.signal);
    const { value: created } = await stream.next();
    const { run_id } = (created as { run: { run_id: string } }).run;
    controller.abort();
    const reading = (async () => {
      for await (const _ of stream);
    })();
    await expect(reading).rejects.toThrow();
    let run = await client.runStatus(run_id);
    while (run.status === "in-progress") run = await client.runStatus(run_id);
    expect(run.status).toBe("cancelled");
    expect((await client.runEvents(run_id)).at(-1)?.type).toBe("run.cancelled");
  });

  it("streams a failure", async () => {
    const types: string[] = [];
    for await (const event of client.runStream("tokens", "not JSON")) types.push(event.type);
    expect(types).toEqual(["run.created", "run.in-progress", "run.failed"]);
  });

  it("gives messages of several parts, in base64 too", async () => {
    const encoded = Buffer.from("한국어").toString("base64");
    const part = { content_type: "text/plain", content_encoding: "plain" } as const;
    const parts = [
      { ...part, content: "one " },
      { ...part, content: encoded, content_encoding: "base64" as const },
    ];
    const { output } = await client.runSync("echo", parts);
    expect(output[0]?.parts[0]?.content).toBe("one 한국어");
  });

  it("understands that nothing can be resumed, in every mode", async () => {
    const { run_id } = await client.runAsync("tokens", '{"chunks":100,"intervalMs":1000}');
    const message = { role: "user", parts: [], created_at: null, completed_at: null };
    const resume = { type: "message", message } as const;
    const refused = { name: "ACPError", code: "server_error", message: "the run is in-progress and awaits nothing" };
    await expect(client.runResumeSync(run_id, resume)).rejects.toMatchObject(refused);
    await expect(client.runResumeAsync(run_id, resume)).rejects.toMatchObject(refused);
    await expect(client.runResumeStream(run_id, resume).next()).rejects.toMatchObject(refused);
    await client.runCancel(run_id);
  });

  it("understands the errors", async () => {
    const error = (code: string): object => ({ name: "ACPError", code });
    await expect(client.runSync("nobody", "x")).rejects.toMatchObject(error("not_found"));
    await expect(client.runStream("nobody", "x").next()).rejects.toMatchObject(error("not_found"));
    await expect(client.agent("nobody")).rejects.toMatchObject(error("not_found"));
    await expect(client.runStatus("no-run")).rejects.toMatchObject(error("not_found"));
    await expect(client.runSync("echo", [])).rejects.toMatchObject(error("invalid_input"));
    expect(await client.runSync("tokens", "not JSON")).toMatchObject({
      status: "failed",
      error: { code: "server_error" },
    });
  });
});
