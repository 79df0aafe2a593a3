import type { Latency } from "@apb/core/latency";
import { phaseSteps } from "@apb/core/phases";
import type { RunInfo } from "@apb/core/run";
import type { Footnotes } from "./footnotes.ts";
import { number } from "./format.ts";
import { caseColumns, loadColumns, whoColumns } from "./key-columns.ts";
import { figureColumn } from "./metric-columns.ts";
import { absent, type Quantity } from "./quantity.ts";
import type { MeasuredRow, Row } from "./row.ts";
import { rowSection } from "./row-section.ts";
import { type ColumnOf, type Section, shown } from "./section.ts";

/** In which phase of its calls the time of a scenario went; none where nobody asked for phases. */
export function phaseSections(
  scenario: string,
  rows: readonly Row[],
  notes: Footnotes,
  { profile }: Pick<RunInfo, "profile">,
): readonly Section[] {
  if (profile.phases !== true) return [];
  const columns = phaseSteps.flatMap((step) => [column(step, "p50"), column(step, "p99"), column(step, "max")]);
  const keys = [...caseColumns(rows), ...loadColumns(rows), ...whoColumns(rows, ({ cell }) => cell)];
  return [
    rowSection(
      {
        ...{ title: `${scenario}: where the time goes`, rows, notes, remarks },
        caption: "each call on its connection, all rounds together; as k6's http_req_blocked, _waiting, _receiving",
      },
      [...keys, ...columns],
    ),
  ];
}

const remarks = [
  "blocked: until its connection was free for the call; waiting: from when all of the request was handed to the socket to the read that brought the first byte of the answer; receiving: from there to the read that brought the last",
];

function column(step: (typeof phaseSteps)[number], key: keyof Latency): ColumnOf<Row> {
  const figure = (row: MeasuredRow) => shown(phaseOf(row, step, key), number);
  return figureColumn<Row>(1, `${step}\n${key}`, "ms", (row) => row, figure);
}

function phaseOf({ steps, cell, load }: MeasuredRow, step: (typeof phaseSteps)[number], key: keyof Latency): Quantity {
  const found = steps[step];
  if (found !== undefined) return found.latencyMs[key];
  if (cell.client === "library") return absent("a library does not tell when the bytes of a call went and came");
  if (steps.waiting !== undefined) return absent("calls share their connection: none is blocked by another");
  return absent(
    load.executor.includes(",")
      ? "a socket does not know which of several workloads a call is of"
      : "on this transport nobody tells which bytes belong to which call",
  );
}
