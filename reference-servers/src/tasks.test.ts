import { describe, expect, it } from "vitest";
import { TooBusy, UnknownAgent } from "./agents/agent.ts";
import { Agents } from "./agents/agents.ts";
import { Tasks } from "./tasks.ts";

const endless = JSON.stringify({ chunks: 7200, intervalMs: 1000 });
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

async function chunks(watched: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const chunk of watched) all.push(chunk);
  return all;
}

describe("Tasks", () => {
  it("works on after start has returned", async () => {
    const tasks = new Tasks<string>(new Agents());
    const started = tasks.start("tokens", '{"chunks":2}', "c", "source");
    expect(started).toMatchObject({ agent: "tokens", contextId: "c", source: "source", state: "working", output: [] });
    expect(await tasks.ended(started.id)).toEqual({
      ...started,
      state: "completed",
      output: ["token-0", "token-1"],
      finishedAt: expect.stringMatching(time),
    });
  });

  it("tells why an agent failed, and keeps a failure it is told of", async () => {
    const tasks = new Tasks(new Agents());
    const failed = tasks.start("tokens", "not JSON");
    expect(failed).toMatchObject({ state: "failed", error: expect.stringMatching(/^tokens expects JSON/) });
    const told = tasks.fail("echo", "hi", "why", "c");
    expect(told).toMatchObject({ state: "failed", error: "why", contextId: "c", output: [] });
    expect(tasks.get(told.id)).toBe(told);
  });

  it("cancels what is at work, and only that", async () => {
    const tasks = new Tasks(new Agents());
    const { id } = tasks.start("tokens", endless);
    expect(tasks.cancel(id)).toMatchObject({ state: "cancelled", error: null });
    expect(await tasks.ended(id)).toMatchObject({ state: "cancelled" });
    const echo = tasks.start("echo", "hi");
    await tasks.ended(echo.id);
    expect(tasks.cancel(echo.id)).toMatchObject({ state: "completed", output: ["hi"] });
    expect(tasks.cancel("nobody")).toBeUndefined();
  });

  it("lets any number watch from anywhere", async () => {
    const tasks = new Tasks(new Agents());
    const { id } = tasks.start("tokens", '{"chunks":3,"intervalMs":1}');
    const all = ["token-0", "token-1", "token-2"];
    expect(await Promise.all([0, 1, 9].map((from) => chunks(tasks.watch(id, undefined, from))))).toEqual([
      all,
      all.slice(1),
      [],
    ]);
    expect(await chunks(tasks.watch(id))).toEqual(all);
    expect(await chunks(tasks.watch("nobody"))).toEqual([]);
  });

  it("ends the watching, not the task, when a watcher leaves", async () => {
    const tasks = new Tasks(new Agents());
    const { id } = tasks.start("tokens", endless);
    const controller = new AbortController();
    const watching = chunks(tasks.watch(id, controller.signal));
    const waiting = tasks.ended(id, controller.signal);
    controller.abort();
    expect((await watching).length).toBeLessThanOrEqual(1);
    expect(await waiting).toMatchObject({ state: "working" });
    tasks.cancel(id);
  });

  it("forgets the oldest of more than a thousand finished tasks, and nothing at work", async () => {
    const tasks = new Tasks(new Agents());
    const working = tasks.start("tokens", endless);
    const ids = Array.from({ length: 1001 }, (_, n) => tasks.fail("echo", String(n), "x").id);
    expect(tasks.get(ids[0] as string)).toBeUndefined();
    expect(tasks.get(ids[1] as string)).toBeDefined();
    expect(tasks.list().map(({ id }) => id)).toEqual([working.id, ...ids.slice(1)]);
    tasks.cancel(working.id);
  });

  it("keeps fewer large ones, but always the last and what is at work", () => {
    const tasks = new Tasks(new Agents());
    const working = tasks.start("tokens", endless);
    const large = "x".repeat(20 * 1024 * 1024);
    const first = tasks.fail("echo", large, "x");
    expect(tasks.get(first.id)).toBe(first);
    const second = tasks.fail("echo", large, "x");
    expect(tasks.list().map(({ id }) => id)).toEqual([working.id, second.id]);
    const third = tasks.fail("echo", "small", "x");
    expect(tasks.list().map(({ id }) => id)).toEqual([working.id, second.id, third.id]);
    tasks.cancel(working.id);
  });

  it("refuses an agent that is not there, and one task too many", () => {
    const tasks = new Tasks(new Agents());
    expect(() => tasks.start("nobody", "")).toThrow(UnknownAgent);
    const ids = Array.from({ length: 10_000 }, () => tasks.start("tokens", endless).id);
    expect(() => tasks.start("echo", "")).toThrow(TooBusy);
    for (const id of ids) tasks.cancel(id);
    expect(tasks.start("echo", "")).toMatchObject({ state: "working" });
  });
});
