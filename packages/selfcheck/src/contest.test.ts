import { Failure } from "@apb/core/failure";
import { describe, expect, it } from "vitest";
import type { Arena, Contender, Outcome } from "./contenders.ts";
import { contest } from "./contest.ts";

const reading = { requestsPerSecond: 1, p50Ms: 1, p99Ms: 1, failures: 0 };
const outcome: Outcome = { reading, sighting: null };
const arena: Arena = {
  server: { urls: {}, calls: async () => 0 },
  binding: "a/b",
  request: { protocol: "HTTP/1.1", path: "/", headers: [], body: Buffer.alloc(0) },
};
const effort = { connections: 1, seconds: 1, perSecond: null };

function contender(name: string, run: () => Promise<Outcome> = async () => outcome): Contender {
  return { name, resolutionMs: 0, run };
}

describe("a contest", () => {
  it("turns the order round with every round, and goes on when one fails", async () => {
    const order: string[] = [];
    const failing = contender("b", () => Promise.reject(new Failure("environment", "crashed")));
    const field = [contender("a"), failing, contender("c")];
    const announce = (round: number, { name }: Contender): unknown => order.push(`${name}${round}`);
    const entries = await contest(field, arena, effort, 3, announce, new AbortController().signal);
    expect(order.join(" ")).toBe("a1 b1 c1 c2 b2 a2 a3 b3 c3");
    expect(
      entries.map(({ contender: { name }, outcomes, troubles }) => [name, outcomes.length, troubles.length]),
    ).toEqual([
      ["a", 3, 0],
      ["b", 0, 3],
      ["c", 3, 0],
    ]);
  });

  it("ends when it is interrupted, in the middle of a run", async () => {
    const stop = new AbortController();
    let runs = 0;
    const interrupted = contender("a", async () => {
      runs++;
      stop.abort();
      throw new Failure("closed", "its process was ended");
    });
    const held = contest([interrupted, interrupted], arena, effort, 2, () => undefined, stop.signal);
    await expect(held).rejects.toThrow("aborted");
    expect(runs).toBe(1);
  });
});
