import { register } from "node:module";
import { pathToFileURL } from "node:url";
import { Failure } from "@apb/core/failure";

/** What "agent-protocol-bench" is for a module that lies anywhere. */
const own = import.meta.resolve("#scenario");

let registered = false;

/** The default export of a module that the user has written. Throws `usage` for one that cannot be loaded. */
export async function defaultExportOf(path: string): Promise<unknown> {
  if (!registered) register(new URL("./resolve-own.mjs", import.meta.url), { data: { own } });
  registered = true;
  try {
    const module: { readonly default?: unknown } = await import(pathToFileURL(path).href);
    return module.default;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure("usage", `${path}: expected a module that can be loaded, but: ${reason}`, { cause: error });
  }
}
