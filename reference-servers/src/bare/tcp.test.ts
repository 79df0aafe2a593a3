import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { bareLengthBytes } from "@apb/protocols/bare";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Agents } from "../agents/agents.ts";
import type { Opened } from "../doors.ts";
import { openServers } from "../open-servers.ts";
import { bareTcp } from "./tcp.ts";

let agents: Agents;
let server: Opened;
beforeEach(async () => {
  agents = new Agents();
  server = await openServers(() => bareTcp(agents), { port: 0, host: "loopback" });
});
afterEach(() => server.close());

async function opened(): Promise<Socket> {
  const socket = connect(server.port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

function message(body: string): Buffer {
  const prefix = Buffer.alloc(bareLengthBytes);
  prefix.writeUInt32BE(body.length);
  return Buffer.concat([prefix, Buffer.from(body, "latin1")]);
}

it("puts bodies together from pieces of any size", async () => {
  const bytes = Buffer.concat(["one", "", "three".repeat(10)].map(message));
  for (let at = 0; at <= bytes.length; at++) {
    const socket = await opened();
    const echoed = new Promise((resolve) => {
      let whole = Buffer.alloc(0);
      socket.on("data", (piece: Buffer) => {
        whole = Buffer.concat([whole, piece]);
        if (whole.length === bytes.length) resolve(whole);
      });
    });
    socket.setNoDelay(true);
    socket.write(bytes.subarray(0, at));
    await new Promise((resolve) => setImmediate(resolve));
    socket.write(bytes.subarray(at));
    expect(await echoed).toEqual(bytes);
    socket.destroy();
  }
});

it("does not read on while its client does not", async () => {
  const large = message("x".repeat(1024 * 1024));
  const many = 64;
  const deaf = await opened();
  for (let n = 0; n < many; n++) deaf.write(large);
  const other = await opened();
  const turns = 200;
  for (let n = 0; n < turns; n++) {
    other.write(message("x"));
    await once(other, "data");
  }
  expect(agents.calls - turns).toBeLessThan(many / 2);
  let received = 0;
  deaf.on("data", (piece: Buffer) => {
    received += piece.length;
    if (received === many * large.length) deaf.destroy();
  });
  await once(deaf, "close");
  expect([agents.calls - turns, received]).toEqual([many, many * large.length]);
  other.destroy();
});
