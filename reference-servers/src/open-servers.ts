import type { AddressInfo, Server } from "node:net";
import type { Opened, Place } from "./doors.ts";

/** Connections the kernel queues before they are accepted: 10,000 clients may connect at once (Linux caps it at somaxconn). */
const backlog = 16_384;

/** Requests under way get this long to end after a server was told to close. */
export const graceMs = 2000;

/**
 * Opens a server, and a second one where the place has two addresses. Throws when the port is taken at one of them.
 * `hangUp` ends what would keep a server open: long replies and WebSockets.
 */
export async function openServers(make: () => Server, at: Place, hangUp = (): void => undefined): Promise<Opened> {
  const [address, alsoAt] = addressesOf(at);
  const first = make();
  await open(first, at.port, address);
  const { port } = first.address() as AddressInfo;
  const servers = [first];
  if (alsoAt !== undefined) {
    const second = make();
    if (await isOpenedToo(open(second, port, alsoAt), () => close(first))) servers.push(second);
  }
  return {
    port,
    close: async () => {
      const closed = servers.map(close);
      hangUp();
      await Promise.all(closed);
    },
  };
}

/** The address to listen at, and another one to listen at where the machine has it. */
export function addressesOf({ host, port }: Place): readonly [address: string, alsoAt?: string] {
  if (host !== "loopback") return [host];
  return port === 0 ? ["127.0.0.1"] : ["127.0.0.1", "::1"];
}

/** As Node and @grpc/grpc-js name it, and as Rust does: no such address, no such kind of address. */
const missingAddress = /EADDRNOTAVAIL|EAFNOSUPPORT|os error (97|99)\b/;

/**
 * Whether the second address was opened: a machine without IPv6 has no ::1, and needs none. Every other error, such as a
 * port that is taken there, closes the first address and is thrown: else some clients of `localhost` would reach another program.
 */
export async function isOpenedToo(opening: Promise<unknown>, closeFirst: () => Promise<void>): Promise<boolean> {
  try {
    await opening;
    return true;
  } catch (error) {
    if (missingAddress.test(String(error))) return false;
    await closeFirst();
    throw error;
  }
}

function open(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host, backlog }, () => {
      server.removeListener("error", reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const closable = server as Server & { closeIdleConnections?(): void; closeAllConnections?(): void };
    const force = setTimeout(() => closable.closeAllConnections?.(), graceMs);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    closable.closeIdleConnections?.();
  });
}
