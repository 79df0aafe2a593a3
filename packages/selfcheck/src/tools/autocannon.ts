import { createRequire } from "node:module";
import { parseReport, type Tool } from "./tool.ts";

interface Report {
  readonly requests: { readonly average: number };
  readonly latency: { readonly p50: number; readonly p99: number };
  readonly errors: number;
  readonly timeouts: number;
  readonly non2xx: number;
}

/** https://github.com/mcollina/autocannon, a Node program like ours. It keeps whole milliseconds. */
export const autocannon: Tool = {
  name: "autocannon",
  home: "https://github.com/mcollina/autocannon",
  command: () => [process.execPath, createRequire(import.meta.url).resolve("autocannon/autocannon.js")],
  versionArgs: ["--version"],
  speaks: ["HTTP/1.1"],
  // Every second each connection sends its share in a row (lib/httpClient.js, `rateInterval`).
  pace: "bursts",
  resolutionMs: 1,
  invoke: ({ origin, request, connections, seconds, perSecond, folder }) => ({
    args: [
      ...["--json", "--no-progress", "--connections", `${connections}`, "--duration", `${seconds}`],
      // Its correction would make up samples a millisecond apart, whatever the distance of requests is (lib/run.js).
      ...(perSecond === null ? [] : ["--overallRate", `${perSecond}`, "--ignoreCoordinatedOmission"]),
      ...["--method", "POST", "--input", `${folder}/body`],
      ...request.headers.flatMap(([name, value]) => ["--headers", `${name}=${value}`]),
      origin + request.path,
    ],
    files: {},
  }),
  read({ stdout }) {
    const { requests, latency, errors, timeouts, non2xx } = parseReport<Report>(stdout);
    return {
      requestsPerSecond: requests.average,
      p50Ms: latency.p50,
      p99Ms: latency.p99,
      failures: errors + timeouts + non2xx,
    };
  },
};
