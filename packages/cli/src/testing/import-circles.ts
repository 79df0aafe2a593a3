import type { ParsedSource } from "./parsed-source.ts";

/**
 * The files that reach each other by relative imports, of values or of types: the paths of every circle sorted, and the
 * circles among each other. Circles with a file in common are one. Pure.
 */
export function importCircles(sources: readonly ParsedSource[]): string[][] {
  const imported = new Map(
    sources.map(({ path, imports }) => [path, imports.map(({ file }) => file).filter((file) => file !== null)]),
  );
  const reached = new Map([...imported.keys()].map((path) => [path, reachedFrom(path, imported)]));
  const circles = new Set<string>();
  for (const [path, others] of reached) {
    const circle = [...others].filter((other) => reached.get(other)?.has(path) === true);
    if (circle.length > 0) circles.add(circle.sort().join("\n"));
  }
  return [...circles].sort().map((circle) => circle.split("\n"));
}

/** Every file that a file imports and that those import. The file itself only where a way leads back to it. */
function reachedFrom(path: string, imported: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const reached = new Set(imported.get(path));
  // A set may grow while it is walked: what is added comes later.
  for (const file of reached) for (const next of imported.get(file) ?? []) reached.add(next);
  return reached;
}
