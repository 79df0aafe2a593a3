import type { Reply, Session } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import type { Load } from "@apb/core/load";
import { type Io, loadOf, type Point, type Profile, type Scenario, type Task } from "@apb/core/scenario";

/** Events of a stream where nobody says how many: as many as a short answer has, and as a long one. */
const usualEvents = [20, 1500] as const;
/** A stream of up to so many events is paced as words are read, a longer one as fast as timers go. */
const fewEvents = 100;
const readingMs = 20;
const fastestMs = 1;
/** So large, and so many, that a reader's pause fills every buffer between the two ends. */
const paused: Asked = { events: 400, intervalMs: 0, sizeBytes: 64 * 1024, pauseMs: 1000 };
const pausingReaders = 3;
/** Before the pause. */
const eventsBeforePause = 10;
/** Long streams are counted, since a server may need seconds for one; within the longest time there may be. */
const longStreams = 3;
const mostDurationMs = 60_000;

/** What one stream is asked for. */
interface Asked {
  readonly events: number;
  readonly intervalMs: number;
  readonly sizeBytes: number;
  readonly pauseMs: number;
}

/**
 * One request and many events. Paced, the first event and the gaps between them say what the way adds to an agent's own
 * pace; unpaced, how fast events can come; and a reader that stops reading shows who keeps what it has not taken.
 */
export const streaming: Scenario = {
  name: "streaming",
  shows: "time to the first event, gaps between events, events a second, and who keeps what a reader does not take",
  needs: new Set(["stream"]),
  steps: ["stream"],
  view: "streams",
  points: (profile) => {
    const { events = usualEvents } = profile;
    const streams = events.flatMap((n) => [0, n > fewEvents ? fastestMs : readingMs].map((ms) => askedFor(n, ms)));
    return [...streams, ...(profile.events === undefined ? [paused] : [])].map((asked) => streamPoint(asked, profile));
  },
};

function askedFor(events: number, intervalMs: number): Asked {
  return { events, intervalMs, sizeBytes: 0, pauseMs: 0 };
}

function streamPoint(asked: Asked, profile: Profile): Point {
  const { events, intervalMs, sizeBytes, pauseMs } = asked;
  return {
    params: {
      events,
      ...(intervalMs > 0 ? { everyMs: intervalMs } : {}),
      ...(sizeBytes > 0 ? { sizeBytes } : {}),
      ...(pauseMs > 0 ? { pauseMs } : {}),
    },
    workloads: [{ name: "default", load: streamLoad(asked, profile), sessionsPerVU: 1, tasks: [taskOf(asked)] }],
    thresholds: [],
    ...(pauseMs > 0 ? { freshServer: true as const } : {}),
  };
}

function streamLoad({ events, intervalMs, pauseMs }: Asked, profile: Profile): Load {
  if (events <= fewEvents || profile.executor !== undefined) {
    // Some whole streams are to begin and end within the window.
    return loadOf({ ...profile, windowMs: Math.max(profile.windowMs, 2 * events * intervalMs) }, profile.vus);
  }
  const vus = pauseMs > 0 ? Math.min(profile.vus, pausingReaders) : 1;
  const iterations = intervalMs > 0 || pauseMs > 0 ? 1 : longStreams;
  const executor = { executor: "per-vu-iterations", vus, iterations, maxDurationMs: mostDurationMs } as const;
  return loadOf({ ...profile, executor }, vus);
}

function taskOf(asked: Asked): Task {
  const { events, intervalMs, sizeBytes, pauseMs } = asked;
  const body = JSON.stringify({ chunks: events, intervalMs, sizeBytes });
  return {
    name: "stream",
    weight: 1,
    async run({ session }, io) {
      const replies = opened(session, io, body, intervalMs);
      let came = 0;
      let wrong: string | null = null;
      for await (const reply of replies) {
        wrong ??= isEvent(reply, came, sizeBytes) ? null : textOf(reply);
        came++;
        if (pauseMs > 0 && came === eventsBeforePause) await io.think(pauseMs);
      }
      return () => expectEvents(came, wrong, events);
    },
  };
}

function opened(session: Session, io: Io, body: string, intervalMs: number): AsyncIterable<Reply> {
  return io.stream("stream", (signal) => session.stream({ kind: "stream", agent: "tokens", body }, signal), intervalMs);
}

function isEvent(reply: Reply, number: number, sizeBytes: number): boolean {
  const text = textOf(reply);
  const expected = `token-${number}`;
  return text.length === Math.max(sizeBytes, expected.length) && text.startsWith(expected);
}

function textOf(reply: Reply): string {
  return reply.kind === "message" ? reply.body : "";
}

/** Throws `mismatch` unless all events came, in their order. */
function expectEvents(came: number, wrong: string | null, events: number): void {
  if (wrong !== null)
    throw new Failure("mismatch", `expected token-0 to token-${events - 1} in order, got ${wrong.slice(0, 40)}`);
  if (came !== events) throw new Failure("mismatch", `expected ${events} events, got ${came}`);
}
