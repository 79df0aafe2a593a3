import { a2aErrors, a2aVersion, speaksA2a1 } from "@apb/protocols/a2a";
import { A2aError } from "./error.ts";

/** Throws VersionNotSupported unless the request is for A2A 1.0 (§3.6); an empty version is a request that names none. */
export function expectA2a1(version: string): void {
  if (speaksA2a1(version)) return;
  const asked = version === "" ? "none, which means 0.3" : JSON.stringify(version.slice(0, 100));
  throw new A2aError(a2aErrors.versionNotSupported, `expected A2A-Version ${a2aVersion}, got ${asked}`);
}
