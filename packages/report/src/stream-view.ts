import type { RunInfo } from "@apb/core/run";
import type { Footnotes } from "./footnotes.ts";
import { mib, notApplicable } from "./format.ts";
import { caseColumns, loadColumns, whoColumns } from "./key-columns.ts";
import { loadText } from "./load-words.ts";
import { figureColumn } from "./metric-columns.ts";
import type { MeasuredRow, Row } from "./row.ts";
import { occasionalMetrics, occasionalRemarks, rowColumns, rowSection } from "./row-section.ts";
import { plain, type Section, type Shown } from "./section.ts";

/** Streams: when events came, how many, and what a server keeps of those that a pausing reader does not take. */
export function streamView(
  scenario: string,
  rows: readonly Row[],
  notes: Footnotes,
  { bindings }: Pick<RunInfo, "bindings">,
): readonly Section[] {
  const limits = rows.flatMap((row) => (row.status === "measured" ? (row.goodput?.limits ?? []) : []))[0];
  const pauses = rows.some((row) => unreadBytes(row) !== null);
  const columns = [
    ...caseColumns(rows),
    ...loadColumns(rows),
    ...whoColumns(rows, ({ cell }) => cell),
    ...rowColumns(1, ["firstEventP50Ms", "firstEventP99Ms", "secondEventP50Ms"]),
    ...rowColumns(1, ["eventGapP50Ms", "eventGapP99Ms", "longestGapMs"]),
    ...rowColumns(1, ["meanGapP50Ms", "streamP50Ms", "endLagP50Ms"]),
    ...rowColumns(2, ["eventsPerSecond", "coalesced", "stalls", "silentEvents"]),
    ...rowColumns(2, limits === undefined ? [] : ["goodput", "goodShare"]),
    ...rowColumns(2, ["errors"]),
    ...rowColumns(3, ["cpuMsPerOperation", "rssPeakBytes"]),
    ...(pauses ? [figureColumn<Row>(3, "kept of\nunread", "MiB", (row) => row, keptOfUnread)] : []),
    ...rowColumns(4, occasionalMetrics(rows)),
  ];
  const remarks = [
    "times are those at which bytes came to the client's socket; gaps are those of all streams together",
    "second event: from the first; coalesced: events that came in one read with the one before; stalls: gaps above 100 ms and five times the pace; silent events: those without a message, which tell of a task's state or keep a connection alive",
    ...(limits === undefined ? [] : [`good: streams within ${limits} (ms), of all that were due, failed ones too`]),
    ...(pauses ? [keptRemark] : []),
    ...streamedByRemarks(rows, bindings),
    ...occasionalRemarks(rows),
  ];
  return [rowSection({ title: scenario, caption: loadText(rows), rows, notes, remarks }, columns)];
}

/** What stands for a stream in protocols that have none, with the bindings of which that is so. */
function streamedByRemarks(rows: readonly Row[], bindings: RunInfo["bindings"]): readonly string[] {
  const names = new Map<string, Set<string>>();
  for (const { status, cell } of rows) {
    const said = bindings[cell.binding]?.streamedBy;
    if (status === "measured" && said !== undefined) names.set(said, (names.get(said) ?? new Set()).add(cell.binding));
  }
  return [...names].map(([said, of]) => `${[...of].join(", ")}: ${said}`);
}

const keptRemark =
  "a reader's own pause is in the gaps where nothing between the two ends takes what it leaves; kept of unread: what the server's memory rose by above all connections open, of what all readers together leave unread in a pause; bounded where it is less than half";

/** What pausing readers leave unread at a time, by the words of the case; null where none pauses. */
function unreadBytes({ cell, load }: Row): number | null {
  const { events, sizeBytes, pauseMs } = cell.case;
  const vus = load?.vus ?? null;
  if (typeof events !== "number" || typeof sizeBytes !== "number" || pauseMs === undefined || vus === null) return null;
  return vus * events * sizeBytes;
}

function keptOfUnread(row: MeasuredRow): Shown {
  const unread = unreadBytes(row);
  const { rssPeakBytes: peak, rssConnectedBytes: before } = row.server;
  if (unread === null) return plain("");
  if (peak.value === null || before.value === null) return { text: notApplicable, missing: peak.missing };
  const kept = Math.max(0, peak.value - before.value);
  return plain(`${kept < unread / 2 ? "bounded" : "not bounded"}: ${mib(kept)} of ${mib(unread)}`);
}
