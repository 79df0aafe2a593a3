import type { Reporter } from "@apb/core/run";
import pc from "picocolors";
import { csvReport } from "./csv.ts";
import { jsonReport } from "./json.ts";
import { markdownReport } from "./markdown.ts";
import { type Terminal, tableReporter } from "./table.ts";

/** Wide enough for most tables in one piece, where no terminal says otherwise. */
const pipedWidth = 120;

/** What every table can be broken down to; a narrower terminal breaks the lines itself. */
const leastWidth = 80;

/** Every format by its name. None of the texts ends with a line end. */
export const reporters = {
  table: (run) => tableReporter(standardOutput())(run),
  markdown: markdownReport,
  csv: csvReport,
  json: jsonReport,
} as const satisfies Readonly<Record<string, Reporter>>;

/** What standard output is: its width (or COLUMNS, where it is no terminal), and whether it takes colours (by NO_COLOR and FORCE_COLOR). */
export function standardOutput(): Terminal {
  return { width: widthAt(process.stdout.columns, process.env.COLUMNS), color: pc.isColorSupported };
}

/** Columns to print in. `columns` are a terminal's, undefined without one; a terminal whose size nobody has told says 0. */
export function widthAt(columns: number | undefined, asked: string | undefined): number {
  const told = columns ?? Number(asked);
  return told >= 1 ? Math.max(Math.floor(told), leastWidth) : pipedWidth;
}
