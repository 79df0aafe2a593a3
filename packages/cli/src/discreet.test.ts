import type { CellResult } from "@apb/core/cell";
import { secondOfA } from "@apb/core/testing/snapshots";
import { sampleCell, sampleHole, sampleStep, sampleVerdict } from "@apb/report/testing/sample-run";
import type { RunEvent } from "@apb/runner/events";
import { describe, expect, it } from "vitest";
import { discreetEvent, discreetText, secretsOf } from "./discreet.ts";

const secrets = { urls: ["http://user:secret@host/mcp?token=t0ps3cret"], words: [] };

describe("discreetEvent", () => {
  it("takes the URL's secrets out of what a server may have said", () => {
    const verdict = {
      ...sampleVerdict("partial"),
      findings: [{ kind: "partial", message: "got secret", hint: "" }],
    } as const;
    const partial = "ended: t0ps3cret";
    const result = sampleCell({}, { partial, verdict, missing: { wire: "Basic secret", "server.cpu": "none" } });
    expect(discreetEvent({ kind: "cell", result }, secrets)).toMatchObject({
      result: {
        ...{ partial: "ended: ***", verdict: { findings: [{ message: "got ***" }] } },
        missing: { wire: "Basic ***", "server.cpu": "none" },
      },
    });
    expect(result.partial).toBe(partial);
    const said = { agent: { firstMs: 1, lastMs: 2, sentence: "no user secret, t0ps3c…" } };
    const total = { ...sampleStep([1], { agent: 1 }), said };
    const workload = { load: "1 VU", begun: 1, completed: 0, dropped: 0, interrupted: 0, steps: { total } };
    const told = sampleCell({}, { steps: { total }, workloads: { a: workload } });
    const masked = { total: { count: 1, said: { agent: { firstMs: 1, lastMs: 2, sentence: "no user ***, ***…" } } } };
    expect(discreetEvent({ kind: "cell", result: told }, secrets)).toMatchObject({
      result: { steps: masked, workloads: { a: { steps: masked } } },
    });
    const failed = sampleHole({}, "failed", "got /mcp?token=t0ps3cret");
    expect(discreetEvent({ kind: "cell", result: failed }, secrets)).toMatchObject({
      result: { reason: "got /mcp?token=***" },
    });
    const checks = { fresh: { passes: 0, fails: 1, said: "no secret" } };
    const counted = { durationMs: 1000, dropped: 0, interrupted: 0, checks, steps: { total } };
    expect(discreetEvent({ kind: "cell", result: { ...failed, counted } as CellResult }, secrets)).toMatchObject({
      result: { counted: { durationMs: 1000, checks: { fresh: { said: "no ***" } }, steps: masked } },
    });
    const abort = { kind: "abort", reason: "no secret" } as const;
    expect(discreetEvent(abort, secrets)).toEqual({ kind: "abort", reason: "no ***" });
  });

  it("leaves everything else as it is, whatever is secret", () => {
    const result = sampleCell();
    const histogram = result.steps.total?.histogram ?? "";
    const words = ["cell", "wire", "measured", "valid", "second", histogram.slice(8, 12), result.cell.binding];
    const second = {
      kind: "second",
      cell: result.cell,
      snapshot: secondOfA({}),
      startedAt: new Date(0),
      server: null,
    } as const;
    const group = { kind: "group", group: { binding: "a/b", server: "external", round: 1, cells: [] } } as const;
    for (const word of words) {
      const secret = `http://user:${encodeURIComponent(word)}@host/`;
      for (const event of [{ kind: "cell", result }, second, group] satisfies RunEvent[])
        expect(discreetEvent(event, { urls: [secret], words: [] })).toEqual(event);
    }
  });

  it("leaves an event as it is where nothing is secret", () => {
    const event = { kind: "abort", reason: "secret" } as const;
    expect(discreetEvent(event, { urls: [], words: [] })).toBe(event);
  });
});

describe("secretsOf", () => {
  it("has those of the target and of the command, and what a variable is beside a port", () => {
    const target = { url: "http://user:secret@host/" };
    const env = { NODE_ENV: "test", KEY: "t0ps3cret", URL: "http://host:{port}/path" };
    const headers = { authorization: "Bearer abcdef" };
    const command = { text: "node x redis://u:s3cret@h", words: ["node"], env, url: "", startMs: 1 } as const;
    expect(secretsOf({ target, command, headers })).toEqual({
      urls: [target.url, "redis://u:s3cret@h"],
      words: ["t0ps3cret", "http://host:", "Bearer abcdef"],
    });
    expect(secretsOf({ target: null, command: null, headers: {} })).toEqual({ urls: [], words: [] });
  });
});

describe("discreetText", () => {
  it.each([
    ["--target", "user:secret@host:1"],
    ["--target=user:secret@host:1"],
    ["--target=http://user:secret@host/"],
    ["http://user:secret@host/"],
    ["--output", "influxdb=http://user:secret@host/"],
    ["--serve", "server a://u:first@h1 b://u:secret@host"],
  ])("knows the secrets in %s %s", (...argv) => {
    const said = discreetText(`no such thing as ${argv.at(-1)}, and secret`, ["run", ...argv]);
    expect(said).not.toContain("secret");
    expect(said).toContain("host");
  });

  it.each([
    ["--serve-env", "KEY=secret"],
    ["--serve-env=KEY=secret"],
    ["--serve-env", "secret"],
    ["--serve-env", "KEY=x{port}secret"],
  ])("knows the values in %s %s", (...argv) => {
    expect(discreetText("invalid: secret", ["run", ...argv])).toBe("invalid: ***");
  });

  it("takes no path for an address", () => {
    expect(discreetText("results/a@b: no run", ["report", "results/a@b"])).toBe("results/a@b: no run");
  });
});
