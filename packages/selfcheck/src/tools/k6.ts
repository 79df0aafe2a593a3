import { parseReport, reportFile, type Tool } from "./tool.ts";

type Times = Readonly<Record<"med" | "p(99)", number>>;

interface Report {
  readonly metrics: {
    readonly http_reqs: { readonly rate: number };
    readonly http_req_duration: Times;
    /** Here `passes` counts the requests for which it is true that they failed. */
    readonly http_req_failed: { readonly passes: number };
  };
}

/** https://grafana.com/docs/k6: one connection a virtual user. */
export const k6: Tool = {
  name: "k6",
  home: "https://k6.io",
  command: () => ["k6"],
  versionArgs: ["version"],
  speaks: ["HTTP/1.1"],
  pace: "even",
  resolutionMs: 0,
  invoke: ({ origin, request, connections, seconds, perSecond, folder }) => {
    const duration = `${seconds}s`;
    const fixedRate = { executor: "constant-arrival-rate", rate: perSecond, timeUnit: "1s", duration };
    const load =
      perSecond === null
        ? { vus: connections, duration }
        : { scenarios: { paced: { ...fixedRate, preAllocatedVUs: connections, maxVUs: connections } } };
    const options = { ...load, summaryTrendStats: ["med", "p(99)"], discardResponseBodies: true };
    return {
      args: [
        // Neither its own HTTP server nor a word to its makers.
        ...["run", "--quiet", "--no-usage-report", "--address", ""],
        ...["--summary-export", `${folder}/${reportFile}`, `${folder}/request.js`],
      ],
      files: {
        "request.js": [
          'import http from "k6/http";',
          `export const options = ${JSON.stringify(options)};`,
          `const body = ${JSON.stringify(request.body.toString("utf8"))};`,
          `const params = ${JSON.stringify({ headers: Object.fromEntries(request.headers) })};`,
          `export default () => { http.post(${JSON.stringify(origin + request.path)}, body, params); };`,
        ].join("\n"),
      },
    };
  },
  read({ report }) {
    const { http_reqs, http_req_duration, http_req_failed } = parseReport<Report>(report).metrics;
    return {
      requestsPerSecond: http_reqs.rate,
      p50Ms: http_req_duration.med,
      p99Ms: http_req_duration["p(99)"],
      failures: http_req_failed.passes,
    };
  },
};
