import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { everySeries } from "./history.ts";
import { appendHistory, historyFile, readHistory } from "./history-store.ts";
import { samplePoint } from "./testing/sample-history.ts";

let folder = "";
const file = (): string => join(folder, historyFile);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "history-"));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const accepted = {
  ...({ schemaVersion: 1, kind: "accepted", night: "2026-08-01", machine: "m", only: everySeries } as const),
  ...{ runs: ["run-0"], acceptedAt: "2026-08-02T00:00:00.000Z" },
};

async function numbersIn(): Promise<readonly (number | string)[]> {
  const { points, notes } = (await readHistory(folder)) ?? { points: [], notes: [] };
  return [...points.map(({ value }) => value), ...notes];
}

describe("a history", () => {
  it("is read as it was written, in the order of its lines, and made where there is none", async () => {
    folder = join(folder, "new/one");
    expect(await readHistory(folder)).toBeNull();
    const points = [0, 1, 2].map((n) => samplePoint(n));
    await appendHistory(folder, points.slice(0, 2));
    await appendHistory(folder, [...points.slice(2), accepted]);
    expect(await readHistory(folder)).toEqual({ points, accepted: [accepted], notes: [] });
  });

  it("refuses to store what does not fit the schema, and stores nothing of it", async () => {
    const wrong = samplePoint(0, { value: Number.NaN });
    await expect(appendHistory(folder, [samplePoint(), wrong])).rejects.toThrow("a line of a history does not fit");
    expect(await readHistory(folder)).toBeNull();
  });

  it.each([
    ["another version", { ...samplePoint(), schemaVersion: 2 }, "line 2: expected schemaVersion 1, got 2"],
    ["a field nobody knows", { ...samplePoint(), more: 1 }, 'line 2: the whole: Unrecognized key: "more"'],
    ["no value", { ...samplePoint(), value: null }, "line 2: value:"],
    ["a kind nobody knows", { ...samplePoint(), kind: "odd" }, "line 2: kind:"],
    ["a night that is no date", { ...samplePoint(), night: "1 August" }, "line 2: night: expected a date"],
    ["no object", 7, "line 2: "],
  ])("with a line of %s is refused, with where it is", async (_what, line, said) => {
    await appendHistory(folder, []);
    await writeFile(file(), `\n${JSON.stringify(line)}\n`);
    await expect(readHistory(folder)).rejects.toThrow(said);
  });

  it("loses nothing but the line that was cut off, wherever, and never what comes after it", async () => {
    await appendHistory(folder, [samplePoint(0, { value: 1 }), samplePoint(1, { value: 2 })]);
    const { length } = await readFile(file());
    await truncate(file(), length - 40);
    const note = (line: number) => expect.stringMatching(`line ${line} was cut off and is left out`);
    expect(await numbersIn()).toEqual([1, note(3)]);
    await appendHistory(folder, [samplePoint(1, { value: 3 })]);
    expect(await numbersIn()).toEqual([1, 3, note(3)]);
    await appendFile(file(), '{"schemaVersion":1');
    await appendHistory(folder, [samplePoint(2, { value: 4 })]);
    expect(await numbersIn()).toEqual([1, 3, 4, note(3), note(5)]);
  });

  it("says what is wrong with a folder that cannot be written or read", async () => {
    await writeFile(join(folder, "plain"), "");
    await expect(appendHistory(join(folder, "plain/below"), [samplePoint()])).rejects.toThrow("cannot be written");
    await expect(readHistory(join(folder, "plain"))).rejects.toThrow("expected a file that can be read, got ENOTDIR");
  });
});

describe("writers at once", () => {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  const script = fileURLToPath(new URL("testing/history-writer.ts", import.meta.url));
  // Some 180 KB a write, more than a pipe or a page holds.
  const points = 300;
  const nights = 6;
  const writer = (name: string, nights: number): ChildProcess =>
    spawn(process.execPath, ["--import", tsx, script, folder, name, String(nights), String(points)], {
      stdio: ["ignore", "pipe", "inherit"],
    });

  it("leave every line, those of each write together, whatever is left of a third that is killed", async () => {
    const killed = writer("killed", 100_000);
    if (killed.stdout === null) throw new Error("expected a pipe");
    await once(killed.stdout, "data");
    const others = ["one", "two"].map((name) => once(writer(name, nights), "close"));
    const gone = once(killed, "close");
    killed.kill("SIGKILL");
    const [, ...ends] = await Promise.all([gone, ...others]);
    expect(ends.map(([code]) => code)).toEqual([0, 0]);
    const history = await readHistory(folder);
    expect(history?.notes.length).toBeLessThanOrEqual(1);
    const values = history?.points.filter(({ run }) => run !== "killed").map(({ value }) => value) ?? [];
    expect(values).toEqual(Array.from({ length: 2 * nights * points }, (_, n) => n % points));
  }, 60_000);
});
