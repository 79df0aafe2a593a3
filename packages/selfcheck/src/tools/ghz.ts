import { Failure } from "@apb/core/failure";
import { agpProto } from "@apb/protos/files";
import { parseReport, reportFile, type Tool } from "./tool.ts";

interface Report {
  readonly count: number;
  readonly rps: number;
  readonly statusCodeDistribution: Readonly<Record<string, number>>;
  readonly latencyDistribution: readonly { readonly percentage: number; readonly latency: number }[] | null;
}

/** Bytes before a message (gRPC over HTTP2, Length-Prefixed-Message); ghz writes its own. */
const prefixBytes = 5;

/** https://ghz.sh, by the official Go client. */
export const ghz: Tool = {
  name: "ghz",
  home: "https://ghz.sh",
  command: () => ["ghz"],
  versionArgs: ["--version"],
  speaks: ["gRPC"],
  pace: "even",
  resolutionMs: 0,
  invoke: ({ origin, request, connections, seconds, perSecond, folder }) => ({
    args: [
      ...["--insecure", "--proto", agpProto, "--call", request.path.slice(1), "--binary-file", `${folder}/message`],
      ...["--concurrency", `${connections}`, "--connections", `${connections}`, "--duration", `${seconds}s`],
      // What is under way at the end is no failure.
      ...["--duration-stop", "ignore", ...(perSecond === null ? [] : ["--rps", `${perSecond}`])],
      ...["--format", "json", "--output", `${folder}/${reportFile}`, new URL(origin).host],
    ],
    files: { message: request.body.subarray(prefixBytes) },
  }),
  read({ report }) {
    const { count, rps, statusCodeDistribution, latencyDistribution } = parseReport<Report>(report);
    const at = (percentage: number): number => {
      const found = latencyDistribution?.find((one) => one.percentage === percentage);
      const said = JSON.stringify(statusCodeDistribution);
      if (found === undefined) throw new Failure("protocol", `ghz reports no latency; its calls ended with ${said}`);
      return found.latency / 1e6;
    };
    return {
      requestsPerSecond: rps,
      p50Ms: at(50),
      p99Ms: at(99),
      failures: count - (statusCodeDistribution.OK ?? 0),
    };
  },
};
