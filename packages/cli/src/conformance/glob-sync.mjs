import { register } from "node:module";
import { isMainThread } from "node:worker_threads";

/**
 * Lets the conformance suite start on Node 20, whose `fs` lacks `globSync`: the suite imports it, for a command of its
 * own that is not used here. https://nodejs.org/docs/latest-v20.x/api/module.html#customization-hooks
 */
if (isMainThread) register(import.meta.url);

const source = `
  import fs from "node:fs";
  export * from "node:fs";
  export default fs;
  export const globSync = fs.globSync ?? (() => []);
`;
const url = `data:text/javascript,${encodeURIComponent(source)}`;

/** Resolves `fs` to one with `globSync`, for the suite alone. */
export function resolve(specifier, context, next) {
  const fromSuite = context.parentURL?.includes("/node_modules/@modelcontextprotocol/conformance/") === true;
  return fromSuite && (specifier === "fs" || specifier === "node:fs")
    ? { url, shortCircuit: true }
    : next(specifier, context);
}
