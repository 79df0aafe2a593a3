import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readExpectations, readRun, readSeries } from "./read.ts";
import { createRun, type RunStore } from "./store.ts";
import { sampleCell, sampleHole, sampleInfo, sampleSecond } from "./testing/sample-run.ts";

let parent: string;
let folder: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "apb-store-"));
  folder = join(parent, "results", "run");
});

afterEach(() => rm(parent, { recursive: true }));

async function storedRun(): Promise<RunStore> {
  const store = await createRun(folder, sampleInfo());
  await store.append(sampleCell());
  await store.append(sampleHole({ round: 2 }));
  return store;
}

describe("createRun", () => {
  it("stores what readRun reads", async () => {
    const store = await storedRun();
    await store.appendSecond(sampleSecond(0));
    expect(await readRun(folder)).toEqual({
      info: sampleInfo(),
      results: [sampleCell(), sampleHole({ round: 2 })],
      series: [sampleSecond(0)],
      notes: [],
      truncated: [],
    });
  });

  it("has all files before the first cell", async () => {
    await createRun(folder, sampleInfo({ endedAt: null, exit: null }));
    expect(await readRun(folder)).toMatchObject({ info: { endedAt: null }, results: [] });
    expect(await readSeries(folder)).toEqual({ seconds: [], notes: [] });
  });

  it("replaces run.json as a whole and leaves nothing beside it", async () => {
    const store = await createRun(folder, sampleInfo({ endedAt: null, exit: null }));
    await store.writeInfo(sampleInfo({ exit: "interrupted" }));
    expect((await readRun(folder)).info.exit).toBe("interrupted");
    expect((await readdir(folder)).sort()).toEqual(["cells.jsonl", "run.json", "series.jsonl"]);
  });

  it("writes other files, ended by one line end", async () => {
    const store = await createRun(folder, sampleInfo());
    await store.writeText("report.md", "# Run");
    expect(await readFile(join(folder, "report.md"), "utf8")).toBe("# Run\n");
  });

  it("does not write into another run", async () => {
    await storedRun();
    await expect(createRun(folder, sampleInfo())).rejects.toThrow(
      /^\[usage\] .*cells\.jsonl: expected a folder without/,
    );
    expect((await readRun(folder)).results).toHaveLength(2);
  });

  it("says that a folder cannot be written", async () => {
    await writeFile(join(parent, "results"), "a file where a folder should be");
    await expect(createRun(folder, sampleInfo())).rejects.toThrow(/^\[environment\] .*cannot be written .*permissions/);
  });

  it.runIf(process.platform === "linux")("says that the disk is full", async () => {
    const store = await createRun(folder, sampleInfo());
    await rm(join(folder, "cells.jsonl"));
    await symlink("/dev/full", join(folder, "cells.jsonl"));
    await expect(store.append(sampleCell())).rejects.toThrow(/^\[environment\] .*ENOSPC.*free some space/);
  });

  it.runIf(process.platform === "linux")("says of the series, too, that the disk is full", async () => {
    const store = await createRun(folder, sampleInfo());
    await rm(join(folder, "series.jsonl"));
    await symlink("/dev/full", join(folder, "series.jsonl"));
    await expect(store.appendSecond(sampleSecond(0))).rejects.toThrow(/^\[environment\] .*series\.jsonl.*ENOSPC/);
  });

  it("does not store what could not be read again", async () => {
    const store = await storedRun();
    const broken = sampleCell({}, { operationsPerSecond: Number.NaN });
    await expect(store.append(broken)).rejects.toThrow(/^\[internal\] a cell .*operationsPerSecond/);
    expect((await readRun(folder)).results).toHaveLength(2);
    await expect(store.appendSecond(sampleSecond(0, { vus: 0.5 }))).rejects.toThrow(/^\[internal\] a second .*vus/);
    expect((await readSeries(folder)).seconds).toEqual([]);
  });
});

describe("readSeries", () => {
  it("reads what was stored, in its order", async () => {
    const store = await storedRun();
    for (const second of [0, 1, 2]) await store.appendSecond(sampleSecond(second));
    const { seconds, notes } = await readSeries(folder);
    expect(seconds).toEqual([sampleSecond(0), sampleSecond(1), sampleSecond(2)]);
    expect(notes).toEqual([]);
  });

  it("leaves out a last line that was cut off, and says so", async () => {
    const store = await storedRun();
    await store.appendSecond(sampleSecond(0));
    await appendFile(join(folder, "series.jsonl"), '{"schemaVersion":2,"cell":{"scen');
    const { seconds, notes } = await readSeries(folder);
    expect(seconds).toEqual([sampleSecond(0)]);
    expect(notes).toEqual([expect.stringMatching(/series\.jsonl, line 2 was cut off and is left out/)]);
  });

  it("refuses what is wrong by file and line", async () => {
    const store = await storedRun();
    await store.appendSecond(sampleSecond(0));
    await appendFile(join(folder, "series.jsonl"), `${JSON.stringify({ ...sampleSecond(1), second: "x" })}\n`);
    await expect(readSeries(folder)).rejects.toThrow(/^\[usage\] .*series\.jsonl, line 2: second: .*expected/);
  });

  it("has none of a run that is older than series are, and says so", async () => {
    await storedRun();
    await rm(join(folder, "series.jsonl"));
    expect(await readSeries(folder)).toEqual({
      seconds: [],
      notes: [`there is no series.jsonl in ${folder}: the run is older than series are`],
    });
  });
});

describe("readRun", () => {
  it("leaves out a last line that was cut off, and says so", async () => {
    await storedRun();
    await appendFile(join(folder, "cells.jsonl"), '{"schemaVersion":1,"status":"meas');
    const run = await readRun(folder);
    expect(run.results).toHaveLength(2);
    expect(run.notes).toEqual([expect.stringMatching(/cells\.jsonl, line 3 was cut off and is left out/)]);
    expect(run.truncated).toEqual(run.notes);
  });

  it("takes a whole last line without a line end", async () => {
    await storedRun();
    await appendFile(join(folder, "cells.jsonl"), JSON.stringify(sampleCell({ round: 3 })));
    const run = await readRun(folder);
    expect(run.results).toHaveLength(3);
    expect(run.notes).toEqual([]);
  });

  it.each([
    ["no JSON", "nonsense\n", /line 3: expected JSON, got "nonsense"/],
    ["an empty line", "\n", /line 3: expected JSON, got nothing/],
    ["a cut line that is not the last", '{"schema\n{"schema', /line 3: expected JSON, got/],
    ["another version", '{"schemaVersion":3}\n', /line 3: expected schemaVersion 2, got 3; read it with/],
    ["an older version among newer ones", '{"schemaVersion":1}\n', /line 3: expected schemaVersion 2, got 1/],
    ["another version as the last line", '{"schemaVersion":"x"}', /line 3: expected schemaVersion 2, got "x"/],
    ["no version", "{}\n", /line 3: status: .*Expected/],
    ["no object", "[]\n", /line 3: .*expected object/],
    ["a wrong field", `${JSON.stringify({ ...sampleHole({}), reason: 5 })}\n`, /line 3: reason: .*expected string/],
  ])("refuses %s by file and line", async (_name, text, message) => {
    await storedRun();
    await appendFile(join(folder, "cells.jsonl"), text);
    await expect(readRun(folder)).rejects.toThrow(message);
    await expect(readRun(folder)).rejects.toMatchObject({ kind: "usage" });
  });

  it.each([
    ["run.json", "{", /run\.json: expected JSON, got "{"/],
    ["run.json", '{"schemaVersion":7}', /run\.json: expected schemaVersion 2, got 7/],
    ["run.json", JSON.stringify({ ...sampleInfo(), seed: "x" }), /run\.json: seed: .*expected number/],
  ])("refuses a wrong %s", async (file, text, message) => {
    await storedRun();
    await writeFile(join(folder, file), text);
    await expect(readRun(folder)).rejects.toThrow(message);
  });

  it.each(["run.json", "cells.jsonl", "."])(
    "says in one sentence that there is no run where %s is missing",
    async (file) => {
      await storedRun();
      await rm(join(folder, file), { recursive: true });
      const expected = `[usage] there is no run in ${folder}: expected run.json and cells.jsonl in it`;
      await expect(readRun(folder)).rejects.toThrow(expect.objectContaining({ message: expected }));
    },
  );

  it("says what keeps a file from being read", async () => {
    await storedRun();
    await rm(join(folder, "run.json"));
    await mkdir(join(folder, "run.json"));
    await expect(readRun(folder)).rejects.toThrow(
      /^\[usage\] .*run\.json: expected a file that can be read, got EISDIR$/,
    );
  });
});

describe("readExpectations", () => {
  it("reads the expectations of this repository", async () => {
    const file = new URL("../../../benchmarks/course-expectations.json", import.meta.url);
    const { load, protocols } = await readExpectations(file.pathname);
    expect(load).toEqual({ case: { sizeBytes: 1024 }, vus: 10 });
    expect(Object.values(protocols)).toContainEqual({
      meanMs: 15,
      requestsPerSecond: 2000,
      memoryMegabytes: 50,
      cpuPercent: 25,
    });
  });

  it("says that there is no such file", async () => {
    const file = join(parent, "none.json");
    await expect(readExpectations(file)).rejects.toThrow(`[usage] there is no file ${file}: expected one`);
  });

  it("refuses figures without a name", async () => {
    const file = join(parent, "expectations.json");
    await writeFile(file, '{"load":{"case":{},"vus":10},"protocols":{"one":{"meanMs":1}}}');
    await expect(readExpectations(file)).rejects.toThrow(/^\[usage\] .*expectations\.json: protocols\.one\./);
  });
});
