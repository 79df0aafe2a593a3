import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Binding, bodyOf, type Operation, type Reply } from "./binding.ts";
import { type CheckResult, checks, runChecks } from "./checks.ts";
import { Failure } from "./failure.ts";
import { fakeBinding } from "./testing/fakes.ts";
import { unabortable } from "./testing/flaws/flaw.ts";
import { messageFlaws } from "./testing/flaws/messages.ts";
import { sessionFlaws } from "./testing/flaws/sessions.ts";
import { streamFlaws } from "./testing/flaws/streams.ts";
import { taskFlaws } from "./testing/flaws/tasks.ts";

const timeoutMs = 10_000;
const names = checks.map((check) => check.name);
const flaws = [...messageFlaws, ...streamFlaws, ...taskFlaws, ...sessionFlaws];

describe("runChecks", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("passes the fake binding", async () => {
    expect(await verdict(fakeBinding())).toEqual(names.map((check) => ({ check, status: "passed" })));
  });

  it.each(flaws)("finds a binding that $flaw", async ({ binding, fails, hangs = [] }) => {
    const failed = (await verdict(binding)).filter((result) => result.status === "failed");
    const waited = failed.filter((result) => result.failure.kind === "timeout");
    // A binding that never answers is not asked all of it.
    const all = names.filter((name) => fails.includes(name));
    const found = hangs === "all" ? all.slice(0, all.length > names.length - 3 ? 3 : all.length) : all;
    expect(failed.map((result) => result.check)).toEqual(found);
    expect(waited.map((result) => result.check)).toEqual(hangs === "all" ? found : hangs);
  });

  it("has a flawed binding for every check", () => {
    expect(names.filter((name) => !flaws.some(({ fails }) => fails.includes(name)))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  it("skips what a binding cannot do, with the reason", async () => {
    const results = await verdict({ ...fakeBinding(), can: new Set(["send"]) });
    expect(results.filter((result) => result.status === "failed")).toEqual([]);
    expect(results).toContainEqual({
      check: "cancels a task",
      status: "skipped",
      reason: "fake/tcp has no start, poll, cancel",
    });
    expect(results.filter((result) => result.status === "passed").length).toBeGreaterThan(10);
  });

  it("skips what a stranger's server has no agent for, and still asks the rest of it", async () => {
    const stranger = answering((operation) =>
      "agent" in operation ? Promise.reject(new Failure("unknown-agent", `there is no ${operation.agent}`)) : null,
    );
    const results = await verdict(stranger, true);
    expect(results).toContainEqual({
      check: "echoes a plain body byte for byte",
      status: "skipped",
      reason: "cannot be tried: this server has no agent 'echo', as the bundled ones have",
    });
    expect(results).toContainEqual({ check: "lists its agents", status: "passed" });
    expect((await verdict(stranger)).find(({ check }) => check.startsWith("echoes a plain"))?.status).toBe("failed");
  });

  it("believes a stranger's list of agents, however it answers for others", async () => {
    const stranger = answering(({ kind }) =>
      kind === "discover" ? Promise.resolve({ kind: "agents", agents: ["summarizer"] }) : null,
    );
    const results = await verdict(stranger, true);
    expect(results).toContainEqual({
      check: "echoes a plain body byte for byte",
      status: "skipped",
      reason: "cannot be tried: this server has no agent 'echo', as the bundled ones have",
    });
    expect(results.filter(({ status }) => status === "failed")).toEqual([]);
  });

  it("asks no other agent of a binding that cannot name it", async () => {
    const results = await verdict({ ...fakeBinding(), can: new Set(["send"]), cannot: { "other agents": "no names" } });
    expect(results).toContainEqual({
      check: "reports an unknown agent",
      status: "skipped",
      reason: "fake/tcp has no other agents",
    });
    expect(results.filter((result) => result.status === "passed").length).toBeGreaterThan(10);
  });

  it("waits for no answer longer than it is told to", async () => {
    const silent = { ...fakeBinding(), connect: () => new Promise<never>(() => undefined) };
    const begun = Date.now();
    const running = runChecks(targetOf(silent), { timeoutMs: 1500, signal: unabortable });
    await vi.advanceTimersByTimeAsync(3 * 1500);
    const results = await running;
    expect(Date.now() - begun).toBe(3 * 1500);
    expect(results[0]).toMatchObject({ failure: { message: "[timeout] expected an answer within 1500 ms, got none" } });
  });

  it("stops when it is aborted itself", async () => {
    const aborted = { timeoutMs, signal: AbortSignal.abort() };
    await expect(runChecks(targetOf(fakeBinding()), aborted)).rejects.toMatchObject({ kind: "aborted" });
  });
});

/** A server that answers this in its own way, and the rest as it should where that is null. */
function answering(own: (operation: Operation) => Promise<Reply> | null): Binding {
  const fake = fakeBinding();
  return {
    ...fake,
    async connect(url, options) {
      const session = await fake.connect(url, options);
      return {
        wire: session.wire,
        call: (operation, signal) => own(operation) ?? session.call(operation, signal),
        stream: session.stream.bind(session),
        [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
      };
    },
  };
}

function targetOf(binding: Binding): Parameters<typeof runChecks>[0] {
  return { binding, connect: (signal) => binding.connect("memory:", { client: "library", signal }) };
}

/** The checks' results, with time running as fast as the work allows. */
async function verdict(binding: Binding, stranger = false): Promise<readonly CheckResult[]> {
  let ended = false;
  const end = (): void => {
    ended = true;
  };
  const running = runChecks(targetOf(binding), { timeoutMs, stranger, signal: unabortable });
  running.then(end, end);
  while (!ended) await vi.advanceTimersByTimeAsync(1000);
  return running;
}

describe("with a call of one's own", () => {
  const asked: string[] = [];
  const call = {
    ...{ agent: "tokens", body: '{"chunks":1}' },
    verify: (reply: Reply) => void asked.push(bodyOf(reply)),
  };

  it("asks that agent where any will do, and beside that alone", async () => {
    asked.length = 0;
    const results = await runChecks(targetOf(fakeBinding()), { timeoutMs, call, signal: unabortable });
    expect(results.filter(({ status }) => status !== "passed")).toEqual([]);
    expect(results.slice(0, 3).map(({ check }) => check)).toEqual([
      ...["answers tokens", "answers tokens 20 times side by side", "streams tokens to its end"],
    ]);
    expect(results).toHaveLength(names.length + 3);
    // 1 and 20, and one behind each of what is refused: an unknown agent, and a call that was aborted before it began.
    expect(asked).toEqual(Array.from({ length: 23 }, () => "token-0"));
  });

  it("fails where a reply is not as expected", async () => {
    const verify = () => {
      throw new Failure("mismatch", "expected 3, got 2");
    };
    const results = await runChecks(targetOf(fakeBinding()), {
      ...{ timeoutMs, call: { ...call, verify }, signal: unabortable },
    });
    const failed = results.filter(({ status }) => status === "failed").map(({ check }) => check);
    expect(failed).toEqual([
      ...["answers tokens", "answers tokens 20 times side by side", "reports an unknown agent"],
      "refuses a call that was aborted before it began",
    ]);
  });
});
