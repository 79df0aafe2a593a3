import type { WireBytes } from "../binding.ts";
import { Failure } from "../failure.ts";
import { aMoment, type Check, endless, expectEcho, expectFailure, ofAnyAgent, sessionCheck } from "./check.ts";

const hours = { agent: "tokens", body: endless } as const;

/** Aborting, closing and counting. */
export const sessionChecks: readonly Check[] = [
  {
    name: "opens no session once aborted",
    needs: [],
    run: (target) =>
      expectFailure("aborted", async () => {
        await using _ = await target.connect(AbortSignal.abort());
      }),
  },
  sessionCheck("has opened one connection before its first call", [], async ({ wire }) => {
    if (wire.connections !== 1) throw new Failure("mismatch", `expected 1 connection, got ${wire.connections}`);
  }),
  ofAnyAgent(
    sessionCheck("refuses a call that was aborted before it began", ["send"], async (session, signal) => {
      await expectFailure("aborted", () =>
        session.call({ kind: "send", agent: "echo", body: "x" }, AbortSignal.abort()),
      );
      await expectEcho(session, "after the refusal", signal);
    }),
  ),
  sessionCheck("ends a call that is aborted, and only that one", ["send", "other agents"], async (session, signal) => {
    const controller = new AbortController();
    const aborted = expectFailure("aborted", () =>
      session.call({ kind: "send", ...hours }, AbortSignal.any([signal, controller.signal])),
    );
    const beside = expectEcho(session, "beside the aborted call", signal);
    await Promise.all([aborted, beside, aMoment().then(() => controller.abort())]);
    await expectEcho(session, "after the aborted call", signal);
  }),
  sessionCheck("ends a stream that is aborted, and only that one", ["stream", "send"], async (session, signal) => {
    const controller = new AbortController();
    const both = AbortSignal.any([signal, controller.signal]);
    const stream = session.stream({ kind: "stream", ...hours }, both)[Symbol.asyncIterator]();
    await stream.next();
    const beside = expectEcho(session, "beside the aborted stream", signal);
    controller.abort();
    await Promise.all([expectFailure("aborted", () => stream.next()), beside]);
    await expectEcho(session, "after the aborted stream", signal);
  }),
  {
    name: "counts its own bytes on the wire",
    needs: ["send"],
    async run(target, signal) {
      await using session = await target.connect(signal);
      await using idle = await target.connect(signal);
      await expectEcho(session, "first", signal);
      await expectEcho(idle, "first", signal);
      const before = [bytes(session.wire), bytes(idle.wire)] as const;
      await expectEcho(session, "x".repeat(bodyBytes), signal);
      expectCounted(before[0], bytes(session.wire), bodyBytes, bodyBytes * 4);
      expectCounted(before[1], bytes(idle.wire), 0, 1000);
    },
  },
  {
    name: "fails calls on a closed session",
    needs: ["send"],
    anyAgent: true,
    async run(target, signal) {
      const session = await target.connect(signal);
      await session[Symbol.asyncDispose]();
      await expectFailure("closed", () => session.call({ kind: "send", agent: "echo", body: "x" }, signal));
      await session[Symbol.asyncDispose]();
    },
  },
  sessionCheck("ends a call under way when the session closes", ["send", "other agents"], async (session, signal) => {
    const pending = expectFailure("closed", () => session.call({ kind: "send", ...hours }, signal));
    await Promise.all([pending, aMoment().then(() => session[Symbol.asyncDispose]())]);
  }),
  sessionCheck("ends a stream under way when the session closes", ["stream"], async (session, signal) => {
    const stream = session.stream({ kind: "stream", ...hours }, signal)[Symbol.asyncIterator]();
    await stream.next();
    await Promise.all([expectFailure("closed", () => stream.next()), session[Symbol.asyncDispose]()]);
  }),
];

const bodyBytes = 10_000;

function bytes({ sentBytes, receivedBytes, connections }: WireBytes): WireBytes {
  return { sentBytes, receivedBytes, connections };
}

/** Each way at least `least` and at most `most` bytes more than before. */
function expectCounted(before: WireBytes, after: WireBytes, least: number, most: number): void {
  const sent = after.sentBytes - before.sentBytes;
  const received = after.receivedBytes - before.receivedBytes;
  if (Math.min(sent, received) >= least && Math.max(sent, received) <= most) return;
  throw new Failure(
    "mismatch",
    `expected ${least} to ${most} bytes more each way, got ${sent} sent and ${received} received`,
  );
}
