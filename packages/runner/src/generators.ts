import { mergeSnapshots, type Snapshot } from "@apb/core/snapshot";
import { mergeBegun } from "@apb/generator/begun";
import type { Closed } from "@apb/generator/channel";
import { mergeConnected } from "@apb/generator/connected";
import type { Driving, Generator } from "./generator.ts";
import { heard } from "./races.ts";

/** Several generators as one: they share each load exactly, begin together, and their snapshots add up. */
export function together(generators: readonly Generator[]): Generator {
  let working: readonly Generator[] = [];
  return {
    rehearse: async (assignment) => {
      // One after the other: what one sets up the other's teardown could take away.
      for (const generator of generators) await generator.rehearse(assignment);
    },
    async verify(target) {
      const all = await Promise.all(generators.map((generator) => generator.verify(target)));
      return all.find((outcomes) => outcomes.some(({ status }) => status === "failed")) ?? all[0] ?? [];
    },
    async connect(assignment) {
      // More than the load has parts would have nothing to do.
      working = generators.slice(0, assignment.share.of);
      const parts = await Promise.all(
        working.map((generator, index) => generator.connect({ ...assignment, share: { index, of: working.length } })),
      );
      return parts.reduce(mergeConnected);
    },
    setup: async () => (await working[0]?.setup()) ?? {},
    begin: async (vars) => (await Promise.all(working.map((one) => one.begin(vars)))).reduce(mergeBegun),
    teardown: async (vars) => working[0]?.teardown(vars),
    drive: (start) => mergeDriving(working.map((generator) => generator.drive(start))),
    disconnect: async () => {
      await Promise.all(working.map((generator) => generator.disconnect()));
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(generators.map((generator) => generator[Symbol.asyncDispose]()));
    },
  };
}

function mergeDriving(parts: readonly Driving[]): Driving {
  return {
    seconds: inStep(parts.map(({ seconds }) => seconds)),
    closed: heard(Promise.all(parts.map(({ closed }) => closed)).then((all) => all.reduce(mergeClosed))),
    stop: async (graceMs) => {
      await Promise.all(parts.map((part) => part.stop(graceMs)));
    },
  };
}

/** Each second once all that are still at it have told theirs; what ended late comes last. Throws what any of them throws. */
export async function* inStep(parts: readonly AsyncIterable<Snapshot>[]): AsyncIterable<Snapshot> {
  const streams = parts.map((part) => part[Symbol.asyncIterator]());
  const heads = await Promise.all(streams.map((stream) => stream.next()));
  for (;;) {
    const next = Math.min(
      ...heads
        .map((head) => (head.done === true ? Number.NaN : orderOf(head.value)))
        .filter((order) => !Number.isNaN(order)),
    );
    const due = heads.flatMap((head, n) =>
      head.done !== true && orderOf(head.value) === next ? [{ n, value: head.value }] : [],
    );
    if (due.length === 0) return;
    yield due.map(({ value }) => value).reduce(mergeSnapshots);
    const following = await Promise.all(due.map(async ({ n }) => ({ n, head: await streams[n]?.next() })));
    for (const { n, head } of following) if (head !== undefined) heads[n] = head;
  }
}

function orderOf({ draining, second }: Snapshot): number {
  return draining ? Number.MAX_SAFE_INTEGER : second;
}

function mergeClosed(a: Closed, b: Closed): Closed {
  return {
    windowMs: Math.max(a.windowMs, b.windowMs),
    iterations: a.iterations + b.iterations,
    operations: a.operations + b.operations,
    agentCalls: a.agentCalls + b.agentCalls,
    bodyBytes: a.bodyBytes + b.bodyBytes,
    failed: a.failed + b.failed,
    sentBytes: a.sentBytes + b.sentBytes,
    receivedBytes: a.receivedBytes + b.receivedBytes,
    reconnects: a.reconnects + b.reconnects,
    sessionsLeft: a.sessionsLeft + b.sessionsLeft,
    rssPeakBytes: a.rssPeakBytes + b.rssPeakBytes,
  };
}
