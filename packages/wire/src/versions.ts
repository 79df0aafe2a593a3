import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The client libraries whose cost a library-client row includes. */
const libraries = ["undici", "@grpc/grpc-js", "@grpc/proto-loader", "ws"] as const;

/** Installed version of each client library, by name. */
export function libraryVersions(): Record<string, string> {
  const { resolve } = createRequire(import.meta.url);
  return Object.fromEntries(libraries.map((name) => [name, versionAbove(dirname(resolve(name)), name)]));
}

/** The nearest package.json above a file that is the package's own. */
function versionAbove(folder: string, name: string): string {
  for (let at = folder; at !== dirname(at); at = dirname(at)) {
    try {
      const found = JSON.parse(readFileSync(join(at, "package.json"), "utf8")) as { name?: string; version?: string };
      if (found.name === name && found.version !== undefined) return found.version;
    } catch {
      // No package.json here: look one folder up.
    }
  }
  return "unknown";
}
