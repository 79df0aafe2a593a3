// A server of a user's own as many are: a program that starts the one that answers. Its last argument says whose it is.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

const [binding, port] = process.argv.slice(2);
const server = fileURLToPath(new URL("../../../../reference-servers/src/main.ts", import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

process.stdout.write(`the key is ${process.env.API_KEY}\n`);
if (binding === "none") throw new Error(`nobody knows ${process.env.API_KEY}`);
if (binding === "silent") setInterval(() => undefined, 1000);
else
  spawn(process.execPath, ["--import", tsx, server, "--binding", binding, "--port", port], {
    argv0: `node ${process.argv.at(-1)}`,
    stdio: "inherit",
  });
