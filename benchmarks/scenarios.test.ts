import type { Reply, Session, Streaming, Unary } from "@apb/core/binding";
import { bodyText } from "@apb/core/body";
import { durationOf } from "@apb/core/load";
import { opensAt, pointLoad, sessionsAt } from "@apb/core/points";
import type { Io, Point, Verify, VU } from "@apb/core/scenario";
import { describe, expect, it } from "vitest";
import { expectBody, textOf } from "./bodies.ts";
import { concurrencyLadder } from "./concurrency-ladder.ts";
import { messageSize } from "./message-size.ts";
import { profiles } from "./profiles.ts";
import { scenarios } from "./scenarios.ts";
import { sessionChurn } from "./session-churn.ts";
import { streaming } from "./streaming.ts";
import { expectedReview, workflow } from "./workflow.ts";

const smoke = profiles.smoke as NonNullable<typeof profiles.smoke>;

/** Runs what is asked and remembers the names of the steps. */
function io(steps: string[], opened: () => Session): Io {
  return {
    step(name, work) {
      steps.push(name);
      return work(new AbortController().signal);
    },
    stream(name, open) {
      steps.push(name);
      return open(new AbortController().signal);
    },
    think: async () => undefined,
    async open(name) {
      steps.push(name);
      return opened();
    },
    check: () => undefined,
    group: (_name, work) => work(),
    add: () => undefined,
    now: () => 0,
  };
}

function vu(sessions: readonly Session[], iteration: number): VU {
  return { id: 0, vars: {}, session: sessions[0] as Session, sessions, iteration };
}

/** The only task of each of a point's workloads, by one user each, on these sessions or ones like the first. */
async function run({ workloads }: Point, sessions: readonly Session[], iteration = 1, steps: string[] = []) {
  const verifying: Verify[] = [];
  for (const { tasks } of workloads) {
    const [task] = tasks;
    if (task === undefined) throw new Error("no task");
    verifying.push(
      await task.run(
        vu(sessions, iteration),
        io(steps, () => sessions[0] as Session),
      ),
    );
  }
  return () => {
    for (const verify of verifying) verify();
  };
}

/** A session that answers by a function and remembers what it was asked. */
function session(
  answer: (operation: Unary) => string,
  asked: Unary[] = [],
  streamed: (operation: Streaming) => Iterable<string> = () => ["something else"],
): Session {
  return {
    call: async (operation): Promise<Reply> => {
      asked.push(operation);
      return { kind: "message", body: answer(operation) };
    },
    async *stream(operation) {
      for (const body of streamed(operation)) yield { kind: "message", body };
    },
    wire: { sentBytes: 0, receivedBytes: 0, connections: 1 },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

const echoing = (operation: Unary): string => ("body" in operation ? bodyText(operation.body) : "");

function working(operation: Unary): string {
  if (operation.kind !== "send") throw new Error(`unexpected ${operation.kind}`);
  const { agent } = operation;
  const body = bodyText(operation.body);
  if (agent === "planner")
    return ["background", "evidence", "risks"].map((aspect) => `${aspect} of ${body}`).join("\n");
  if (agent === "researcher") return `finding(${body})`;
  if (agent === "writer") return `draft[${body.split("\n").join("; ")}]`;
  return `approved: ${body}`;
}

describe("every scenario", () => {
  it("has a name of its own and at least one point in every profile", () => {
    expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length);
    for (const profile of Object.values(profiles)) {
      for (const scenario of scenarios) expect(scenario.points(profile).length).toBeGreaterThan(0);
    }
  });

  it("refuses a wrong reply", async () => {
    for (const scenario of scenarios) {
      const wrong = session(() => "something else\nand\nmore");
      const verify = await run(scenario.points(smoke)[0] as Point, [wrong]);
      expect(verify, scenario.name).toThrow(/\[mismatch\]/);
    }
  });

  it("times the steps it declares, and no others", async () => {
    for (const scenario of scenarios) {
      const steps: string[] = [];
      for (const point of scenario.points(smoke)) await run(point, [session(working)], 1, steps);
      expect(new Set(steps), scenario.name).toEqual(new Set(scenario.steps));
    }
  });

  it("tells its points apart by case and load", () => {
    for (const scenario of scenarios) {
      const keys = scenario.points(smoke).map((point) => `${JSON.stringify(point.params)} ${pointLoad(point)}`);
      expect(new Set(keys).size).toBe(keys.length);
    }
  });
});

describe.each([messageSize, concurrencyLadder])("$name", (scenario) => {
  it("accepts the echo of what it sent, once", async () => {
    for (const point of scenario.points(smoke)) {
      const asked: Unary[] = [];
      (await run(point, [session(echoing, asked)]))();
      expect(asked).toHaveLength(1);
      const { sizeBytes = 1024 } = point.params;
      expect(Buffer.byteLength(echoing(asked[0] as Unary))).toBe(sizeBytes);
    }
  });
});

describe("message-size", () => {
  it("measures each size by many users, for throughput, and by one, for its round trip", () => {
    const loads = messageSize.points(smoke).map((point) => `${point.params.sizeBytes} ${pointLoad(point)}`);
    expect(loads.slice(0, 2)).toEqual(["1024 10 VUs", "1024 1 VU"]);
    expect(loads).toHaveLength(2 * smoke.sizesBytes.length);
  });

  it("measures each size once by one user alone, and under a load of the reader's own", () => {
    const executor = { executor: "constant-vus", vus: 7, durationMs: 100 } as const;
    expect(messageSize.points({ ...smoke, vus: 1 }).map(pointLoad)).toEqual(["1 VU", "1 VU", "1 VU"]);
    expect(messageSize.points({ ...smoke, executor }).map(pointLoad)).toEqual(["7 VUs", "7 VUs", "7 VUs"]);
  });
});

describe("session-churn", () => {
  const points = (more: Partial<typeof smoke> = {}) => sessionChurn.points({ ...smoke, ...more });

  it("closes each session behind its first call, or none, while a few users call on theirs", async () => {
    expect(points().map(({ params }) => params)).toEqual([{ close: "properly" }, { close: "never" }]);
    for (const point of points()) {
      const [log, asked]: [string[], Unary[]] = [[], []];
      const one = session(echoing, asked);
      const closing = { ...one, [Symbol.asyncDispose]: async () => void log.push("closed") };
      (await run(point, [closing], 1, log))();
      const closed = point.params.close === "properly" ? ["close", "closed"] : [];
      expect(log).toEqual(["open", "first_call", ...closed, "in_use"]);
      expect(asked.map(echoing).map((text) => text.length)).toEqual([1024, 1024]);
    }
  });

  it("says how many sessions may be open: one at each place, and all that are left", () => {
    expect(points().map((point) => [pointLoad(point), opensAt(point), sessionsAt(point)])).toEqual([
      ["churn: 50/s on 10 connections; in use: 5 VUs", 10, 25],
      ["churn: 50/s on 10 connections; in use: 5 VUs", 60, 75],
    ]);
  });

  it("goes on for the profile's own time, or as a load of the reader's own, those in use as long as it does", () => {
    const executor = {
      executor: "constant-arrival-rate",
      perSecond: 3,
      durationMs: 7000,
      maxInFlight: 100_000,
    } as const;
    const [, never] = points({ executor, sessions: 2 });
    expect(never?.workloads.map(({ load }) => durationOf(load))).toEqual([7000, 7000]);
    expect(never?.workloads.map(({ opens }) => opens)).toEqual([2 + 21, undefined]);
    const [, byVUs] = points({ executor: { executor: "constant-vus", vus: 4, durationMs: 1000 } });
    expect(byVUs?.workloads[0]?.opens).toBe(10_004);
  });
});

describe("streaming", () => {
  /** What the agent `tokens` streams. */
  const tokens = (operation: Streaming): string[] => {
    const { chunks, sizeBytes } = JSON.parse(bodyText(operation.body));
    return Array.from({ length: chunks }, (_, n) => `token-${n}`.padEnd(sizeBytes, "."));
  };
  const streams = (streamed: typeof tokens): Session => session(echoing, [], streamed);
  const { events: _, ...usual } = smoke;

  it("streams few events and many, at a pace and without, and to a reader that pauses", () => {
    const points = streaming.points(usual);
    expect(points.map(({ params }) => params)).toEqual([
      { events: 20 },
      { events: 20, everyMs: 20 },
      { events: 1500 },
      { events: 1500, everyMs: 1 },
      { events: 400, sizeBytes: 65_536, pauseMs: 1000 },
    ]);
    expect(points.map(pointLoad)).toEqual([
      ...["10 VUs", "10 VUs", "1 VU × 3 iterations", "1 VU × 1 iteration", "3 VUs × 1 iteration"],
    ]);
    expect(points.map(({ freshServer }) => freshServer)).toEqual([...Array(4).fill(undefined), true]);
  });

  it("leaves a paced stream's window room for two of it, and a load of the reader's own as it is", () => {
    const windows = streaming.points({ ...smoke, events: [50] }).map(({ workloads }) => workloads[0]?.load);
    expect(windows).toMatchObject([{ durationMs: 200 }, { durationMs: 2000 }]);
    const executor = { executor: "constant-vus", vus: 7, durationMs: 100 } as const;
    expect(streaming.points({ ...usual, executor }).map(pointLoad)).toEqual(Array(5).fill("7 VUs"));
  });

  it("accepts all events in order, and no others", async () => {
    for (const point of streaming.points(usual)) {
      (await run(point, [streams(tokens)]))();
      for (const wrong of [
        (all: string[]) => all.slice(1),
        (all: string[]) => all.slice(0, -1),
        (all: string[]) => [...all, "token-0"],
        (all: string[]) => all.map((text) => `${text}.`),
      ])
        expect(await run(point, [streams((operation) => wrong(tokens(operation)))])).toThrow(/\[mismatch\]/);
    }
  });
});

describe("workflow", () => {
  const [point] = workflow.points(smoke) as readonly [Point];

  it("asks six agents in order, the researchers each on a session of its own", async () => {
    const asked: Unary[][] = [[], [], []];
    const sessions = asked.map((list) => session(working, list));
    const verify = await run(point, sessions, 42);
    verify();
    const agents = asked.map((list) => list.map((operation) => (operation.kind === "send" ? operation.agent : "")));
    expect(agents).toEqual([["planner", "researcher", "writer", "reviewer"], ["researcher"], ["researcher"]]);
  });

  it("carries the same number of bytes in every iteration", async () => {
    const bytesOf = async (iteration: number): Promise<number> => {
      let bytes = 0;
      const counting = session((operation) => {
        const answer = working(operation);
        bytes += Buffer.byteLength(answer) + ("body" in operation ? Buffer.byteLength(bodyText(operation.body)) : 0);
        return answer;
      });
      await run(point, [counting], iteration);
      return bytes;
    };
    expect(await bytesOf(999_999)).toBe(await bytesOf(0));
  });

  it("asks the three researchers at the same time", async () => {
    let open = 0;
    let most = 0;
    const slow = session(working);
    const parallel: Session = {
      ...slow,
      call: async (operation, signal) => {
        most = Math.max(most, ++open);
        await Promise.resolve();
        open--;
        return slow.call(operation, signal);
      },
    };
    await run(point, [parallel]);
    expect(most).toBe(3);
  });

  it("notices a reply that belongs to another topic", async () => {
    const crossed = session((operation) => working(operation).replace("topic 000007", "topic 000008"));
    const verify = await run(point, [crossed], 7);
    expect(verify).toThrow(/\[mismatch\]/);
    expect(expectedReview("topic 000007")).toContain("risks of topic 000007");
  });
});

describe("textOf", () => {
  it.each([0, 1, 64, 65, 1024, 102_400])("makes %d bytes", (size) => {
    expect(Buffer.byteLength(textOf(size))).toBe(size);
  });

  it("is checked byte for byte", () => {
    expect(() => expectBody({ kind: "message", body: textOf(1024) }, `${textOf(1023)}?`)).toThrow(/\[mismatch\]/);
  });
});
