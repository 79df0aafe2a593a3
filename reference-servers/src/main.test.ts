import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let child: ChildProcess;

beforeAll(async () => {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  child = fork(main, ["--binding", "acp/rest"], { execArgv: ["--import", tsx], stdio: ["ignore", "pipe", 2, "ipc"] });
  await once(child.stdout as NodeJS.ReadableStream, "data");
}, 30_000);

afterAll(async () => {
  const ended = once(child, "exit");
  child.disconnect();
  expect((await ended)[0]).toBe(0);
});

async function answer(request: object): Promise<unknown> {
  child.send(request);
  return (await once(child, "message"))[0];
}

describe("the server's side of its channel", () => {
  it("tells the calls that its agents have answered", async () => {
    expect(await answer({ version: 1, id: 7, call: "calls", argument: null })).toEqual({
      ...{ version: 1, id: 7, kind: "result", value: 0 },
    });
  });

  it.each([
    ["a call it does not know", 1, "dance", "internal", "this server does not know the call dance"],
    ["another version", 2, "calls", "environment", "this server speaks version 1 of the channel, expected 2"],
  ])("refuses %s, and says which", async (_name, version, call, failure, message) => {
    expect(await answer({ version, id: 8, call, argument: null })).toEqual({
      ...{ version: 1, id: 8, kind: "failure", failure, message },
    });
  });
});
