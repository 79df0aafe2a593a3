import { describe, expect, it } from "vitest";
import { csvReport } from "./csv.ts";
import { failureSections } from "./failure-section.ts";
import { namesOf } from "./names.ts";
import { rowsOf } from "./rows.ts";
import { sampleCell, sampleInfo, sampleRun, sampleStep } from "./testing/sample-run.ts";

function linesOf(...cells: readonly ReturnType<typeof sampleCell>[]) {
  const rows = rowsOf(sampleRun(cells));
  return failureSections(rows, namesOf(rows, sampleInfo().selection)).flatMap(({ groups }) => groups.flat());
}

describe("failures", () => {
  it("are none where nothing failed", () => {
    expect(linesOf(sampleCell())).toEqual([]);
  });

  it("have a line for each kind, the most frequent first, with what the first round's first said", () => {
    const total = (sentence: string) => ({
      ...sampleStep([1, 1], { timeout: 1, agent: 2 }),
      said: {
        agent: { firstMs: 1, lastMs: 2, sentence },
        timeout: { firstMs: 3, lastMs: 3, sentence: "none in time" },
      },
    });
    const rounds = [2, 1].map((round) => sampleCell({ round }, { steps: { total: total(`said in round ${round}`) } }));
    expect(csvReport(sampleRun(rounds)).split("\n")[1]).toContain(
      ",timeout 2; agent 4,agent: said in round 1; timeout: none in time,",
    );
    expect(linesOf(...rounds)).toEqual([
      ["message-size 1 KiB", "one/rest", "agent", "4", "40.0", "said in round 1"],
      ["message-size 1 KiB", "one/rest", "timeout", "2", "20.0", "none in time"],
    ]);
  });

  it("name the step where it is not the whole alone, and say nothing where an older run stored nothing", () => {
    const { said: _, ...unsaid } = sampleStep([1], { closed: 1 });
    const steps = {
      total: unsaid,
      connect: sampleStep([1, 1, 1], { refused: 1 }),
      plan: sampleStep([1]),
      write: sampleStep([], { closed: 1 }),
    };
    expect(linesOf(sampleCell({}, { steps })).map(([, , ...rest]) => rest)).toEqual([
      ["total", "closed", "1", "50.0", "–"],
      ["connect", "refused", "1", "25.0", "it was refused"],
      ["write", "closed", "1", "100", "it was closed"],
    ]);
  });
});
