import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Run } from "@apb/core/run";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readRun, readSeries } from "./read.ts";
import { reporters } from "./reporters.ts";
import { cellV1, holeV1, infoV1 } from "./testing/sample-run-v1.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "apb-upgrade-"));
});

afterEach(() => rm(folder, { recursive: true }));

/** What version 1 stored, read as it is today. */
async function upgraded(info: object, ...cells: readonly object[]): Promise<Run> {
  await writeFile(join(folder, "run.json"), JSON.stringify(info));
  await writeFile(join(folder, "cells.jsonl"), cells.map((cell) => `${JSON.stringify(cell)}\n`).join(""));
  return readRun(folder);
}

function loadsIn({ results }: Run): readonly string[] {
  return results.map(({ cell }) => cell.load);
}

const ladder = { scenario: "concurrency-ladder", case: { connections: 1000 } };
const workflow = { scenario: "workflow", case: { users: 10 } };

describe("run.json of version 1", () => {
  it.each([
    ["one/rest", { protocol: "one", transport: "rest", variant: null }],
    ["one/jsonrpc@2025-11-25", { protocol: "one", transport: "jsonrpc", variant: "2025-11-25" }],
  ])("tells what a binding is by its id alone, %s", async (id, identity) => {
    const spec = { name: "One", version: "1.0", url: "https://example.org/one", standing: "normative" } as const;
    const { info } = await upgraded({ ...infoV1, bindings: { [id]: spec } });
    expect(info.bindings[id]).toEqual({ ...identity, ...spec });
    for (const wrong of ["one/pigeon", "one"])
      await expect(upgraded({ ...infoV1, bindings: { [wrong]: spec } })).rejects.toThrow(/expected a binding like/);
  });

  it("has its users as VUs, no thresholds, and a view for each scenario by what its cases say", async () => {
    const { info } = await upgraded(infoV1, cellV1(), holeV1(ladder), cellV1(workflow));
    expect(info.loads).toEqual({
      "10 VUs": { model: "closed", executor: "constant-vus", vus: 10, perSecond: null },
      "1000 VUs": { model: "closed", executor: "constant-vus", vus: 1000, perSecond: null },
    });
    expect(info.schemaVersion).toBe(2);
    expect(info.profile).toMatchObject({ name: "quick", vus: 10, windowMs: 800 });
    expect(info.profile).not.toHaveProperty("users");
    expect(info.profile.executor).toBeUndefined();
    expect(info.selection).toMatchObject({ servers: ["reference"], thresholds: [] });
    expect(info.views).toEqual({ "message-size": "size", "concurrency-ladder": "ladder", workflow: "general" });
    expect(info.endedAt).toBe("2026-08-01T03:02:05.000Z");
  });

  it("is read with the one server of its first days as the list of it", async () => {
    const { servers: _, ...selection } = infoV1.selection;
    const { info } = await upgraded({ ...infoV1, selection: { ...selection, server: "external" } });
    expect(info.selection.servers).toEqual(["external"]);
  });

  it.each([
    [{ perSecond: 0.5 }, { executor: "constant-arrival-rate", perSecond: 0.5, durationMs: 800, maxInFlight: 100_000 }],
    [{ iterations: 50 }, { executor: "shared-iterations", vus: 10, iterations: 50, maxDurationMs: 800 }],
  ])("has the load %j as an executor", async (asked, executor) => {
    const profile = { ...infoV1.profile, ...asked };
    expect((await upgraded({ ...infoV1, profile })).info.profile.executor).toEqual(executor);
  });

  it("is refused where it does not fit what version 1 was", async () => {
    await expect(upgraded({ ...infoV1, seed: "x" })).rejects.toThrow(/^\[usage\] .*run\.json: seed: /);
    await expect(upgraded({ ...infoV1, views: {} })).rejects.toThrow(/^\[usage\] .*run\.json: .*views/);
  });
});

describe("a cell of version 1", () => {
  it("keeps its numbers, and has null or nothing for what was not stored", async () => {
    const old = cellV1();
    const { results } = await upgraded(infoV1, old);
    const { users, ...load } = old.load;
    expect(results).toEqual([
      {
        ...old,
        schemaVersion: 2,
        cell: { ...old.cell, load: "10 VUs", security: "plain" },
        load: { ...load, executor: "constant-vus", vus: users },
        ...{ partial: null, workloads: {}, interrupted: 0, checks: {}, thresholds: [] },
        server: { ...old.server, rssGrowth: null },
        missing: {
          "load.perSecond": "a closed load has no rate",
          "server.rssGrowth": "the first version of these files did not store it",
        },
      },
    ]);
  });

  it("has its parameter of users in the load alone", async () => {
    const { results } = await upgraded(infoV1, cellV1(workflow), holeV1({ ...workflow, binding: "two/grpc" }));
    expect(results.map(({ cell }) => [cell.case, cell.load])).toEqual([
      [{}, "10 VUs"],
      [{}, "10 VUs"],
    ]);
  });

  it.each([
    ["one connection each", {}, {}, "10 VUs"],
    ["three connections each", { sessions: 30 }, { asked: 30, held: 30 }, "10 VUs on 30 connections"],
    ["some of which were refused", { users: 8, sessions: 8 }, { asked: 10, held: 8 }, "10 VUs"],
    ["one user", { users: 1, sessions: 1 }, { asked: 1, held: 1 }, "1 VU"],
    [
      "an open load",
      { model: "open", users: null, perSecond: 0.5 },
      { asked: 10, held: 10 },
      "0.5/s on 10 connections",
    ],
  ])("is labelled by its load as today: %s", async (_what, load, connections, label) => {
    const old = cellV1();
    const cell = { ...old, load: { ...old.load, ...load }, connections: { ...old.connections, ...connections } };
    expect(loadsIn(await upgraded(infoV1, cell))).toEqual([label]);
  });

  it("says of an open load why it has no VUs", async () => {
    const old = cellV1();
    const load = { ...old.load, model: "open", users: null, perSecond: 5 };
    const { results } = await upgraded(infoV1, { ...old, load, missing: { "load.users": "it has arrivals" } });
    expect(results[0]).toMatchObject({
      load: { executor: "constant-arrival-rate", vus: null, perSecond: 5 },
      missing: { "load.vus": "it has arrivals" },
    });
  });

  it("without numbers is under the load of its point's other cells, or under the profile's", async () => {
    const cells = [holeV1({ ...workflow, binding: "two/grpc" }), cellV1(workflow), holeV1(), holeV1(ladder)];
    const old = cellV1(workflow);
    cells[1] = { ...old, load: { ...old.load, sessions: 30 }, connections: { asked: 30, held: 30, failures: {} } };
    expect(loadsIn(await upgraded(infoV1, ...cells))).toEqual([
      "10 VUs on 30 connections",
      "10 VUs on 30 connections",
      "10 VUs",
      "1000 VUs",
    ]);
  });

  it("is refused by line where it does not fit, and where it is of today", async () => {
    await expect(upgraded(infoV1, cellV1(), { ...cellV1(), rps: 1 })).rejects.toThrow(/cells\.jsonl, line 2: .*rps/);
    await expect(upgraded(infoV1, { ...cellV1(), schemaVersion: 2 })).rejects.toThrow(
      /line 1: expected schemaVersion 1, got 2/,
    );
  });
});

describe("a run of version 1", () => {
  it("keeps the note on a line that was cut off, and has no series", async () => {
    await upgraded(infoV1, cellV1());
    await writeFile(join(folder, "cells.jsonl"), `${JSON.stringify(cellV1())}\n{"schemaVersion":1,"sta`);
    const { results, notes } = await readRun(folder);
    expect(results).toHaveLength(1);
    expect(notes).toEqual([expect.stringMatching(/line 2 was cut off/)]);
    expect((await readSeries(folder)).seconds).toEqual([]);
  });

  it.each(Object.entries(reporters))("is reported as %s", async (_name, report) => {
    const run = await upgraded(infoV1, cellV1(), cellV1(ladder), cellV1(workflow), holeV1({ binding: "two/grpc" }));
    expect(report(run)).toContain("10 VUs");
  });
});
