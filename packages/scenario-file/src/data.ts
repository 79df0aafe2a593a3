import { readFileSync } from "node:fs";
import { dirname, extname, resolve } from "node:path";
import { drawOf } from "@apb/core/random";
import type { VU } from "@apb/core/scenario";
import { parse } from "csv-parse/sync";
import type { Names } from "./expression.ts";
import type { RawScenario } from "./scenario-schema.ts";
import type { Source } from "./source.ts";

/** A file's data sets. */
export interface DataSets {
  readonly rows: Rows;
  /** As {@link Names} has them. */
  readonly names: Names["data"];
}

/** Which row of each data set is whose. */
export type Rows = (vu: Pick<VU, "id" | "iteration" | "seed">) => Readonly<Record<string, unknown>>;

/**
 * The rows of a file's data sets: `per-vu` is always the same for one user, `shared` another for each iteration, `random` any,
 * the same in each run of one seed, and each set's its own. Files lie beside the scenario's. Throws `usage`, with the place, for a file that cannot be read.
 */
export function dataOf(raw: RawScenario["data"], source: Source, path: string): DataSets {
  const sets = Object.entries(raw ?? {}).map(([name, set]) => {
    const rows = "rows" in set ? set.rows : readRows(resolve(dirname(path), set.file), source, ["data", name, "file"]);
    return { name, rows, numberOf: numbersOf(set.pick ?? "per-vu", name, rows.length) };
  });
  return {
    rows: (vu) => Object.fromEntries(sets.map(({ name, rows, numberOf }) => [name, rows[numberOf(vu)]])),
    names: Object.fromEntries(sets.map(({ name, rows }) => [name, columnsOf(rows)])),
  };
}

/** What any row has. */
function columnsOf(rows: readonly unknown[]): readonly string[] | null {
  const mappings = rows.filter((row) => typeof row === "object" && row !== null && !Array.isArray(row));
  return mappings.length < rows.length ? null : [...new Set(mappings.flatMap((row) => Object.keys(row as object)))];
}

function numbersOf(
  pick: "per-vu" | "shared" | "random",
  name: string,
  of: number,
): (vu: Parameters<Rows>[0]) => number {
  if (pick === "per-vu") return ({ id }) => id % of;
  if (pick === "shared") return ({ iteration }) => iteration % of;
  const draw = drawOf(`data.${name}`);
  return (vu) => Math.floor(draw(vu) * of);
}

function readRows(file: string, source: Source, path: readonly string[]): readonly unknown[] {
  let rows: unknown;
  try {
    const text = readFileSync(file, "utf8");
    if (extname(file) === ".json") rows = JSON.parse(text);
    else rows = parse(text, { columns: true, skip_empty_lines: true, trim: true, bom: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw source.failure(path, `expected a file of CSV with a header, or of JSON: ${reason}`, { cause: error });
  }
  if (Array.isArray(rows) && rows.length > 0) return rows;
  throw source.failure(path, `expected a list of rows in ${file}, got none`);
}
