import type { FailureKind } from "@apb/core/failure";
import { noValue, percent, whole } from "./format.ts";
import { whoColumns } from "./key-columns.ts";
import type { Names } from "./names.ts";
import { byCase } from "./order.ts";
import { sum } from "./quantity.ts";
import type { MeasuredRow, Row, RowCell, StepRow } from "./row.ts";
import { ownSteps } from "./row-section.ts";
import { type ColumnOf, keyColumn, plain, type Section, sectionOf, valueColumn } from "./section.ts";

/** Failures of one kind in one step of a row. */
interface FailureLine {
  readonly cell: RowCell;
  readonly step: string;
  readonly kind: FailureKind;
  readonly times: number;
  /** Samples of the step, failed or not. */
  readonly due: number;
  readonly sentence: string;
}

/** Every kind of failure there was, how often, and what the first of them said; none where nothing failed. */
export function failureSections(rows: readonly Row[], names: Names): readonly Section[] {
  const lines = rows.flatMap((row) => (row.status === "measured" ? linesOf(row) : []));
  if (lines.length === 0) return [];
  const steps = new Set(lines.map(({ step }) => step));
  const columns: readonly ColumnOf<FailureLine>[] = [
    keyColumn("of", ({ cell }) => names.place(cell)),
    ...whoColumns(lines, ({ cell }) => cell),
    ...(steps.size > 1 || !steps.has("total") ? [keyColumn<FailureLine>("step", ({ step }) => step)] : []),
    keyColumn("failure", ({ kind }) => kind),
    valueColumn(1, "count", "", ({ times }) => plain(whole(times))),
    valueColumn(1, "share", "%", ({ times, due }) => plain(percent(times / due))),
    { ...valueColumn<FailureLine>(1, "the first said", "", ({ sentence }) => plain(sentence)), align: "left" },
  ];
  const caption = "all rounds together; share: of the step's samples, failed or not";
  return [sectionOf({ title: "Failures", caption, columns, groups: byCase(lines) })];
}

/** Of whole iterations and of connecting; of the scenario's own steps where it has several. */
function linesOf({ cell, steps }: MeasuredRow): readonly FailureLine[] {
  const own = ownSteps(Object.keys(steps));
  const told = ["total", "connect", ...(own.length > 1 ? own : [])];
  return told.flatMap((name) => {
    const step = steps[name];
    return step === undefined ? [] : kindsOf(step).map((line) => ({ cell, step: name, ...line }));
  });
}

function kindsOf({ count, failures, said }: StepRow): readonly Omit<FailureLine, "cell" | "step">[] {
  const kinds = (Object.entries(failures) as [FailureKind, number][]).sort(([, a], [, b]) => b - a);
  const due = count + sum(kinds.map(([, times]) => times));
  return kinds.map(([kind, times]) => ({ kind, times, due, sentence: said[kind]?.sentence || noValue }));
}
