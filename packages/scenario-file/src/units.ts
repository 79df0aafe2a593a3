import { parseDuration } from "@apb/core/duration";
import { Failure } from "@apb/core/failure";

const sizeUnits: Readonly<Record<string, number>> = { B: 1, KB: 1000, MB: 1_000_000, KiB: 1024, MiB: 1_048_576 };

/** Milliseconds of a duration that the schema has accepted. */
export function msOf(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new Failure("internal", `no duration: ${text}`);
  return ms;
}

/** Bytes of a size that the schema has accepted. */
export function bytesOf(text: string): number {
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]+)$/.exec(text) ?? [];
  return Math.round(Number(number) * (sizeUnits[unit] ?? Number.NaN));
}
