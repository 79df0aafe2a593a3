import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { doors } from "@apb/reference-servers/doors";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { bindings, files } from "./catalog.ts";
import { url } from "./flags.ts";

interface Service {
  readonly command: string | readonly string[];
  readonly ports?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly entrypoint?: readonly string[];
  readonly user?: string;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly volumes?: readonly object[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly deploy?: { readonly resources: { readonly limits: Readonly<Record<string, string>> } };
}

const text = await readFile(join(files.root, "docker-compose.yml"), "utf8");
const { services } = parse(text, { merge: true }) as {
  services: Record<string, Service> & { bench: Service };
};
const { bench, ...others } = services;
const servers = Object.entries(others).map(([name, service]) => ({
  name,
  service,
  arguments: (service.command as string).split(" ").slice(1),
  bindings: [...(service.command as string).matchAll(/--binding (\S+)/g)].map(([, binding]) => binding as string),
  port: Number(/--port (\d+)/.exec(service.command as string)?.[1]),
}));

/** Exit code of a program, started as the container would. */
function exitCode(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  cwd: string = files.root,
): Promise<number> {
  return new Promise((resolve) => {
    const child = execFile(file, args, { cwd, env: { ...process.env, ...env } }, () => resolve(child.exitCode ?? -1));
  });
}

/** A folder with a program of this name that is found before all others, and what it was started with. */
async function standIn(name: string, script: string): Promise<StandIn> {
  const folder = await mkdtemp(join(tmpdir(), "compose-"));
  const program = join(folder, name);
  await writeFile(program, `#!/bin/sh\necho "$*" >> ${folder}/seen\n${script}\n`);
  await chmod(program, 0o755);
  return {
    folder,
    env: { PATH: `${folder}:${process.env.PATH}` },
    seen: async () => (await readFile(join(folder, "seen"), "utf8")).trimEnd().split("\n"),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

interface StandIn extends AsyncDisposable {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  seen(): Promise<readonly string[]>;
}

describe("docker-compose.yml", () => {
  it("opens every door once, on its own port and on the host's loopback only", () => {
    const opened = servers.flatMap(({ bindings: ids, port }) => ids.map((id) => `${id} ${port}`));
    expect(opened.sort()).toEqual(doors.map(({ binding, port }) => `${binding} ${port}`).sort());
    for (const { service, port } of servers) expect(service.ports).toEqual([`127.0.0.1:${port}:${port}`]);
  });

  it("limits CPU and memory of every service", () => {
    for (const service of Object.values(services))
      expect(service.deploy?.resources.limits).toEqual({ cpus: expect.any(String), memory: expect.any(String) });
  });

  it("measures when every server is healthy", () => {
    const healthy = servers.map(({ name }) => [name, { condition: "service_healthy" }]);
    expect(bench.depends_on).toEqual(Object.fromEntries(healthy));
  });

  it("looks after the servers often until they listen, and hardly while they are measured", () => {
    for (const { service } of servers)
      expect(service.healthcheck).toMatchObject({ start_period: "60s", start_interval: "1s", interval: "10m" });
  });

  it.each(servers)("starts $name by its own command, finds it healthy, and ends it", async (server) => {
    const args = server.arguments.map((argument, at) => {
      const flag = server.arguments[at - 1];
      return flag === "--port" ? "0" : flag === "--host" ? "127.0.0.1" : argument;
    });
    const child = spawn(process.execPath, args, { cwd: files.root, stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(child, "exit");
    const [program, ...probe] = (server.service.healthcheck?.test ?? []).slice(1);
    expect(program).toBe("bash");
    const probed = (port: string): Promise<number> =>
      exitCode(
        "bash",
        probe.map((part) => part.replace(`${server.port}`, port)),
      );
    try {
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
      const ready = JSON.parse((await lines.next()).value) as { ready: boolean; url: string };
      expect(ready).toMatchObject({ ready: true });
      const { port } = new URL(ready.url.replace("{agent}", ""));
      expect(await probed(port)).toBe(0);
      child.kill("SIGTERM");
      expect(await ended).toEqual([0, null]);
      expect(await probed(port)).toBe(1);
    } finally {
      child.kill("SIGKILL");
    }
  });
});

describe("the bench service", () => {
  const [shell, flag, script] = bench.command as readonly [string, string, string];
  // Compose itself takes two dollars for one.
  const commands = script.replaceAll("$$", "$");
  const measured = [...commands.matchAll(/^measure (\S+)\s+'?([^'\s]+)'?$/gm)].map(([, binding, target]) => ({
    binding: binding as string,
    target: url(target as string),
  }));

  it("measures every binding that has a reference server, at the address where that is", () => {
    const served = bindings.filter(({ id }) => doors.some(({ binding }) => binding === id));
    const expected = served.map(({ id }) => {
      const door = doors.find(({ binding }) => binding === id);
      const host = servers.find(({ bindings: ids }) => ids.includes(id))?.name;
      return { binding: id, target: `${door?.scheme}://${host}:${door?.port}${door?.path}` };
    });
    expect(measured).toEqual(expected);
  });

  it.each([
    ["fine", "none", 0],
    ["failed as soon as one has", "a2a/grpc", 1],
  ])("runs them all and is %s", async (_, broken, code) => {
    // Makes the run's folder as the program would, unless it fails before that.
    const making =
      'for word; do case "$before" in --out) mkdir -p "$word"; touch "$word/run.json";; esac; before=$word; done';
    await using node = await standIn("node", `case "$*" in *${broken}*) exit 1; esac\n${making}`);
    const env = { ...node.env, PROFILE: "smoke" };
    expect(await exitCode(shell, [flag, commands], env, node.folder)).toBe(code);
    const started = await node.seen();
    expect(started.slice(0, -1)).toEqual(
      measured.map(({ binding, target }) =>
        expect.stringMatching(
          `^--import tsx packages/cli/src/main.ts --binding ${binding} --target ${escaped(target)} --profile smoke --out results/\\S+-compose-${binding.replace("/", "-")}$`,
        ),
      ),
    );
    const good = measured.filter(({ binding }) => binding !== broken);
    const folders = good.map(({ binding }) => ` results/\\S+-compose-${binding.replace("/", "-")}`);
    expect(started.at(-1)).toMatch(new RegExp(`^--import tsx packages/cli/src/main.ts report${folders.join("")}$`));
  });

  it("stores its runs as the owner of the folder for them, which is there after a clone", async () => {
    expect(await readdir(files.results)).toContain("README.md");
    expect(bench.volumes).toEqual([
      { type: "bind", source: "./results", target: "/bench/results", bind: { create_host_path: false } },
    ]);
    expect(bench).toMatchObject({ user: "0:0", cap_drop: ["ALL"], cap_add: ["SETUID", "SETGID"] });
    await using setpriv = await standIn("setpriv", 'shift 5; exec "$@"');
    const results = join(setpriv.folder, "results");
    await mkdir(results);
    const { uid, gid } = await stat(results);
    const [program = "", ...words] = (bench.entrypoint ?? []).map((word) => word.replaceAll("$$", "$"));
    const command = ["sh", "-c", 'exit "$1"', "sh", "7"];
    expect(await exitCode(program, [...words, ...command], setpriv.env, setpriv.folder)).toBe(7);
    expect(await setpriv.seen()).toEqual([`--reuid ${uid} --regid ${gid} --clear-groups ${command.join(" ")}`]);
  });
});

describe("the image", () => {
  it("is sent nothing that was installed or measured on the host", async () => {
    const lines = async (name: string): Promise<readonly string[]> =>
      (await readFile(join(files.root, name), "utf8")).split("\n").filter((line) => /^[^#!]/.test(line));
    const sent = (await lines(".dockerignore")).map((line) => line.replace("**/", ""));
    for (const line of await lines(".gitignore")) expect(sent).toContain(line.replace(/\/\*?$/, ""));
  });
});

function escaped(literal: string): string {
  return literal.replace(/[{}]/g, "\\$&");
}
