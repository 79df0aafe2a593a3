import { parseArgs } from "node:util";
import { Agents } from "./agents/agents.ts";
import { type StdioDoor, stdioDoors } from "./stdio-doors.ts";

/**
 * One server process for one client, who started it and talks with it on its input and output: that of `--binding`, with
 * `--server sdk` by the official SDK. It ends with its input.
 */
const { values } = parseArgs({
  options: {
    server: { type: "string", default: "reference" },
    binding: { type: "string", default: "" },
    "delay-ms": { type: "string", default: "0" },
    "work-ms": { type: "string", default: "0" },
  },
});

const doors = await doorsOf(values.server);
const door = doors.find(({ binding }) => binding === values.binding);
if (door === undefined)
  throw new Error(
    `unknown binding ${values.binding}; expected one of ${doors.map(({ binding }) => binding).join(", ")}`,
  );
const agents = new Agents({ delayMs: Number(values["delay-ms"]), workMs: Number(values["work-ms"]) });
await door.serve(agents, process.stdin, process.stdout);
// Also while an agent is at work.
process.stdin.on("close", () => process.exit(0));

/** Throws for a kind of server that is not known. */
async function doorsOf(server: string): Promise<readonly StdioDoor[]> {
  if (server === "reference") return stdioDoors;
  if (server === "sdk") return (await import("./sdk/stdio-doors.ts")).sdkStdioDoors;
  throw new Error(`unknown server ${server}; expected reference or sdk`);
}
