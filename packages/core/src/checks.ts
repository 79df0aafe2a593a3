import { type Binding, bodyOf, describeReply, type OperationKind, type Session } from "./binding.ts";
import { asFailure, Failure, type FailureKind } from "./failure.ts";

/** What a check is run against: a binding and a way to open sessions to one server of it. */
export interface Target {
  readonly binding: Pick<Binding, "id" | "can">;
  connect(signal: AbortSignal): Promise<Session>;
}

/** One property every binding must have. Data, so that tests, the gate before timing and `bench verify` share it. */
export interface Check {
  readonly name: string;
  /** Skipped for bindings that cannot do one of these. */
  readonly needs: readonly OperationKind[];
  /** Throws a Failure that says what was expected and what came. */
  run(target: Target, signal: AbortSignal): Promise<void>;
}

export type CheckResult =
  | { readonly check: string; readonly status: "passed" }
  | { readonly check: string; readonly status: "skipped"; readonly reason: string }
  | { readonly check: string; readonly status: "failed"; readonly failure: Failure };

/** No check may take longer; a hang is a failure of kind `timeout`. */
const checkTimeoutMs = 10_000;

const bodies: readonly (readonly [name: string, body: string])[] = [
  ["a plain body", "Hello, agent."],
  ["an empty body", ""],
  ["Unicode beyond the basic plane", "한국어 · ελληνικά · 🤖🧵 · e\u0301"],
  ["quotes, backslashes and line ends", `"a" 'b' \\ / \r\n\t <c> &amp; {"json":[1,null]}`],
  ["control characters", "\u0000\u0001\b\f\u001f\u007f\u2028\u2029"],
  ["a body of 1 MiB", "0123456789abcdef".repeat(65_536)],
];

const echoChecks: readonly Check[] = bodies.map(([name, body]) => ({
  name: `echoes ${name} byte for byte`,
  needs: ["send"],
  run: (target, signal) => withSession(target, signal, (session) => expectEcho(session, body, signal)),
}));

/** A task that is still at work when it is asked about: two hours of tokens. */
const endless = JSON.stringify({ chunks: 7200, intervalMs: 1000 });

/** The checks, in the order they run. */
export const checks: readonly Check[] = [
  {
    name: "lists its agents",
    needs: ["discover"],
    run: (target, signal) =>
      withSession(target, signal, async (session) => {
        const reply = await session.call({ kind: "discover" }, signal);
        if (reply.kind !== "agents" || !reply.agents.includes("echo"))
          throw new Failure("mismatch", `expected a list of agents with "echo" in it, got ${describeReply(reply)}`);
      }),
  },
  ...echoChecks,
  {
    name: "keeps interleaved calls apart",
    needs: ["send"],
    run: (target, signal) =>
      withSession(target, signal, async (session) => {
        const numbers = Array.from({ length: 20 }, (_, n) => n);
        await Promise.all(numbers.map((n) => expectEcho(session, `call ${n} ${"x".repeat(n * 100)}`, signal)));
      }),
  },
  {
    name: "streams in order and ends",
    needs: ["stream"],
    run: (target, signal) =>
      withSession(target, signal, async (session) => {
        const got: string[] = [];
        const operation = { kind: "stream", agent: "tokens", body: JSON.stringify({ chunks: 25 }) } as const;
        for await (const reply of session.stream(operation, signal)) got.push(bodyOf(reply));
        const expected = Array.from({ length: 25 }, (_, n) => `token-${n}`);
        if (got.join("\n") !== expected.join("\n"))
          throw new Failure("mismatch", `expected token-0 … token-24 in order, got ${preview(got.join(" "))}`);
        await expectEcho(session, "after the stream", signal);
      }),
  },
  {
    name: "lets go of a stream that its reader leaves",
    needs: ["stream", "send"],
    run: (target, signal) =>
      withSession(target, signal, async (session) => {
        for await (const reply of session.stream({ kind: "stream", agent: "tokens", body: endless }, signal)) {
          if (bodyOf(reply) === "token-0") break;
        }
        await expectEcho(session, "after leaving", signal);
      }),
  },
  {
    name: "reports an unknown agent",
    needs: ["send"],
    run: (target, signal) =>
      withSession(target, signal, async (session) => {
        await expectFailure("unknown-agent", () =>
          session.call({ kind: "send", agent: "no-such-agent", body: "" }, signal),
        );
        await expectEcho(session, "after an unknown agent", signal);
      }),
  },
  {
    name: "reports an agent's own failure",
    needs: ["send"],
    run: (target, signal) =>
      withSession(target, signal, async (session) => {
        await expectFailure("agent", () => session.call({ kind: "send", agent: "tokens", body: "not JSON" }, signal));
      }),
  },
  {
    name: "runs a task to its end",
    needs: ["start", "poll"],
    run: (target, signal) =>
      withSession(target, signal, async (session) => {
        const body = JSON.stringify({ chunks: 3 });
        let task = await session.call({ kind: "start", agent: "tokens", body }, signal);
        while (task.kind === "task" && task.state === "working") {
          task = await session.call({ kind: "poll", handle: task.handle }, signal);
        }
        if (task.kind !== "task" || task.state !== "completed" || task.body !== "token-0token-1token-2")
          throw new Failure("mismatch", `expected a completed task with three tokens, got ${describeReply(task)}`);
      }),
  },
  {
    name: "cancels a task",
    needs: ["start", "poll", "cancel"],
    run: (target, signal) =>
      withSession(target, signal, async (session) => {
        const started = await session.call({ kind: "start", agent: "tokens", body: endless }, signal);
        if (started.kind !== "task" || started.state !== "working")
          throw new Failure("mismatch", `expected a working task, got ${describeReply(started)}`);
        let task = await session.call({ kind: "cancel", handle: started.handle }, signal);
        while (task.kind === "task" && task.state === "working") {
          task = await session.call({ kind: "poll", handle: started.handle }, signal);
        }
        if (task.kind !== "task" || task.state !== "cancelled")
          throw new Failure("mismatch", `expected a cancelled task, got ${describeReply(task)}`);
      }),
  },
  {
    name: "reports an unknown task",
    needs: ["poll"],
    run: (target, signal) =>
      withSession(target, signal, async (session) => {
        const handle = "00000000-0000-4000-8000-000000000000";
        await expectFailure("unknown-task", () => session.call({ kind: "poll", handle }, signal));
      }),
  },
  {
    name: "ends a call that is aborted, and only that one",
    needs: ["stream", "send"],
    run: (target, signal) =>
      withSession(target, signal, async (session) => {
        const controller = new AbortController();
        const operation = { kind: "stream", agent: "tokens", body: endless } as const;
        await expectFailure("aborted", async () => {
          for await (const _ of session.stream(operation, AbortSignal.any([signal, controller.signal])))
            controller.abort();
        });
        await expectEcho(session, "after an abort", signal);
      }),
  },
  {
    name: "refuses a call that was aborted before it began",
    needs: ["send"],
    run: (target, signal) =>
      withSession(target, signal, async (session) => {
        await expectFailure("aborted", () =>
          session.call({ kind: "send", agent: "echo", body: "x" }, AbortSignal.abort()),
        );
        await expectEcho(session, "after the refusal", signal);
      }),
  },
  {
    name: "counts bytes on the wire",
    needs: ["send"],
    run: (target, signal) =>
      withSession(target, signal, async (session) => {
        const { sentBytes: sent, receivedBytes: received } = session.wire;
        await expectEcho(session, "x".repeat(10_000), signal);
        const { sentBytes, receivedBytes } = session.wire;
        if (sentBytes - sent < 10_000 || receivedBytes - received < 10_000)
          throw new Failure(
            "mismatch",
            `expected at least 10000 bytes counted each way, got ${sentBytes - sent} sent and ${receivedBytes - received} received`,
          );
      }),
  },
  {
    name: "fails calls on a closed session",
    needs: ["send"],
    run: async (target, signal) => {
      const session = await target.connect(signal);
      await session[Symbol.asyncDispose]();
      await expectFailure("closed", () => session.call({ kind: "send", agent: "echo", body: "x" }, signal));
    },
  },
];

/** Runs every check, one after the other; a failed or hanging check does not stop the others. */
export async function runChecks(target: Target, signal: AbortSignal): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const check of checks) {
    const lacking = check.needs.filter((kind) => !target.binding.can.has(kind));
    if (lacking.length > 0) {
      results.push({
        check: check.name,
        status: "skipped",
        reason: `${target.binding.id} has no ${lacking.join(", ")}`,
      });
      continue;
    }
    try {
      await withDeadline(signal, (limited) => check.run(target, limited));
      results.push({ check: check.name, status: "passed" });
    } catch (error) {
      results.push({ check: check.name, status: "failed", failure: asFailure(error) });
    }
  }
  return results;
}

/** Rejects when the time is up even if the work ignores its signal: a hang is what a check must find. */
async function withDeadline(signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const deadline = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const failure = new Failure("timeout", `expected an answer within ${checkTimeoutMs} ms, got none`);
      deadline.abort(failure);
      reject(failure);
    }, checkTimeoutMs);
  });
  try {
    await Promise.race([work(AbortSignal.any([signal, deadline.signal])), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function withSession(
  target: Target,
  signal: AbortSignal,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  await using session = await target.connect(signal);
  await work(session);
}

async function expectEcho(session: Session, body: string, signal: AbortSignal): Promise<void> {
  const reply = await session.call({ kind: "send", agent: "echo", body }, signal);
  if (bodyOf(reply) !== body)
    throw new Failure("mismatch", `expected the body back (${preview(body)}), got ${preview(bodyOf(reply))}`);
}

async function expectFailure(kind: FailureKind, work: () => Promise<unknown>): Promise<void> {
  let outcome: string;
  try {
    await work();
    outcome = "success";
  } catch (error) {
    const failure = asFailure(error);
    if (failure.kind === kind) return;
    outcome = failure.message;
  }
  throw new Failure("mismatch", `expected a failure of kind ${kind}, got ${outcome}`);
}

function preview(text: string): string {
  return `${text.length} characters, ${JSON.stringify(text.slice(0, 60))}`;
}
