import { numberIn, numberOrNone, reportFile, type Tool } from "./tool.ts";

/** More than any run makes: time alone is to end it. */
const mostRequests = 100_000_000;

/** https://httpd.apache.org/docs/2.4/programs/ab.html, with HTTP/1.0 keep-alive. Its percentiles come from its CSV file, for it prints whole milliseconds. */
export const ab: Tool = {
  name: "ab",
  home: "https://httpd.apache.org/docs/2.4/programs/ab.html",
  command: () => ["ab"],
  versionArgs: ["-V"],
  speaks: ["HTTP/1.1"],
  pace: null,
  resolutionMs: 0,
  invoke({ origin, request, connections, seconds, folder }) {
    const type = request.headers.find(([name]) => name === "content-type")?.[1] ?? "text/plain";
    const others = request.headers.filter(([name]) => name !== "content-type");
    return {
      args: [
        // A limit of time sets one of requests as well, which -n after it lifts.
        ...["-q", "-k", "-c", `${connections}`, "-t", `${seconds}`, "-n", `${mostRequests}`],
        ...["-p", `${folder}/body`, "-T", type, ...others.flatMap(([name, value]) => ["-H", `${name}: ${value}`])],
        ...["-e", `${folder}/${reportFile}`, origin + request.path],
      ],
      files: {},
    };
  },
  read: ({ stdout, report }) => ({
    requestsPerSecond: numberIn(stdout, /^Requests per second:\s*([\d.]+)/m),
    p50Ms: numberIn(report, /^50,([\d.]+)$/m),
    p99Ms: numberIn(report, /^99,([\d.]+)$/m),
    failures: numberIn(stdout, /^Failed requests:\s*(\d+)/m) + numberOrNone(stdout, /^Non-2xx responses:\s*(\d+)/m),
  }),
};
