import type { OwnServerKind } from "@apb/core/cell";
import { startGenerator } from "@apb/runner/generator-process";
import { together } from "@apb/runner/generators";
import type { Equipment } from "@apb/runner/rig";
import { type Server, startServer } from "@apb/runner/server";
import { usageReader } from "@apb/runner/usage";
import { files } from "./catalog.ts";
import type { Order } from "./order.ts";
import { deviationsOf } from "./servers.ts";

/** The real processes that an order is carried out with. */
export function equipmentOf(order: Order): Equipment {
  const { target, generators } = order;
  return {
    serve: async (binding, kind) => (kind === "external" ? externalServer(target) : ownServer(binding, kind, order)),
    generate: () => together(Array.from({ length: generators }, () => startGenerator(files.generator))),
    // Ours are one process each, beside which tsx may keep a compiler that is none of the server's cost.
    usageOf: (pid) => usageReader(pid, { tree: target !== null }),
  };
}

async function ownServer(binding: string, kind: OwnServerKind, { delayMs, workMs }: Order): Promise<Server> {
  const server = await startServer({ file: files.server, bindings: [binding], server: kind, port: 0, delayMs, workMs });
  return { ...server, url: server.urls[binding] as string, deviations: deviationsOf(kind, binding) };
}

function externalServer(target: Order["target"]): Server {
  return {
    url: target?.url ?? "",
    pid: target?.pid ?? null,
    calls: async () => null,
    deviations: {},
    ended: new Promise(() => undefined),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
