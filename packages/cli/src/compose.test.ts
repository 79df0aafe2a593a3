import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
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
function exitCode(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  return new Promise((resolve) => {
    const child = execFile(file, args, { cwd: files.root, env: { ...process.env, ...env } }, () =>
      resolve(child.exitCode ?? -1),
    );
  });
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

  it.each(servers)("starts $name by its own command, finds it healthy, and ends it", async (server) => {
    const args = server.arguments.map((argument, at) => {
      const flag = server.arguments[at - 1];
      return flag === "--port" ? "0" : flag === "--host" ? "127.0.0.1" : argument;
    });
    const child = spawn(process.execPath, args, { cwd: files.root, stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(child, "exit");
    const [program, ...probe] = (server.service.healthcheck?.test ?? []).slice(1);
    expect(program).toBe("node");
    const probed = (port: string): Promise<number> =>
      exitCode(
        process.execPath,
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
    const folder = await mkdtemp(join(tmpdir(), "compose-"));
    const seen = join(folder, "seen");
    const node = join(folder, "node");
    await writeFile(node, `#!/bin/sh\necho "$@" >> ${seen}\ncase "$*" in *${broken}*) exit 1; esac\n`);
    await chmod(node, 0o755);
    const env = { PATH: `${folder}:${process.env.PATH}`, PROFILE: "smoke" };
    expect(await exitCode(shell, [flag, commands], env)).toBe(code);
    const runs = (await readFile(seen, "utf8")).trimEnd().split("\n");
    await rm(folder, { recursive: true });
    expect(runs).toEqual(
      measured.map(({ binding, target }) =>
        expect.stringMatching(
          `^--import tsx packages/cli/src/main.ts --binding ${binding} --target ${escaped(target)} --profile smoke --out results/\\S+-compose-${binding.replace("/", "-")}$`,
        ),
      ),
    );
  });
});

function escaped(literal: string): string {
  return literal.replace(/[{}]/g, "\\$&");
}
