import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { isOpenedToo, openServers } from "./open-servers.ts";

describe("a second address", () => {
  it("may be opened", async () => {
    const closeFirst = vi.fn();
    expect(await isOpenedToo(Promise.resolve(), closeFirst)).toBe(true);
    expect(closeFirst).not.toHaveBeenCalled();
  });

  it.each([
    "listen EADDRNOTAVAIL: address not available ::1:3000",
    "listen EAFNOSUPPORT: address family not supported ::1:3000",
    "No address added out of total 1 resolved errors: [listen EADDRNOTAVAIL: address not available ::1:3000]",
    "SLIM's node cannot listen on [::1]:3000: Cannot assign requested address (os error 99)",
  ])("may be missing on a machine: %s", async (message) => {
    const closeFirst = vi.fn();
    expect(await isOpenedToo(Promise.reject(new Error(message)), closeFirst)).toBe(false);
    expect(closeFirst).not.toHaveBeenCalled();
  });

  it.each([
    "listen EADDRINUSE: address already in use ::1:3000",
    "SLIM's node cannot listen on [::1]:3000: Address already in use (os error 98)",
  ])("may be no other program's: %s", async (message) => {
    const closeFirst = vi.fn(async () => undefined);
    await expect(isOpenedToo(Promise.reject(new Error(message)), closeFirst)).rejects.toThrow(message);
    expect(closeFirst).toHaveBeenCalledOnce();
  });
});

it("opens nothing when the second address cannot be opened", async () => {
  const free = createServer().listen(0, "127.0.0.1");
  await once(free, "listening");
  const { port } = free.address() as { port: number };
  await new Promise((resolve) => free.close(resolve));
  const taken = (): never => {
    throw new Error("taken");
  };
  const first = createServer();
  const servers: Server[] = [first, Object.assign(createServer(), { listen: taken })];
  const make = (): Server => servers.shift() as Server;
  await expect(openServers(make, { host: "loopback", port })).rejects.toThrow("taken");
  expect(first.listening).toBe(false);
});
