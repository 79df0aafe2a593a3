import type { RunInfo } from "@apb/core/run";
import type { View } from "@apb/core/scenario";
import { checkSections } from "./check-section.ts";
import type { Footnotes } from "./footnotes.ts";
import { generalView } from "./general-view.ts";
import { ladderView } from "./ladder-view.ts";
import { groupedBy } from "./order.ts";
import { ownSections } from "./own-section.ts";
import { phaseSections } from "./phase-section.ts";
import type { Row } from "./row.ts";
import type { Section } from "./section.ts";
import { sessionView } from "./session-view.ts";
import { sizeView } from "./size-view.ts";
import { streamView } from "./stream-view.ts";
import { taskSections } from "./task-section.ts";

/** How the rows of one scenario become tables. */
type ScenarioView = (scenario: string, rows: readonly Row[], notes: Footnotes, info: RunInfo) => readonly Section[];

const viewsOf: Readonly<Record<View, ScenarioView>> = {
  size: sizeView,
  ladder: ladderView,
  streams: streamView,
  sessions: sessionView,
  general: generalView,
};

/** The tables of every scenario in the rows, in their order, laid out as the scenario says. */
export function scenarioSections(rows: readonly Row[], info: RunInfo, notes: Footnotes): readonly Section[] {
  return groupedBy(rows, ({ cell }) => cell.scenario).flatMap((own) => {
    const scenario = own[0]?.cell.scenario ?? "";
    const view = viewsOf[info.views[scenario] ?? "general"];
    return [
      ...view(scenario, own, notes, info),
      ...phaseSections(scenario, own, notes, info),
      ...taskSections(scenario, own),
      ...checkSections(scenario, own, notes),
      ...ownSections(scenario, own, notes),
    ];
  });
}
