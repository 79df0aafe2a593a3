import type { Binding, Session } from "@apb/core/binding";
import { asFailure, Failure } from "@apb/core/failure";
import { noTally } from "@apb/core/snapshot";
import type { Asked, Target } from "./channel.ts";
import type { Connected } from "./connected.ts";
import type { OpenSession } from "./opened-sessions.ts";
import { realTime } from "./time.ts";
import { StepMeter } from "./workload-meter.ts";

/** An answer may be waited for longer than this, a connection not. */
const mostConnectMs = 10_000;
/** Opening stops here; connections not tried by then are counted as `timeout`. */
const allConnectsTimeoutMs = 120_000;

/** Opens so many sessions and times each. One that fails is counted; it never throws. */
export async function openSessions(
  binding: Binding,
  target: Asked,
  asked: number,
): Promise<{ readonly sessions: readonly Session[]; readonly connected: Connected }> {
  const sessions: Session[] = [];
  let firstFailure: string | null = null;
  using connects = connectsTo(binding, target);
  const begun = realTime.now();
  const meter = new StepMeter(false, begun);
  // One after the other: side by side they would wait for each other in this process, and that wait would be reported.
  for (let n = 0; n < asked; n++) {
    const started = realTime.now();
    try {
      if (started - begun > allConnectsTimeoutMs)
        throw new Failure("timeout", "the time for opening connections is over");
      sessions.push(await connects.next());
      meter.succeed(started, started, realTime.now());
    } catch (error) {
      const failure = asFailure(error);
      firstFailure ??= failure.message;
      meter.fail(failure, started, realTime.now());
    }
  }
  const step = meter.take() ?? noTally;
  const pids = sessions.flatMap(({ pid = [] }) => pid);
  return { sessions, connected: { asked, held: sessions.length, failures: step.failures, firstFailure, step, pids } };
}

/** What sessions' sockets have carried. */
export function bytesOf(sessions: readonly Session[]): { sent: number; received: number; connections: number } {
  let sent = 0;
  let received = 0;
  let connections = 0;
  for (const { wire } of sessions) {
    sent += wire.sentBytes;
    received += wire.receivedBytes;
    connections += wire.connections;
  }
  return { sent, received, connections };
}

/** Opens sessions one after the other. */
export interface Connects extends Disposable {
  /** The next one; a server that does not let it come about is given up after a while. */
  next(): Promise<Session>;
}

/** Opens a session with this target. */
export function opening(binding: Binding, { url, client, maxReplyBytes, headers }: Target): OpenSession {
  return (signal) => binding.connect(url, { client, maxReplyBytes, headers, signal });
}

/** All share a time limit, a new one after each that was reached: one for each would be as much as what it limits. */
export function connectsTo(binding: Binding, asked: Asked): Connects {
  const { timeoutMs } = asked;
  const open = opening(binding, asked);
  const longestMs = Math.min(timeoutMs, mostConnectMs);
  let limit = new AbortController();
  const late = new Failure("timeout", `expected a connection within ${longestMs} ms`);
  const timer = setTimeout(() => limit.abort(late), longestMs);
  return {
    next() {
      if (limit.signal.aborted) limit = new AbortController();
      timer.refresh();
      return open(limit.signal);
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
