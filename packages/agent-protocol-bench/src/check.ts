import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { repository } from "./contents.ts";

/**
 * `pnpm pack:check`: packs what `pnpm pack:build` has built, installs the tarball into an empty folder and uses it there, as
 * somebody without a clone does. The tarball stays in dist/, so that what is published is what was tried.
 */
const dist = join(repository, "packages/agent-protocol-bench/dist");
const mostBytes = 10e6;

interface Packed {
  readonly filename: string;
  readonly unpackedSize: number;
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const empty = await mkdtemp(join(tmpdir(), "without-a-clone-"));
try {
  const { filename, unpackedSize } = await pack();
  assert(unpackedSize < mostBytes, `expected less than ${mostBytes} bytes unpacked, got ${unpackedSize}`);
  await fine("npm", "install", "--prefer-offline", "--no-audit", "--no-fund", join(dist, filename));
  await checkManifest();
  await checkRun();
  await checkFile();
  await checkRefusal();
  await checkTypes();
  say(`${filename}, ${unpackedSize} bytes unpacked: installs and works in an empty folder on Node ${process.version}`);
} finally {
  await rm(empty, { recursive: true });
}

async function pack(): Promise<Packed> {
  const stdout = await fine("npm", "pack", join(dist, "package"), "--json", "--pack-destination", dist);
  return (JSON.parse(stdout) as readonly [Packed])[0];
}

/** Nothing of it runs when it is installed, and its command says its version. */
async function checkManifest(): Promise<void> {
  const manifest = join(empty, "node_modules/agent-protocol-bench/package.json");
  const { version, scripts, private: hidden } = JSON.parse(await readFile(manifest, "utf8"));
  assert.deepEqual({ scripts, hidden }, { scripts: undefined, hidden: undefined });
  assert.equal((await fine("npx", "agent-protocol-bench", "--version")).trim(), version);
}

/** Every transport by the libraries that are installed beside it, an open load, and the client's own ceilings: all processes and files that there are. */
async function checkRun(): Promise<void> {
  await fine(
    ...["npx", "agent-protocol-bench", "run", "--profile", "smoke", "--scenario", "message-size", "--size", "1KiB"],
    ...["--binding", "mcp/jsonrpc,mcp/stdio,agp/grpc,acp/websocket", "--client", "library"],
    ...["--rate", "100", "--duration", "500ms", "--warm-up", "10ms", "--ceiling", "10ms"],
  );
  const [run = "none"] = await readdir(join(empty, "results"));
  const files = await readdir(join(empty, "results", run));
  assert.deepEqual(files.sort(), ["cells.jsonl", "report.md", "run.json", "series.jsonl"]);
  const { ceilings } = JSON.parse(await readFile(join(empty, "results", run, "run.json"), "utf8"));
  // That a busy machine finds no ceiling in so short a time is no fault; that a process cannot start is.
  for (const { missing } of ceilings) assert.doesNotMatch(String(missing), /\[(environment|closed|internal)\]/);
}

/** A scenario file, from anywhere. */
async function checkFile(): Promise<void> {
  const lines = [
    "name: mine",
    "binding: mcp/jsonrpc",
    "tasks:",
    "  - { call: echo, body: hello, expect: reply == 'hello' }",
  ];
  await writeFile(join(empty, "mine.yaml"), `${[...lines, "vus: 2", "iterations: 10"].join("\n")}\n`);
  assert.match(await fine("npx", "agent-protocol-bench", "run", "mine.yaml", "--out", "mine"), /mine/);
}

/** What was left out is refused, with what brings it. */
async function checkRefusal(): Promise<void> {
  for (const [binding, wanted] of [
    ["a2a/rest", "@a2a-js/sdk@1 express@5"],
    ["slim/grpc", "@agntcy/slim-bindings-linux-x64-gnu@"],
  ] as const) {
    const { code, stderr } = await run("npx", "agent-protocol-bench", "--server", "sdk", "--binding", binding);
    assert.equal(code, 2, stderr);
    assert.match(stderr, new RegExp(`^error: .*npm install agent-protocol-bench ${wanted}.*\n$`));
  }
}

/** A scenario's types are found, and find a mistake. */
async function checkTypes(): Promise<void> {
  const tsc = [join(repository, "node_modules/typescript/bin/tsc"), "--noEmit", "--strict", "--module", "nodenext"];
  const tasks = 'tasks: [{ name: "ask", run: async ({ session }, io) => { await io.think(1); } }]';
  const file = join(empty, "load.mts");
  for (const [executor, expected] of [
    ["constant-vus", /^$/],
    ["constant-vuz", /"constant-vuz"/],
  ] as const) {
    const load = `scenarios: { one: { executor: "${executor}", vus: 1, duration: "1s" } }`;
    const text = `import { scenario } from "agent-protocol-bench";\nexport default scenario({ name: "one", ${tasks}, ${load} });\n`;
    await writeFile(file, text);
    assert.match((await run(process.execPath, ...tsc, "--types", "", file)).stdout, expected);
  }
  await fine(
    process.execPath,
    "--input-type=module",
    "-e",
    'import { scenario } from "agent-protocol-bench"; scenario({});',
  );
}

/** What a command that must end well wrote to stdout. */
async function fine(command: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(command, ...args);
  assert.equal(code, 0, `${command} ${args.join(" ")} ended with ${code}:\n${stdout}\n${stderr}`);
  return stdout;
}

/** A command in the empty folder, however it ends. */
async function run(command: string, ...args: readonly string[]): Promise<Ended> {
  const started = promisify(execFile)(command, args, { cwd: empty, env: { ...process.env, NO_COLOR: "1" } });
  return started.then(
    (said) => ({ code: 0, ...said }),
    (ended: Ended) => ended,
  );
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
