import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { requireCsvFolder, requireOutFolder } from "./run-folder.ts";

let top = "";

beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), "bench-test-"));
});

afterEach(() => rm(top, { recursive: true, force: true }));

/** Writing that fails as the system would say it. */
function failing(code: string): () => Promise<void> {
  return () => Promise.reject(Object.assign(new Error(`${code}: the system's words`), { code }));
}

describe("requireOutFolder", () => {
  it.each(["", "new", "new/below/that"])("lets %j be, and leaves nothing behind", async (path) => {
    await requireOutFolder(join(top, path));
    expect(await readdir(top)).toEqual([]);
  });

  it("lets a folder be that holds something else", async () => {
    await writeFile(join(top, "notes.txt"), "");
    await requireOutFolder(top);
    expect(await readdir(top)).toEqual(["notes.txt"]);
  });

  it.each(["run.json", "cells.jsonl"])("refuses a folder with %s", async (file) => {
    await writeFile(join(top, file), "");
    const refused = { kind: "usage", sentence: `--out ${top}: expected a folder without a run; name another folder` };
    await expect(requireOutFolder(top)).rejects.toMatchObject(refused);
  });

  it.each(["", "/below", "/below/that"])("refuses a file%s", async (path) => {
    const file = join(top, "file");
    await writeFile(file, "");
    await expect(requireOutFolder(file + path)).rejects.toMatchObject({
      kind: "usage",
      sentence: `--out ${file}${path}: ${file} is a file, expected a folder; name another folder`,
    });
  });

  it.each([
    ["EROFS", "it is on a file system that is mounted read-only"],
    ["EACCES", expect.stringMatching(/^it cannot be written by this user \(uid \d+\)$/)],
    ["ENOSPC", "there is no space left"],
    ["EIO", "it cannot be written (EIO: the system's words)"],
  ])("says what is wrong in words for %s", async (code, words) => {
    const refused = requireOutFolder(join(top, "a/b"), failing(code));
    await expect(refused).rejects.toMatchObject({ kind: "usage" });
    const [, what] =
      /^--out \S+: (.+); name another folder$/.exec(await refused.catch(({ sentence }) => sentence)) ?? [];
    expect(what).toEqual(words);
  });

  it("tries it: what cannot be written by permissions, or at all, is refused", async () => {
    // The superuser may write anywhere but into the kernel's own folders.
    const closed = process.getuid?.() === 0 ? "/proc/self" : join(top, "closed");
    if (closed.startsWith(top)) await mkdir(closed);
    if (closed.startsWith(top)) await chmod(closed, 0o555);
    const refused = { kind: "usage", sentence: expect.stringContaining("cannot be written") };
    await expect(requireOutFolder(join(closed, "run"))).rejects.toMatchObject(refused);
  });
});

describe("requireCsvFolder", () => {
  it("lets the folder of a run be, and one that is still to be made", async () => {
    await writeFile(join(top, "run.json"), "");
    await requireCsvFolder(join(top, "locust"));
    await requireCsvFolder(join(top, "new/locust"));
    expect(await readdir(top)).toEqual(["run.json"]);
  });

  it("refuses a file in its place", async () => {
    const file = join(top, "file");
    await writeFile(file, "");
    await expect(requireCsvFolder(join(file, "locust"))).rejects.toMatchObject({
      kind: "usage",
      sentence: `--csv ${file}/locust: ${file} is a file, expected a folder; name another folder`,
    });
  });
});
