import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { RecordedRequest } from "../recorded-request.ts";
import { ab } from "./ab.ts";
import { autocannon } from "./autocannon.ts";
import { ghz } from "./ghz.ts";
import { h2load } from "./h2load.ts";
import { k6 } from "./k6.ts";
import { type Job, type Output, type Reading, reportFile, type Tool } from "./tool.ts";
import { wrk } from "./wrk.ts";

/** What the tool wrote in a real run, as far as it wrote it. */
function outputOf(tool: Tool, run: string): Output {
  const text = (kind: string): string => {
    try {
      return readFileSync(new URL(`../testing/outputs/${tool.name}-${run}.${kind}.txt`, import.meta.url), "utf8");
    } catch {
      return "";
    }
  };
  return { stdout: text("stdout"), report: text("report") };
}

/** `bad` runs asked for a path that does not exist; in `cut` the server hung up again and again. */
const readings: readonly (readonly [Tool, run: string, Reading])[] = [
  [wrk, "good", { requestsPerSecond: 5536.94, p50Ms: 0.189, p99Ms: 15.69, failures: 0 }],
  [wrk, "bad", { requestsPerSecond: 15_095.56, p50Ms: 0.073, p99Ms: 65.68, failures: 15_463 }],
  [wrk, "cut", { requestsPerSecond: 3790.16, p50Ms: 0.148, p99Ms: 1.72, failures: 7543 }],
  [ab, "good", { requestsPerSecond: 11_740.84, p50Ms: 0.088, p99Ms: 2.288, failures: 0 }],
  [ab, "bad", { requestsPerSecond: 25_208.75, p50Ms: 0.064, p99Ms: 0.246, failures: 25_209 }],
  [h2load, "good", { requestsPerSecond: 100, p50Ms: 0.527, p99Ms: 34.466, failures: 0 }],
  [h2load, "bad", { requestsPerSecond: 8826, p50Ms: 0.102, p99Ms: 106.602, failures: 8826 }],
  [autocannon, "good", { requestsPerSecond: 5114, p50Ms: 0, p99Ms: 3, failures: 0 }],
  [autocannon, "bad", { requestsPerSecond: 11_860, p50Ms: 0, p99Ms: 1, failures: 11_862 }],
  [ghz, "good", { requestsPerSecond: 97.39873633423419, p50Ms: 0.475146, p99Ms: 30.927398, failures: 0 }],
  [k6, "good", { requestsPerSecond: 100.91926408413636, p50Ms: 0.303481, p99Ms: 10.393402, failures: 0 }],
  [
    k6,
    "bad",
    { requestsPerSecond: 2716.421031082497, p50Ms: 0.30902450000000004, p99Ms: 5.434545979999998, failures: 2720 },
  ],
];

const tools: readonly Tool[] = [wrk, ab, h2load, autocannon, ghz, k6];

describe("what a tool wrote", () => {
  it.each(readings)("$name, in a $1 run", (tool, run, reading) => {
    expect(tool.read(outputOf(tool, run))).toEqual(reading);
  });

  it("has no latency where ghz's calls all failed", () => {
    expect(() => ghz.read(outputOf(ghz, "bad"))).toThrow('{"NotFound":2751}');
  });

  it.each([
    ["12.5us", 0.0125],
    ["1.72ms", 1.72],
    ["2.00s", 2000],
    ["1.50m", 90_000],
  ])("wrk's %s", (shown, ms) => {
    const { stdout } = outputOf(wrk, "good");
    expect(wrk.read({ stdout: stdout.replace(/99% .*/, `99%   ${shown}`), report: "" }).p99Ms).toBeCloseTo(ms, 6);
  });

  it.each(tools)("is refused when it is not $name's", (tool) => {
    expect(() => tool.read({ stdout: "Segmentation fault", report: "1\t2" })).toThrow("[protocol]");
    expect(() => tool.read({ stdout: "", report: "" })).toThrow("[protocol]");
  });
});

const http: RecordedRequest = {
  protocol: "HTTP/1.1",
  path: "/agents/echo",
  headers: [
    ["content-type", "application/json"],
    ["accept", "text/plain, */*"],
  ],
  body: Buffer.from('{"text":"a \\" b\\n한"}'),
};
const grpc: RecordedRequest = {
  protocol: "gRPC",
  path: "/agp.Gateway/SendMessage",
  headers: [["content-type", "application/grpc"]],
  body: Buffer.from([0, 0, 0, 0, 2, 8, 1]),
};

function invoked(tool: Tool, perSecond: number | null): { args: string; files: Record<string, string> } {
  const request = tool.speaks.includes("HTTP/1.1") ? http : grpc;
  const job: Job = { origin: "http://127.0.0.1:3000", request, connections: 10, seconds: 3, perSecond, folder: "/f" };
  const { args, files } = tool.invoke(job);
  return {
    args: args.join(" "),
    files: Object.fromEntries(
      Object.entries(files).map(([name, content]) => [name, Buffer.from(content).toString("latin1")]),
    ),
  };
}

describe("how a tool is called", () => {
  it.each([
    [
      wrk,
      "--threads 1 --connections 10 --duration 3s --latency --script /f/request.lua http://127.0.0.1:3000/agents/echo",
    ],
    [ab, `-c 10 -t 3 -n 100000000 -p /f/body -T application/json -H accept: text/plain, */* -e /f/${reportFile}`],
    [h2load, "--h1 -c 10 -m 1 -d /f/body -D 3 -H content-type: application/json -H accept: text/plain, */*"],
    [autocannon, "--connections 10 --duration 3 --method POST --input /f/body --headers content-type=application/json"],
    [ghz, "--call agp.Gateway/SendMessage --binary-file /f/message --concurrency 10 --connections 10 --duration 3s"],
    [k6, `--summary-export /f/${reportFile} /f/request.js`],
  ])("$name at full speed", (tool, args) => {
    expect(invoked(tool, null).args).toContain(args);
  });

  it.each([
    [h2load, "-n 1500 --rps=50 -r 1 --rate-period=2ms"],
    [autocannon, "--overallRate 500 --ignoreCoordinatedOmission"],
    [ghz, "--rps 500"],
  ])("$name at a rate", (tool, args) => {
    expect(invoked(tool, 500).args).toContain(args);
    expect(invoked(tool, null).args).not.toContain(args.slice(0, 5));
  });

  it("k6 by a script", () => {
    expect(invoked(k6, 500).files["request.js"]).toContain(
      '"executor":"constant-arrival-rate","rate":500,"timeUnit":"1s"',
    );
    expect(invoked(k6, null).files["request.js"]).toContain('"vus":10,"duration":"3s"');
  });

  it("wrk by a script with every byte of the body", () => {
    const script = invoked(wrk, null).files["request.lua"] ?? "";
    const escapes = /^wrk\.body = "(.*)"$/m.exec(script)?.[1]?.match(/\\\d{3}/g) ?? [];
    expect(Buffer.from(escapes.map((digits) => Number(digits.slice(1))))).toEqual(http.body);
  });

  it("ghz with the message alone", () => {
    expect(invoked(ghz, null).files.message).toBe("\b\u0001");
  });
});
