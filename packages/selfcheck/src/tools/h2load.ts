import { Failure } from "@apb/core/failure";
import { numberIn, reportFile, type Tool } from "./tool.ts";

/** https://nghttp2.org/documentation/h2load-howto.html: one stream a connection. Its percentiles come from its log of every request, for not every version prints them. */
export const h2load: Tool = {
  name: "h2load",
  home: "https://nghttp2.org",
  command: () => ["h2load"],
  versionArgs: ["--version"],
  speaks: ["HTTP/1.1", "gRPC"],
  pace: "even",
  resolutionMs: 0,
  invoke: ({ origin, request, connections, seconds, perSecond, folder }) => ({
    args: [
      ...(request.protocol === "gRPC" ? [] : ["--h1"]),
      ...["-c", `${connections}`, "-m", "1", "-d", `${folder}/body`],
      ...(perSecond === null ? ["-D", `${seconds}`] : pace(perSecond, connections, seconds)),
      ...request.headers.flatMap(([name, value]) => ["-H", `${name}: ${value}`]),
      ...[`--log-file=${folder}/${reportFile}`, origin + request.path],
    ],
    files: {},
  }),
  read({ stdout, report }) {
    const times = timesOf(report);
    return {
      requestsPerSecond: numberIn(stdout, /^finished in [^,]+, ([\d.]+) req\/s/m),
      p50Ms: percentile(times, 50),
      p99Ms: percentile(times, 99),
      failures: ["failed", "errored", "timeout"].reduce(
        (sum, kind) => sum + numberIn(stdout, new RegExp(`^requests: .* (\\d+) ${kind}`, "m")),
        0,
      ),
    };
  },
};

/**
 * Its rate is of each connection, and connections opened together send together: so they are opened at the distances at
 * which requests are due.
 */
function pace(perSecond: number, connections: number, seconds: number): readonly string[] {
  const distanceMs = Math.max(1, Math.round(1000 / perSecond));
  return [
    ...["-n", `${perSecond * seconds}`, `--rps=${perSecond / connections}`],
    ...["-r", "1", `--rate-period=${distanceMs}ms`],
  ];
}

/** The log's third column, microseconds from request to the end of the response, as sorted milliseconds. */
function timesOf(log: string): readonly number[] {
  const times = log
    .trimEnd()
    .split("\n")
    .map((line) => Number(line.split("\t")[2]) / 1000);
  if (times.some(Number.isNaN)) throw new Failure("protocol", `expected h2load's log, got ${log.slice(0, 200)}`);
  return times.sort((a, b) => a - b);
}

/** Nearest rank. */
function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? Number.NaN;
}
