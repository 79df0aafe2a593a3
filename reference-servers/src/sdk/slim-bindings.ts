import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { installing, manifestOf } from "./installed.ts";

/**
 * What is used of SLIM's official bindings for Node: https://github.com/agntcy/slim-bindings. They hold a whole node and are
 * 62 MB, so that an install leaves them out.
 */
export interface SlimBindings {
  isInitialized(): boolean;
  initializeWithConfigs(runtime: object, tracing: object, services: readonly object[]): void;
  newRuntimeConfig(): object;
  newServiceConfig(): object;
  newTracingConfigWith(logLevel: string, threadNames: boolean, threadIds: boolean, filters: readonly string[]): object;
  newInsecureServerConfig(endpoint: string): object;
  newInsecureClientConfig(endpoint: string): object;
  createService(name: string): SlimService;
  readonly Name: new (organization: string, namespace: string, application: string) => object;
}

/** A node, the applications of a process, or both. */
export interface SlimService {
  runServerAsync(config: object): Promise<void>;
  /** Ends the node's servers, and the connections of applications. */
  shutdownAsync(): Promise<void>;
  createAppWithSecret(name: object, secret: string): SlimApp;
  connectAsync(config: object): Promise<bigint>;
}

/** An application under a name; listening rejects once its service is shut down. */
export interface SlimApp {
  subscribeAsync(name: object, connection: bigint): Promise<void>;
  listenForSessionAsync(timeoutMs: undefined): Promise<SlimSession>;
}

/** One end of a session; reading from a closed one rejects. */
export interface SlimSession {
  getMessageAsync(timeoutMs: undefined): Promise<SlimReceived>;
  publishAsync(payload: ArrayBuffer, payloadType: string, metadata: ReadonlyMap<string, string>): Promise<object>;
}

/** One message of a session. */
export interface SlimReceived {
  readonly payload: ArrayBuffer;
  readonly context: { readonly payloadType: string; readonly metadata: ReadonlyMap<string, string> };
}

/** The one platform they are published for at this version. */
const bindingsPackage = "@agntcy/slim-bindings-linux-x64-gnu";

/** Defined where the npm package is built, and only there. */
declare const PACKAGED: true | undefined;

/** Whether this runs in a clone of the repository, not from the npm package. */
const isClone = typeof PACKAGED === "undefined";

/** Where `pnpm slim` puts them in a clone; beside the npm package it is any folder that it can import from. */
const manifest = isClone
  ? fileURLToPath(new URL(`../../../.slim/node_modules/${bindingsPackage}/package.json`, import.meta.url))
  : (manifestOf(bindingsPackage) ?? "");

/** What fetches them. */
const fetching = isClone ? "pnpm slim" : installing([`${bindingsPackage}@2.1.2`]);

/** The dynamic linker of glibc for x64, in its one place on every Linux that has it. */
const glibcLoader = "/lib64/ld-linux-x86-64.so.2";

/** Why there is no SLIM node here, as a sentence for the table; null when there is one. */
export function withoutSlim(): string | null {
  const { platform, arch } = process;
  if (platform !== "linux" || arch !== "x64" || !existsSync(glibcLoader))
    return `SLIM's node for Node.js is published for Linux on x64 with glibc; this is ${platform} on ${arch}, or without glibc`;
  return existsSync(manifest) ? null : `SLIM's node is not installed here; \`${fetching}\` fetches it (62 MB)`;
}

/** Loads them. Throws where they are not installed. */
export function slimBindings(): SlimBindings {
  const missing = withoutSlim();
  if (missing !== null) throw new Error(missing);
  return createRequire(manifest)(bindingsPackage) as SlimBindings;
}

/** Package and version, "@agntcy/slim-bindings-linux-x64-gnu 2.1.2". */
export function slimBindingsVersion(): string {
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  return `${bindingsPackage} ${version}`;
}
