import { Failure } from "@apb/core/failure";
import { type Load, whole } from "@apb/core/load";
import type { Workload } from "@apb/core/scenario";
import { fakeBinding } from "@apb/core/testing/fakes";
import { describe, expect, it } from "vitest";
import { beginAll, doOnce } from "./begin.ts";
import type { ConnectedWorkload } from "./drive.ts";
import { placesOf } from "./places.ts";

const load: Load = {
  ...{ executor: "constant-vus", vus: 5, durationMs: 1000 },
  ...{ startTimeMs: 0, gracefulStopMs: 0, sessions: 5 },
};

async function part(more: Partial<Workload> = {}, share = whole): Promise<ConnectedWorkload> {
  const session = await fakeBinding().connect("memory:", { client: "wire", signal: new AbortController().signal });
  const sessions = Array.from({ length: 5 }, () => session);
  return { workload: { name: "w", load, sessionsPerVU: 1, tasks: [], ...more }, share, sessions, asked: 5 };
}

const limits = { timeoutMs: 1000, seed: 1 };

describe("the start of users", () => {
  it("gives each a copy of what the setup left, to add its own to", async () => {
    const onStart: Workload["onStart"] = async (vu, io) => {
      const reply = await io.step("login", (signal) =>
        vu.session.call({ kind: "send", agent: "echo", body: `${vu.id}` }, signal),
      );
      vu.vars.own = reply.kind === "message" ? reply.body : null;
    };
    const vars = { shared: ["a"] };
    const { part: started, begun } = await beginAll(await part({ onStart }), vars, limits);
    expect(begun).toEqual({ asked: 5, begun: 5, firstFailure: null });
    expect(started.begun).toEqual([0, 1, 2, 3, 4].map((id) => ({ shared: ["a"], own: `${id}` })));
    expect(vars).toEqual({ shared: ["a"] });
  });

  it("counts those that fail, who have no place, and says what the first said", async () => {
    const onStart: Workload["onStart"] = async ({ id }) => {
      if (id % 2 === 1) throw new Failure("agent", `no user ${id}`);
    };
    const { part: started, begun } = await beginAll(await part({ onStart }), {}, limits);
    expect(begun).toEqual({ asked: 5, begun: 3, firstFailure: "VU 1 of w: [agent] no user 1" });
    expect(started.begun?.map((one) => one === null)).toEqual([false, true, false, true, false]);
  });

  it("numbers users over all generators", async () => {
    const ids = async (index: number) => placesOf(await part({}, { index, of: 2 })).map(({ id }) => id);
    expect([...(await ids(0)), ...(await ids(1))].toSorted()).toEqual([0, 1, 2, 3, 4]);
  });

  it("is not what happens once, which resolves with what it left", async () => {
    const vars = await doOnce(await part(), { a: 1 }, limits, async (vu) => {
      vu.vars.b = 2;
    });
    expect(vars).toEqual({ a: 1, b: 2 });
  });
});
