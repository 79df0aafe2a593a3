import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HistoryPoint } from "@apb/report/history-point";
import { appendHistory, historyFile, readHistory } from "@apb/report/history-store";
import { createRun } from "@apb/report/store";
import { sampleCell, sampleInfo } from "@apb/report/testing/sample-run";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { accept, add, show } from "./history.ts";
import { bench } from "./testing/bench-process.ts";

let folder = "";
let history = "";
let said = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-test-"));
  history = join(folder, "history");
  said = "";
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, "write").mockImplementation((text) => {
      said += String(text);
      return true;
    });
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

const binding = "mcp/jsonrpc";

/** Stores a run of one row of this night, with so much CPU per call. */
async function night(
  day: number,
  cpuMsPerOperation: number,
  exit: "completed" | "interrupted" = "completed",
): Promise<string> {
  const date = `2026-08-${String(day).padStart(2, "0")}`;
  const out = join(folder, date);
  const store = await createRun(out, sampleInfo({ id: date, startedAt: `${date}T02:00:00.000Z`, exit }));
  const cell = sampleCell({ binding });
  if (cell.server !== null) await store.append({ ...cell, server: { ...cell.server, cpuMsPerOperation } });
  return out;
}

describe("bench history", () => {
  it("takes nights, shows them, and fails only by a drift from what was accepted, where it was asked to", async () => {
    const first = await night(1, 0.2);
    const added = await bench("history", "add", first, "--accept", "--history", history).ended;
    expect(added).toMatchObject({ code: 0, stderr: "" });
    expect(added.stdout).toContain("5 points of 2026-08-01, night of 2026-08-01, which is the baseline from now on");
    expect(added.stdout).toContain("first night on this machine, Sample CPU × 2");
    for (const [n, cpu] of [0.21, 0.24, 0.24, 0.25].entries()) await add(await night(n + 2, cpu), { history });

    const args = ["--history", history, "--metric", "cpuMsPerOperation"];
    const { code, stdout } = await bench("history", "--fail-on-drift", "10%", ...args).ended;
    expect(code).toBe(1);
    expect(stdout).toMatch(/mcp\/jsonrpc +server CPU +5 +[▁▂▃▄▅▆▇█]{5} +0\.250 ms\/op +\? +\(\+20%\)/);
    expect(stdout).toContain("+20% against 0.200 ms/op (2026-08-01, accepted), more than 10.0%");
    expect(await show({ history, format: "table" })).toBe(0);
    expect(await show({ history, format: "json", failOnDrift: 0.3 })).toBe(0);

    expect(await accept(undefined, { history })).toBe(0);
    expect(said).toMatch(/the night of 2026-08-05 is the baseline of 5 series \(quick [0-9a-f]{8}\) on Sample CPU × 2/);
    expect(await show({ history, format: "table", failOnDrift: 0.1 })).toBe(0);
    expect(await accept(join(folder, "2026-08-01"), { history, metric: ["cpuMsPerOperation"] })).toBe(0);
    expect(await show({ history, format: "table", failOnDrift: 0.1 })).toBe(1);
  }, 60_000);

  it("takes neither what was cut short nor what has no numbers, and names a commit of another repository", async () => {
    await expect(add(await night(1, 0.2, "interrupted"), { history })).rejects.toThrow(
      "it ended as interrupted, and is no",
    );
    const out = join(folder, "empty");
    await createRun(out, sampleInfo());
    expect(await add(out, { history })).toBe(1);
    expect(said).toContain("nothing was added: it has no numbers");
    expect(await readHistory(history)).toBeNull();
    await add(await night(2, 0.2), { history, commit: "theirs" });
    expect((await readHistory(history))?.points[0]).toMatchObject({ commit: "theirs", cell: { binding } });
  });

  it("says what there is where it is asked for something else, and what to do where there is nothing", async () => {
    await expect(show({ history, format: "table" })).rejects.toThrow("add its first night with bench history add");
    await expect(accept(undefined, { history })).rejects.toThrow("there is no history in");
    await add(await night(1, 0.2), { history });
    await expect(show({ history, format: "table", binding: ["no/such"] })).rejects.toThrow(
      "bindings mcp/jsonrpc; scenarios",
    );
    await expect(accept("2027-01-01", { history })).rejects.toThrow("which has the night of 2026-08-01");
    await expect(add(join(folder, "nothing"), { history })).rejects.toThrow("there is no run in");
    await expect(add(join(folder, "2026-08-01"), { history: join(history, historyFile) })).rejects.toThrow(
      "expected a folder",
    );
  });

  it("judges the machine that measured last, and says where there is nothing to judge", async () => {
    await add(await night(1, 0.2), { history });
    const { points } = (await readHistory(history)) ?? { points: [] };
    const elsewhere = points.map((point): HistoryPoint => ({ ...point, machine: { id: "old", label: "Old" } }));
    const drifted = elsewhere.map((point, n): HistoryPoint => ({ ...point, night: `2026-07-0${n + 1}`, value: n + 1 }));
    await appendHistory(history, drifted);
    expect(await show({ history, format: "table", failOnDrift: 0.1 })).toBe(0);
    await expect(
      show({ history, format: "table", failOnDrift: 0.1, binding: [binding], scenario: ["none"] }),
    ).rejects.toThrow("nothing in this history");
    const lines = (await readFile(join(history, historyFile), "utf8")).replaceAll(binding, "own/rest");
    const other = join(folder, "other");
    await appendHistory(
      other,
      lines.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)])),
    );
    await expect(show({ history: other, format: "table", failOnDrift: 0.1 })).rejects.toThrow("nothing to judge");
    expect(await show({ history: other, format: "table", failOnDrift: 0.1, binding: ["own/rest"] })).toBe(0);
  });
});
