import { Failure } from "@apb/core/failure";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { measureAbreast, type SideEvent } from "./sides.ts";
import { type Script, scripted } from "./testing/fake-equipment.ts";
import { planned } from "./testing/planned.ts";
import { optionsOf, played, stopTime } from "./testing/playing.ts";
import { machineMs } from "./usage-series.ts";

beforeEach(stopTime);
afterEach(() => void vi.useRealTimers());

/** Sides that play their scripts, each with these cells: what they told, and what each was asked for. */
async function abreast(scripts: readonly Script[], signal = new AbortController().signal) {
  const rigs = scripts.map((script) => scripted(script));
  const cells = [planned(1), planned(2)];
  const sides = rigs.map(({ equipment }) => ({
    group: { binding: "x/y", server: "sdk", round: 1, cells } as const,
    equipment,
    options: optionsOf(),
  }));
  const told: SideEvent[] = [];
  const listen = async (): Promise<void> => {
    const generate = () => rigs.map(({ equipment }) => equipment.generate());
    for await (const event of measureAbreast(sides, { generate, sliceMs: 50, signal })) told.push(event);
  };
  await played(listen());
  const cellsOf = (side: number): readonly string[] =>
    told.flatMap((one) =>
      one.side === side && one.event.kind === "cell"
        ? [`${one.event.result.cell.case.n} ${one.event.result.status}`]
        : [],
    );
  return { told, cellsOf, logs: rigs.map(({ log }) => log), endedAtMs: machineMs() };
}

describe("measureAbreast", () => {
  it("measures the cells of all sides, each on its own server and its own part of the generator", async () => {
    const { cellsOf, logs } = await abreast([{}, {}, {}]);
    for (const side of [0, 1, 2]) expect(cellsOf(side)).toEqual(["1 measured", "2 measured"]);
    for (const log of logs)
      expect(log.filter((line) => /^(serve|drive|server ended)/.test(line))).toEqual([
        ...[
          "serve x/y sdk",
          "drive after 1050000",
          "drive after 0",
          "drive after 1005000",
          "drive after 0",
          "server ended",
        ],
      ]);
  });

  it("lets nobody begin before all are ready", async () => {
    const drives: number[] = [];
    const timed = (startsInMs: number): Script => ({
      startsInMs,
      drive: () => {
        drives.push(machineMs());
        return {};
      },
    });
    await abreast([timed(10), timed(700)]);
    expect(drives.slice(0, 2)).toEqual([700, 700]);
  });

  it("ends all when one of them fails, and tells no numbers of what has lost its other side", async () => {
    const { cellsOf, logs, endedAtMs } = await abreast([
      {},
      { rehearse: () => Promise.reject(new Failure("rejected", "no such agent")) },
    ]);
    expect(cellsOf(1)).toEqual(["1 failed"]);
    expect(cellsOf(0)).toEqual([]);
    for (const log of logs) expect(log).toEqual(expect.arrayContaining(["server ended", "generator ended"]));
    expect(endedAtMs).toBeLessThan(1000);
  });

  it("ends all when a server does not start", async () => {
    const { cellsOf } = await abreast([
      { serve: () => Promise.reject(new Failure("environment", "the port is taken")) },
      {},
    ]);
    expect(cellsOf(0)).toContain("1 failed");
    expect(cellsOf(1)).toEqual([]);
  });

  it("ends in order when it is interrupted", async () => {
    const { cellsOf, logs } = await abreast([{}, {}], AbortSignal.abort());
    expect([cellsOf(0), cellsOf(1)]).toEqual([[], []]);
    for (const log of logs) expect(log.at(-1)).toBe("generator ended");
  });
});
