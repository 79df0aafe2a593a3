import type { Failure } from "@apb/core/failure";
import type { Snapshot } from "@apb/core/snapshot";
import type { Begun } from "@apb/generator/begun";
import type { CheckOutcome, Closed, Start } from "@apb/generator/channel";
import type { Connected } from "@apb/generator/connected";
import type { Driving, Generator } from "../generator.ts";
import { heard } from "../races.ts";
import { machineMs } from "../usage-series.ts";

/** What a fake generator tells of a drive, and when. */
export interface DriveScript {
  /** Each told when the machine's clock has come to its end. */
  readonly seconds: readonly Snapshot[];
  readonly closed: Closed;
  /** What comes behind the seconds: its end as it should be, nothing for ever, or what breaks it. */
  readonly ending?: "well" | "silence" | Failure;
  /** What it tells when it is stopped, so many milliseconds after the window opened; its grace is over by then. */
  readonly stopped?: (windowMs: number) => readonly Snapshot[];
}

/** What a fake generator answers. */
export interface GeneratorScript {
  rehearse(): Promise<void>;
  verify(): Promise<readonly CheckOutcome[]>;
  connect(): Promise<Connected>;
  /** Absent means that all do. */
  begin?(): Promise<Begun>;
  drive(): DriveScript;
  disconnect(): Promise<void>;
}

const allBegun = async (): Promise<Begun> => ({ asked: 10, begun: 10, firstFailure: null });

/** A generator that plays a script and writes down what it is asked. Once a drive has ended other than well, it answers nothing more. */
export function fakeGenerator(script: GeneratorScript, log: string[], name = "generator"): Generator {
  let state: NonNullable<DriveScript["ending"]> = "well";
  const answering = async <T>(line: string, answer: () => Promise<T>): Promise<T> => {
    log.push(line);
    if (state === "silence") return new Promise(() => undefined);
    if (state !== "well") throw state;
    return answer();
  };
  return {
    rehearse: () => answering("rehearse", script.rehearse),
    verify: () => answering("verify", script.verify),
    connect: ({ params, share }) => answering(`connect ${params.n} as ${share.index} of ${share.of}`, script.connect),
    setup: () => answering("setup", async () => ({ token: "of the setup" })),
    begin: (vars) => answering(`begin with ${JSON.stringify(vars)}`, script.begin ?? allBegun),
    teardown: (vars) => answering(`teardown with ${JSON.stringify(vars)}`, async () => undefined),
    drive(start) {
      log.push(`drive after ${start.warmUpMs}`);
      const driving = played(script.drive(), start, (ending) => {
        state = ending;
      });
      const stop = (graceMs: number): Promise<void> => answering(`stop within ${graceMs}`, () => driving.stop(graceMs));
      return { ...driving, stop };
    },
    disconnect: () => answering("disconnect", script.disconnect),
    [Symbol.asyncDispose]: async () => void log.push(`${name} ended`),
  };
}

function played(
  script: DriveScript,
  { startAtMs, warmUpMs }: Start,
  ended: (ending: NonNullable<DriveScript["ending"]>) => void,
): Driving {
  const { seconds, closed, ending = "well", stopped = () => [] } = script;
  const openMs = startAtMs + warmUpMs;
  let stop: (graceMs: number) => void = () => undefined;
  const stopping = new Promise<number>((resolve) => {
    stop = resolve;
  });
  let end: (closed: Closed) => void = () => undefined;
  let fail: (failure: Failure) => void = () => undefined;
  const over = new Promise<Closed>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  async function* told(): AsyncIterable<Snapshot> {
    for (const snapshot of seconds) {
      const graceMs = await Promise.race([stopping, until(openMs + snapshot.toMs)]);
      if (graceMs === null) {
        yield snapshot;
        continue;
      }
      const windowMs = machineMs() - openMs;
      await until(machineMs() + graceMs);
      yield* stopped(windowMs);
      end(closed);
      return;
    }
    ended(ending);
    if (ending === "silence") return new Promise<never>(() => undefined);
    if (ending === "well") return end(closed);
    fail(ending);
    throw ending;
  }
  return { seconds: told(), closed: heard(over), stop: async (graceMs) => stop(graceMs) };
}

/** Resolves at this time of the machine's clock. */
function until(ms: number): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), Math.max(0, ms - machineMs())));
}
