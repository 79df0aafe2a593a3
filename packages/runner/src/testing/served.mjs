// A server of a user's own, as far as starting and ending it goes. What it does is told by its arguments.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";

const [manner, port] = process.argv.slice(2);

if (manner === "breaks") {
  process.stdout.write("loading\n");
  throw new Error(`no licence for ${process.env.LICENCE}`);
}
if (manner === "sleeps") {
  process.stdout.write("waiting for the database\n");
  // For who waits for these words.
  writeFileSync(port, "");
}
if (manner === "stubborn") process.on("SIGTERM", () => process.stdout.write("not yet\n"));

// In the same group, and of no use to anybody.
const child = manner === "parent" ? spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]) : null;

if (manner === "sleeps") setInterval(() => undefined, 1000);
else
  createServer((_, response) =>
    response.end(JSON.stringify({ pids: [process.pid, child?.pid ?? process.pid], licence: process.env.LICENCE })),
  ).listen(Number(port), "127.0.0.1");
