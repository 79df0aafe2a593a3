import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { Client, credentials } from "@grpc/grpc-js";
import { describe, expect, inject, it } from "vitest";
import { asIs } from "../testing/grpc-loopback.ts";
import { sdkDoors, slimDoors } from "./doors.ts";

const main = `${inject("programs")}/server.js`;

function start(...args: readonly string[]): ChildProcess {
  return fork(main, args, {
    execArgv: ["--enable-source-maps"],
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
}

async function firstLine(child: ChildProcess): Promise<Record<string, unknown>> {
  const [line] = await once(createInterface(child.stdout as NodeJS.ReadableStream), "line");
  return JSON.parse(line as string);
}

async function stop(child: ChildProcess): Promise<unknown> {
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  return (await exited)[0];
}

describe("a process with --server sdk", () => {
  const bindings = sdkDoors.filter((door) => !slimDoors.includes(door)).map((door) => door.binding);

  it.each(bindings)("says that %s is ready, and ends when told to", async (binding) => {
    const child = start("--server", "sdk", "--binding", binding, "--port", "0");
    expect(await firstLine(child)).toMatchObject({ ready: true, binding, url: expect.stringMatching(/^http:/) });
    expect(await stop(child)).toBe(0);
  });

  it("counts the calls of its agents", async () => {
    const child = start("--server", "sdk", "--binding", "agp/grpc", "--port", "0");
    const { url } = await firstLine(child);
    const client = new Client(new URL(url as string).host, credentials.createInsecure());
    for (let n = 0; n < 3; n++)
      await new Promise((resolve) =>
        client.makeUnaryRequest("/agp.Gateway/SendMessage", asIs, asIs, Buffer.alloc(0), resolve),
      );
    const answered = once(child, "message");
    child.send({ version: 1, id: 7, call: "calls", argument: null });
    expect((await answered)[0]).toEqual({ version: 1, id: 7, kind: "result", value: 3 });
    client.close();
    expect(await stop(child)).toBe(0);
  });

  it.each([
    [
      "a binding no SDK serves",
      ["--server", "sdk", "--binding", "acp/rest"],
      /^unknown binding acp\/rest; expected some/,
    ],
    ["two at one port", ["--server", "sdk", "--binding", "agp/grpc", "--binding", "a2a/rest"], /cannot share a port/],
    ["a server of no known kind", ["--server", "other", "--binding", "a2a/rest"], /^unknown server other; expected/],
  ])("refuses %s", async (_, args, error) => {
    const child = start(...args);
    const exited = once(child, "exit");
    expect(await firstLine(child)).toEqual({ ready: false, error: expect.stringMatching(error) });
    expect((await exited)[0]).toBe(1);
  });
});
