import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ABInfo } from "@apb/core/ab";
import { createAB } from "@apb/report/ab-store";
import { Command } from "@commander-js/extra-typings";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { findProfile } from "./catalog.ts";
import { type ExportFlags, exportStored } from "./export.ts";
import { addExportCommand } from "./export-command.ts";

const profile = findProfile("smoke");
if (profile === undefined) throw new Error("no profile smoke");
const info: ABInfo = {
  ...{ schemaVersion: 1, id: "2026-08-01T03-00-00-ab", control: false, bindings: {}, profile },
  a: { label: "ref=main", server: "reference", client: "wire", commit: "a".repeat(40) },
  b: { label: "ref=HEAD", server: "reference", client: "wire", commit: "b".repeat(40) },
  ...{ seed: 1, sliceMs: 50, restarted: true, until: null, budgetMs: 90_000, spent: {}, metrics: [], failures: [] },
  outcome: { verdict: "not judged", sentence: "Nothing could be judged" },
  environment: {
    ...{ cpuModel: "CPU", cpuCount: 2, memoryBytes: 1024, platform: "linux", kernel: "6", governor: null },
    ...{ cpuLimit: null, memoryLimitBytes: null, openFilesLimit: null, node: "20", v8: "11", openssl: "3" },
    ...{ loadAverage: 0, gitCommit: null, libraries: {} },
  },
  ...{ startedAt: "2026-08-01T03:00:00.000Z", endedAt: "2026-08-01T03:01:00.000Z", exit: "completed" },
};

let place = "";
let stored = "";
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), "export-"));
  stored = join(place, "ab");
  await createAB(stored, info);
});
afterAll(() => rm(place, { recursive: true }));

/** What an export writes to both streams. */
async function exported(flags: ExportFlags, from = stored): Promise<{ readonly out: string; readonly said: string }> {
  const out = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  try {
    expect(await exportStored(from, flags)).toBe(0);
    return { out: out.mock.calls.join(""), said: said.mock.calls.join("") };
  } finally {
    vi.restoreAllMocks();
  }
}

describe("bench export", () => {
  it("writes to standard output, or into a file, one line end at its end", async () => {
    const { out } = await exported({ to: "github-summary" });
    expect(out).toMatch(/^## Nothing could be judged\n[\s\S]*<\/sub>\n$/);
    const file = join(place, "new/summary.md");
    expect(await exported({ to: "github-summary", out: file })).toEqual({ out: "", said: `written to ${file}\n` });
    expect(await readFile(file, "utf8")).toBe(out);
    expect(await exported({ to: "github-summary" }, join(stored, "ab.json"))).toMatchObject({ out });
  });

  it("names the files of a folder", async () => {
    const folder = join(place, "folder/");
    await exported({ to: "junit", out: folder });
    await exported({ to: "openmetrics", out: join(place, "folder") });
    await exported({ to: "github-action-benchmark", out: join(place, "two") });
    expect((await readdir(folder)).sort()).toEqual(["junit.xml", "metrics.txt"]);
    expect((await readdir(join(place, "two"))).sort()).toEqual([
      ...["customBiggerIsBetter.json", "customSmallerIsBetter.json"],
    ]);
    const one = join(place, "bigger.json");
    await exported({ to: "github-action-benchmark", out: one, direction: "bigger" });
    expect(await readFile(one, "utf8")).toBe("[]\n");
  });

  it.each<[string, ExportFlags, string]>([
    ["two files to standard output", { to: "github-action-benchmark" }, "name a folder with --out"],
    ["a direction where there is none", { to: "bmf", direction: "bigger" }, "leave it out"],
  ])("says what to do about %s", async (_, flags, sentence) => {
    const exporting = exportStored(stored, flags);
    await expect(exporting).rejects.toMatchObject({ kind: "usage", sentence: expect.stringContaining(sentence) });
  });

  it("says so where two files are to become one, and where nothing is stored", async () => {
    const file = join(place, "file");
    await writeFile(file, "");
    const two = exportStored(stored, { to: "github-action-benchmark", out: file });
    await expect(two).rejects.toMatchObject({ kind: "usage", sentence: expect.stringContaining("name a folder") });
    const nothing = exportStored(place, { to: "bmf" });
    await expect(nothing).rejects.toMatchObject({
      kind: "usage",
      sentence: expect.stringContaining("there is no run"),
    });
  });

  it("names every dialect in its help", () => {
    const program = new Command();
    addExportCommand(program);
    expect(program.commands[0]?.helpInformation().replaceAll(/\s+/g, " ")).toContain(
      "junit, bmf, github-action-benchmark, github-summary, openmetrics, csv",
    );
  });
});
