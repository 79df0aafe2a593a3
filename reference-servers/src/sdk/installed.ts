import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** A package that can be imported here and its version, "@a2a-js/sdk 1.3.0", by its name, of which a version behind it says nothing. Throws where it is not installed. */
export function installed(wanted: string): string {
  const name = nameOf(wanted);
  const version = versionOf(name);
  if (version === null) throw new Error(`${name} is not installed; run an install first`);
  return `${name} ${version}`;
}

/** Which of these (`name@major`) cannot be imported here, and what installs them, as a sentence; null when all can. */
export function notInstalled(wanted: readonly string[]): string | null {
  const missing = wanted.filter((one) => versionOf(nameOf(one)) === null);
  if (missing.length === 0) return null;
  const [are, them] = missing.length === 1 ? ["is", "it"] : ["are", "them"];
  return `${inWords.format(missing.map(nameOf))} ${are} not installed here; \`${installing(missing)}\` adds ${them}`;
}

/** The command that puts packages where the npm package's command finds them. */
export function installing(wanted: readonly string[]): string {
  return `npm install agent-protocol-bench ${wanted.join(" ")}`;
}

/** The package.json of a package that can be imported here; null where there is none. */
export function manifestOf(name: string): string | null {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  return folders.map((folder) => join(folder, name, "package.json")).find((file) => existsSync(file)) ?? null;
}

const inWords = new Intl.ListFormat("en-GB");

function versionOf(name: string): string | null {
  const manifest = manifestOf(name);
  return manifest === null ? null : (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}

function nameOf(wanted: string): string {
  const at = wanted.lastIndexOf("@");
  return at > 0 ? wanted.slice(0, at) : wanted;
}
