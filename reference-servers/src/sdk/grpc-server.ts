import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from "@grpc/grpc-js";
import type { Opened, Place } from "../doors.ts";
import { addressesOf, graceMs, isOpenedToo } from "../open-servers.ts";

/** Opens a Server of @grpc/grpc-js with its default options. Throws when the port is taken. */
export async function serveGrpc(
  service: ServiceDefinition,
  methods: UntypedServiceImplementation,
  at: Place,
): Promise<Opened> {
  const server = new Server();
  server.addService(service, methods);
  const [address, alsoAt] = addressesOf(at);
  const port = await bind(server, address, at.port);
  if (alsoAt !== undefined) await isOpenedToo(bind(server, alsoAt, port), () => shutDown(server));
  return { port, close: () => shutDown(server) };
}

function bind(server: Server, address: string, port: number): Promise<number> {
  const host = address.includes(":") ? `[${address}]` : address;
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
}

function shutDown(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.forceShutdown(), graceMs);
    server.tryShutdown(() => {
      clearTimeout(force);
      resolve();
    });
  });
}
