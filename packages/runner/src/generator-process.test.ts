import { fileURLToPath } from "node:url";
import { whole } from "@apb/core/load";
import type { Assignment } from "@apb/generator/channel";
import { describe, expect, it } from "vitest";
import { startGenerator } from "./generator-process.ts";
import { profile } from "./testing/planned.ts";

const file = fileURLToPath(new URL("testing/generator-entry.ts", import.meta.url));

const assignment: Assignment = {
  ...{ binding: "x/y", url: "http://fake", client: "wire", scenario: "s", profile, params: {}, timeoutMs: 1 },
  ...{ load: "10 VUs", share: whole, seed: 1 },
};

const start = { startAtMs: 0, warmUpMs: 0 };

describe("a generator's process", () => {
  it("is told what to do, tells its seconds as they come, and goes on being asked meanwhile", async () => {
    await using generator = startGenerator(file);
    expect(await generator.connect(assignment)).toEqual(assignment);
    await expect(generator.verify(assignment)).rejects.toThrow("[protocol] nothing to verify");
    const driving = generator.drive(start);
    const told: string[] = [];
    for await (const { second, draining } of driving.seconds) {
      told.push(`${second}${draining ? " late" : ""}`);
      if (second === 1) await driving.stop(300);
    }
    expect(told).toEqual(["0", "1", "2 late"]);
    expect(await driving.closed).toEqual({ windowMs: 300 });
    await generator.rehearse(assignment);
    await generator.disconnect();
  });

  it("that ends on the way has told what it told, and rejects everything else", async () => {
    await using generator = startGenerator(file);
    const driving = generator.drive(start);
    const told: number[] = [];
    const listening = async (): Promise<void> => {
      for await (const { second } of driving.seconds) {
        told.push(second);
        if (second === 1) await driving.stop(0);
      }
    };
    const ended = "expected the generator process to keep running, but it ended (exit code 4)";
    await expect(listening()).rejects.toThrow(ended);
    expect(told).toEqual([0, 1]);
    await expect(driving.closed).rejects.toThrow(ended);
    await expect(generator.disconnect()).rejects.toMatchObject({ kind: "closed" });
  });

  it("that ends when it should connect says how", async () => {
    await using generator = startGenerator(file);
    await expect(generator.connect({ ...assignment, binding: "dies" })).rejects.toThrow("(exit code 3)");
  });

  it("that cannot start says why", async () => {
    await using generator = startGenerator(`${file}.gone`);
    await expect(generator.rehearse(assignment)).rejects.toThrow(/exit code 1: Error.*: Cannot find module .*\.gone/);
  });
});
