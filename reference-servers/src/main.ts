import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Answer, Request, ServerCalls } from "@apb/core/channel";
import type { FailureKind } from "@apb/core/failure";
import { Agents } from "./agents/agents.ts";
import { bareDoors } from "./bare/doors.ts";
import { type Door, doors } from "./doors.ts";
import { listen } from "./listen.ts";

/**
 * One server process: opens the doors it is told to on one port and writes one JSON line for each to stdout,
 * `{"ready":true,"binding":"agp/grpc","url":"http://127.0.0.1:50051"}`, or `{"ready":false,"error":"…"}` and exit 1.
 * With `--server sdk` the official SDKs answer instead, one binding a process.
 * It ends on SIGTERM, on SIGINT, and when the process that forked it goes away.
 */
const { values } = parseArgs({
  options: {
    server: { type: "string", default: "reference" },
    binding: { type: "string", multiple: true, default: [] },
    port: { type: "string", default: "0" },
    host: { type: "string", default: "loopback" },
    "delay-ms": { type: "string", default: "0" },
    "work-ms": { type: "string", default: "0" },
  },
});

/** What this process speaks on the channel that it was forked with. */
const version: Request["version"] = 1;

const agents = new Agents({ delayMs: Number(values["delay-ms"]), workMs: Number(values["work-ms"]) });

try {
  const listening = await listen({
    doors: await doorsOf(values.server),
    bindings: values.binding,
    port: Number(values.port),
    host: values.host,
    agents,
  });
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    void listening[Symbol.asyncDispose]().then(() => process.exit(0));
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  process.on("disconnect", stop);
  process.on("message", (request: Request) => {
    process.send?.(answer(request));
  });
  for (const [binding, url] of Object.entries(listening.urls)) {
    process.stdout.write(`${JSON.stringify({ ready: true, binding, url, pid: process.pid })}\n`);
  }
} catch (error) {
  process.stdout.write(`${JSON.stringify({ ready: false, error: (error as Error).message })}\n`);
  process.exitCode = 1;
}

function answer({ id, call, version: expected }: Request): Answer<ServerCalls[keyof ServerCalls]> {
  const failed = (failure: FailureKind, message: string): Answer<never> => ({
    ...{ version, id },
    ...{ kind: "failure", failure, message },
  });
  if (expected !== version)
    return failed("environment", `this server speaks version ${version} of the channel, expected ${expected}`);
  if (call === "calls") return { version, id, kind: "result", value: agents.calls };
  if (call === "collect") return { version, id, kind: "result", value: collected() };
  return failed("internal", `this server does not know the call ${call}`);
}

/** Collects all garbage: twice, since what the first finds unreachable may have held other things. Bytes that are left. */
function collected(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Throws for a kind of server that is not known. */
async function doorsOf(server: string): Promise<readonly Door[]> {
  if (server === "reference") return [...doors, ...bareDoors];
  if (server === "sdk") return (await import("./sdk/doors.ts")).sdkDoors;
  throw new Error(`unknown server ${server}; expected reference or sdk`);
}
