import { Failure } from "@apb/core/failure";
import type { Io } from "@apb/core/scenario";
import { type OpenedSessions, tooMany } from "./opened-sessions.ts";
import { realTime } from "./time.ts";

/** What steps do when nothing is counted: each has a limit of time of its own, and nobody thinks for longer than this. */
export function unmeasured(
  timeoutMs: number,
  { mostThinkMs = Number.POSITIVE_INFINITY, opened }: { mostThinkMs?: number; opened?: OpenedSessions } = {},
): Io {
  const late = new Failure("timeout", `expected a reply within ${timeoutMs} ms, got none`);
  const step = async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(late), timeoutMs);
    try {
      return await work(limit.signal);
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    step: (_name, work) => step(work),
    async open() {
      if (opened === undefined) throw tooMany(0);
      return step((signal) => opened.open(signal));
    },
    async *stream(_name, open) {
      const limit = new AbortController();
      const timer = setTimeout(() => limit.abort(late), timeoutMs);
      try {
        yield* open(limit.signal);
      } finally {
        clearTimeout(timer);
      }
    },
    group: (_name, work) => work(),
    check: () => undefined,
    add: () => undefined,
    think: (ms) => realTime.sleep(Math.min(ms, mostThinkMs)),
    now: realTime.now,
  };
}
