import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRun } from "@apb/report/read";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bench, tiny } from "./testing/bench-process.ts";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-test-"));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Long enough for an iteration or more: layers are measured by the clock only. Nothing is concluded from its numbers. */
const timed = ["--profile", "smoke", "--ceiling", "0ms", "--duration", "500ms", "--warm-up", "10ms"];

describe("bench run --layers", () => {
  it("measures what is under a binding, and its SDK and library, by one user; report draws them again", async () => {
    const out = join(folder, "run");
    const { code, stdout } = await bench("run", "--layers", ...timed, "--binding", "acp/websocket", "--out", out).ended;
    expect(code).toBe(0);
    const { info, results } = await readRun(out);
    expect(info).toMatchObject({
      profile: { vus: 1, sizesBytes: [1024] },
      selection: { scenarios: ["message-size"] },
    });
    const measured = results.filter(({ status }) => status === "measured").map(({ cell }) => cell);
    expect(measured.map(({ binding, server, client }) => `${binding} ${server} ${client}`).sort()).toEqual([
      "acp/websocket reference library",
      "acp/websocket reference wire",
      "bare/tcp reference library",
      "bare/tcp reference wire",
      "bare/websocket reference library",
      "bare/websocket reference wire",
    ]);
    expect(stdout).toContain("What each layer costs");
    expect(stdout).toMatch(/^acp\/websocket +\+ WebSocket /m);
    expect(await readFile(join(out, "report.md"), "utf8")).toContain("bare/websocket");
    const picture = await readFile(join(out, "layers.svg"), "utf8");
    expect(picture).toContain("acp/websocket");
    await rm(join(out, "layers.svg"));
    const again = await bench("report", out, "--layers").ended;
    expect(again.stdout).toBe(stdout);
    expect(await readFile(join(out, "layers.svg"), "utf8")).toBe(picture);
  }, 120_000);
});

describe("bench report --layers", () => {
  it("says of an ordinary run which command measures what it lacks", async () => {
    const out = join(folder, "run");
    const one = ["--binding", "acp/rest", "--scenario", "message-size", "--size", "1KiB"];
    expect((await bench("run", ...tiny, ...one, "--out", out).ended).code).toBe(0);
    const { code, stdout } = await bench("report", out, "--layers").ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^acp\/rest +\+ HTTP\/1\.1 +n\/a /m);
    expect(stdout).toContain("bench run --layers --binding acp/rest does");
  }, 60_000);
});
