import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import type { Run } from "@apb/core/run";
import { pointsOfRun } from "@apb/report/history-point";
import { appendHistory } from "@apb/report/history-store";
import { sampleNight, sampleRounds, sampleUsage, slower } from "@apb/report/testing/sample-rounds";
import { sampleHole, sampleInfo, sampleVerdict } from "@apb/report/testing/sample-run";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { knownFrom, printComparison } from "./compare.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "compare-"));
});
afterAll(() => rm(folder, { recursive: true }));

const bindings = ["a/b", "c/d", "e/f", "g/h", "i/j"];

/** A whole night of five bindings. */
function night(of: (binding: string) => Run["results"] = (binding) => sampleRounds({}, { binding })): Run {
  return sampleNight(bindings.flatMap(of));
}

/** The exit code and what is printed, on as many columns as it takes. */
function printed(candidate: Run, flags: Partial<Parameters<typeof printComparison>[2]> = {}) {
  let text = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  const code = printComparison(night(), candidate, { format: "markdown", maxRegression: 0.2, ...flags }, stream);
  return { code, text };
}

const whole = night();

describe("knownFrom", () => {
  it("knows a row's spread by the nights of its machine and task, and nothing of others", async () => {
    const nights = Array.from({ length: 9 }, (_, n) => {
      const cpu = { server: { ...sampleUsage, cpuMsPerOperation: 0.16 + (n % 2) / 1000 } };
      return sampleNight(sampleRounds(cpu), { id: `night-${n}`, startedAt: `2026-08-0${n + 1}T03:00:00.000Z` });
    });
    await appendHistory(
      folder,
      nights.flatMap((run) => pointsOfRun(run).points),
    );
    const [run] = nights;
    const [first] = run?.results ?? [];
    if (run === undefined || first === undefined) throw new TypeError("expected a night");
    const { spreadOf } = await knownFrom(folder, run.info);
    expect(spreadOf?.(first.cell, "cpuMsPerOperation")?.sd).toBeCloseTo(Math.log(161 / 160) / 0.6745, 6);
    expect(spreadOf?.(first.cell, "p99Ms")).toBeNull();
    expect(spreadOf?.({ ...first.cell, binding: "x/y" }, "cpuMsPerOperation")).toBeNull();
    const environment = { ...run.info.environment, cpuCount: 64 };
    const elsewhere = await knownFrom(folder, { ...run.info, environment });
    expect(elsewhere.spreadOf?.(first.cell, "cpuMsPerOperation")).toBeNull();
  });

  it("refuses a folder without a history", async () => {
    await expect(knownFrom(join(folder, "none"), sampleInfo())).rejects.toThrow(
      /^\[usage\] --history: there is no hist/,
    );
  });
});

describe("the exit code of a comparison", () => {
  it("is 0 for an equal run", () =>
    expect(printed(night())).toMatchObject({ code: 0, text: expect.stringMatching(/\*\*passed, /) }));

  it.each<[what: string, candidate: Run, said: RegExp]>([
    [
      "a server four times slower, of which one round is impossible",
      night((binding) =>
        sampleRounds((round) => ({ ...slower(4), ...(round === 2 ? { verdict: sampleVerdict("impossible") } : {}) }), {
          binding,
        }),
      ),
      /## Worse\n\n- a\/b, message-size 1 KiB: server CPU 0\.160 → 0\.640/,
    ],
    ["no cells", sampleNight([]), /Nothing could be judged that a slower server shows in/],
    [
      "a run interrupted after 3 of 30 cells",
      sampleNight(whole.results.filter(({ cell }) => cell.round === 1).slice(0, 3), { exit: "interrupted" }),
      /- The candidate was interrupted: what it had not reached is absent\./,
    ],
    [
      "a run whose last line was cut off when it was killed",
      sampleNight(whole.results.slice(0, -1), {
        exit: null,
        endedAt: null,
      }),
      /- The candidate has no end: it is still running, or was killed\.\n- The baseline has 1 row .*i\/j.*1 of 6 rounds missing/,
    ],
    [
      "a run that says it is complete, with its last line cut off",
      { ...whole, truncated: ["cells.jsonl, line 30 was cut off and is left out"] },
      /- The candidate is not whole: cells\.jsonl, line 30 was cut off/,
    ],
    ["a run that failed", sampleNight(whole.results, { exit: "failed" }), /- The candidate ended early with a failure/],
    [
      "a cell that fails now",
      night((binding) =>
        binding === "a/b"
          ? [1, 2, 3, 4, 5, 6].map((round) => sampleHole({ binding, round }))
          : sampleRounds({}, { binding }),
      ),
      /- a\/b, message-size 1 KiB: fails now/,
    ],
  ])("is 1 for %s, with the reason", (_what, candidate, said) => {
    const { code, text } = printed(candidate);
    expect(code).toBe(1);
    expect(text).toMatch(said);
    expect(text).toContain("**not passed, ");
  });

  it("is 1 where a metric that must be judged is not", () => {
    const blind = night((binding) => sampleRounds({ verdict: sampleVerdict("client-limited") }, { binding }));
    expect(printed(blind).code).toBe(0);
    const { code, text } = printed(blind, { requireJudged: ["cpuMsPerOperation", "operationsPerSecond"] });
    expect(code).toBe(1);
    expect(text).toMatch(/- RPS \(operationsPerSecond\) was to be judged, and could not be in 5 rows: a\/b, /);
  });

  it("is 2 for runs that cannot be compared", () => {
    const environment = { ...sampleInfo().environment, cpuModel: "Other CPU" };
    expect(printed(sampleNight(whole.results, { environment })).code).toBe(2);
  });
});
