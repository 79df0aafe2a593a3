import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { type Arena, theirs } from "./contenders.ts";
import { numberIn, reportFile, type Tool } from "./tools/tool.ts";
import { versionOf } from "./tools/tool-process.ts";

let folder = "";

/** A tool that runs this JavaScript, given its folder. */
function tool(script: string): Tool {
  return {
    name: "fake",
    home: "https://example.org",
    command: () => [process.execPath, "-e", script],
    versionArgs: ["--", "--version"],
    speaks: ["HTTP/1.1"],
    pace: null,
    resolutionMs: 0,
    invoke(job) {
      folder = job.folder;
      return { args: [job.folder], files: { extra: "1" } };
    },
    read: ({ stdout, report }) => ({
      requestsPerSecond: numberIn(stdout, /RPS (\d+)/),
      p50Ms: numberIn(report, /p50 (\d+)/),
      p99Ms: 9,
      failures: 0,
    }),
  };
}

const arena: Arena = {
  server: { urls: { "a/b": "http://127.0.0.1:9/path" }, calls: async () => 0 },
  binding: "a/b",
  request: { protocol: "HTTP/1.1", path: "/path", headers: [], body: Buffer.from("body") },
};
const effort = { connections: 1, seconds: 0.1, perSecond: null };
const never = new AbortController().signal;

describe("a tool's run", () => {
  it("finds its files, is read, and leaves none", async () => {
    const script = `
      const { readFileSync, writeFileSync } = require("fs");
      const [folder] = process.argv.slice(1);
      if (readFileSync(folder + "/body", "utf8") !== "body") process.exit(3);
      writeFileSync(folder + "/${reportFile}", "p50 " + readFileSync(folder + "/extra", "utf8"));
      console.log("RPS 7");`;
    const { reading, sighting } = await theirs(tool(script), "").run(arena, effort, never);
    expect(reading).toEqual({ requestsPerSecond: 7, p50Ms: 1, p99Ms: 9, failures: 0 });
    expect(sighting).toBeNull();
    expect(existsSync(folder)).toBe(false);
  });

  it("that fails says why", async () => {
    const script = 'console.error("first"); console.error("no route"); process.exit(2)';
    const run = theirs(tool(script), "").run(arena, effort, never);
    await expect(run).rejects.toThrow("fake ended with exit code 2: no route");
    expect(existsSync(folder)).toBe(false);
  });

  it("that is interrupted leaves neither a process nor a file", async () => {
    const stop = new AbortController();
    const script =
      'require("fs").writeFileSync(process.argv[1] + "/pid", String(process.pid)); setInterval(() => 0, 1000)';
    const run = theirs(tool(script), "").run(arena, effort, stop.signal);
    let pid = "";
    while (pid === "") {
      await wait(5);
      pid = await readFile(join(folder, "pid"), "utf8").catch(() => "");
    }
    stop.abort();
    await expect(run).rejects.toThrow("aborted");
    expect(existsSync(folder)).toBe(false);
    while (existsSync(`/proc/${pid}`)) await wait(5);
  });
});

describe("a tool's version", () => {
  it.each([
    ["wrk debian/4.1.0-3 [epoll]", "4.1.0"],
    ["v9.0.0", "9.0.0"],
    ["This is ApacheBench, Version 2.3 <$Revision$>", "2.3"],
    ["dev", ""],
  ])("in %j", async (said, version) => {
    expect(await versionOf(tool(`console.log(${JSON.stringify(said)}); process.exit(1)`), never)).toBe(version);
  });

  it("is null where there is none", async () => {
    const missing: Tool = { ...tool(""), command: () => ["/nonexistent/tool"] };
    expect(await versionOf(missing, never)).toBeNull();
  });
});
