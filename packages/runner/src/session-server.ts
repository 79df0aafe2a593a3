import type { OwnServerKind } from "@apb/core/cell";
import { commandUrl } from "@apb/core/command-url";
import { entryFlags } from "./child.ts";
import type { Server } from "./server.ts";

/** A server of ours that is no process before a client starts it, for one session. */
export interface SessionServerOptions {
  /** The entry file of such a process. */
  readonly file: string;
  readonly binding: string;
  readonly server: OwnServerKind;
  readonly delayMs: number;
  readonly workMs: number;
}

/** The address at which clients start such a server of ours. */
export function sessionServerUrl({ file, binding, server, delayMs, workMs }: SessionServerOptions): string {
  // Where node reads TypeScript itself, tsx would be most of what starting takes.
  const { typescript } = process.features as { readonly typescript?: string | false };
  const flags = typescript ? [] : entryFlags(file);
  const about = ["--binding", binding, "--server", server];
  return commandUrl([process.execPath, ...flags, file, ...about, ...delays(delayMs, workMs)]);
}

function delays(delayMs: number, workMs: number): readonly string[] {
  return ["--delay-ms", String(delayMs), "--work-ms", String(workMs)];
}

/** A server at such an address: nothing of it runs before its sessions do. */
export function sessionServer(url: string, deviations: Server["deviations"]): Server {
  return {
    url,
    pid: "sessions",
    calls: async () => null,
    deviations,
    ended: new Promise(() => undefined),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
