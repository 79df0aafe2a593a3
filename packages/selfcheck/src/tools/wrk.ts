import { numberIn, numberOrNone, type Tool } from "./tool.ts";

/** https://github.com/wg/wrk: one thread, as a Node process has. */
export const wrk: Tool = {
  name: "wrk",
  home: "https://github.com/wg/wrk",
  command: () => ["wrk"],
  versionArgs: ["-v"],
  speaks: ["HTTP/1.1"],
  pace: null,
  resolutionMs: 0,
  invoke: ({ origin, request, connections, seconds, folder }) => ({
    args: [
      ...["--threads", "1", "--connections", `${connections}`, "--duration", `${seconds}s`, "--latency"],
      ...["--script", `${folder}/request.lua`, origin + request.path],
    ],
    files: {
      "request.lua": [
        'wrk.method = "POST"',
        `wrk.body = ${luaString(request.body)}`,
        ...request.headers.map(([name, value]) => `wrk.headers[${luaString(name)}] = ${luaString(value)}`),
      ].join("\n"),
    },
  }),
  read: ({ stdout }) => ({
    requestsPerSecond: numberIn(stdout, /^Requests\/sec:\s*([\d.]+)/m),
    p50Ms: timeMs(stdout, "50"),
    p99Ms: timeMs(stdout, "99"),
    failures:
      numberOrNone(stdout, /Non-2xx or 3xx responses: (\d+)/) +
      ["connect", "read", "write", "timeout"].reduce(
        (sum, kind) => sum + numberOrNone(stdout, new RegExp(`Socket errors:.*\\b${kind} (\\d+)`)),
        0,
      ),
  }),
};

/** Every byte by its number, which no byte can break (Lua 5.1 §2.1). */
function luaString(bytes: string | Uint8Array): string {
  return `"${[...Buffer.from(bytes)].map((byte) => `\\${String(byte).padStart(3, "0")}`).join("")}"`;
}

const unitsMs: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000 };

function timeMs(stdout: string, percentile: string): number {
  const line = new RegExp(`^\\s*${percentile}%\\s+([\\d.]+)(?:us|ms|s|m)$`, "m");
  const value = numberIn(stdout, line);
  const unit = /(us|ms|s|m)$/.exec(line.exec(stdout)?.[0] ?? "")?.[1] ?? "";
  return value * (unitsMs[unit] ?? Number.NaN);
}
