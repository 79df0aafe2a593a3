import { createRequire, register } from "node:module";
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
    const { default: exported } = await imported(path);
    return unwrapped(exported);
  } catch (error) {
    if (isUnstripped(error))
      throw new Failure(
        "usage",
        `${path}: Node ${process.versions.node} does not read TypeScript; use Node 22.18 or later, npm install tsx beside the file, or write it in JavaScript or YAML`,
        { cause: error },
      );
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure("usage", `${path}: expected a module that can be loaded, but: ${reason}`, { cause: error });
  }
}

async function imported(path: string): Promise<{ readonly default?: unknown }> {
  const url = pathToFileURL(path).href;
  try {
    return await import(url);
  } catch (error) {
    if (!isUnstripped(error) || !(await registerTsx(path))) throw error;
    // What could not be loaded under a name is not tried again under the same.
    return await import(`${url}?tsx`);
  }
}

/** tsx makes CommonJS of a file in a folder whose package.json does not say otherwise; its exports are then the default one. */
function unwrapped(exported: unknown): unknown {
  return typeof exported === "object" && exported !== null && "default" in exported ? exported.default : exported;
}

/** Whether it is that this Node does not know what to do with TypeScript. */
function isUnstripped(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ERR_UNKNOWN_FILE_EXTENSION";
}

/** The user's own tsx, where one is installed beside the file: resolves with whether there is. */
async function registerTsx(path: string): Promise<boolean> {
  try {
    await import(pathToFileURL(createRequire(path).resolve("tsx")).href);
    return true;
  } catch {
    return false;
  }
}
