import type { Spec } from "@apb/core/binding";
import { durationOf } from "@apb/core/load";
import type { Run, RunInfo, Selection } from "@apb/core/run";
import { ceilingRemarks } from "./ceilings.ts";
import { contrastRows, contrasts } from "./contrast.ts";
import { contrastSections } from "./contrast-section.ts";
import { expectationSection } from "./expectation-section.ts";
import { expectedAgainstMeasured } from "./expectations.ts";
import { failureSections } from "./failure-section.ts";
import { createFootnotes, type Footnote, type Footnotes } from "./footnotes.ts";
import { counted, duration, mib, number } from "./format.ts";
import { headlineOf, type ReferencePoint, referencePoint } from "./headline.ts";
import { headlineSection } from "./headline-section.ts";
import { windowText } from "./load-words.ts";
import { namesOf } from "./names.ts";
import type { Row } from "./row.ts";
import { rowsOf } from "./rows.ts";
import { scenarioSections } from "./scenario-sections.ts";
import type { Section } from "./section.ts";
import { thresholdLines, thresholdText } from "./thresholds.ts";
import { timeSections } from "./time-section.ts";

/** A labelled fact about a run. */
export type Fact = readonly [label: string, text: string];

/** A whole report, laid out but not yet in any format. */
export interface Report {
  readonly id: string;
  readonly configuration: readonly Fact[];
  readonly environment: readonly Fact[];
  /** What each binding follows, by its id. */
  readonly specs: Readonly<Record<string, Spec>>;
  /** What became of each limit: its sign, and what is said beside it. */
  readonly thresholds: readonly (readonly [sign: string, text: string])[];
  /** Empty where nothing was measured: then the footnotes alone say why. */
  readonly sections: readonly Section[];
  readonly footnotes: readonly Footnote[];
  /** What a reader must know before reading on. */
  readonly notes: readonly string[];
}

/** Lays a run out: the comparison first, then what SDKs and libraries cost, every scenario, and expectations, each if the run has it. */
export function reportOf(run: Run): Report {
  const rows = rowsOf(run);
  const notes = createFootnotes(run.info, rows);
  const reference = referencePoint(rows, run.info);
  const sections = reference === null ? [] : sectionsOf(run, rows, reference, notes);
  // A footnote is made when a table asks for a row's marks: without tables each row is asked for here.
  if (reference === null) for (const row of rows) notes.of(row);
  return laidOut(run, rows, sections, notes);
}

/** A run's report of these sections, whose marks are in `notes`. */
export function laidOut(run: Run, rows: readonly Row[], sections: readonly Section[], notes: Footnotes): Report {
  const names = namesOf(rows, run.info.selection);
  return {
    id: run.info.id,
    configuration: configurationOf(run.info),
    environment: environmentOf(run.info),
    specs: run.info.bindings,
    thresholds: thresholdLines(run).map((line) => thresholdText(line, names)),
    sections,
    footnotes: notes.list(),
    notes: [...(run.notes ?? []), ...exitNote(run.info)],
  };
}

function sectionsOf(run: Run, rows: readonly Row[], reference: ReferencePoint, notes: Footnotes): readonly Section[] {
  const { info, expectations } = run;
  const lines = headlineOf(rows, info);
  const names = namesOf(rows, info.selection);
  const expected = expectations === undefined ? [] : expectedAgainstMeasured(lines, expectations, run);
  const comparison = headlineSection(lines, reference, { info, notes, names });
  return [
    { ...comparison, remarks: [...comparison.remarks, ...ceilingRemarks(info)] },
    ...Object.values(contrasts).flatMap((one) => contrastSections(one, contrastRows(one, rows, run), info, notes)),
    ...scenarioSections(rows, info, notes),
    ...failureSections(rows, names),
    ...timeSections(rows, run),
    ...(expected.length === 0 ? [] : [expectationSection(expected)]),
  ];
}

/** The heading above the footnotes, which stand in for the tables where there is none. */
export function footnotesTitle({ sections }: Report): string {
  return sections.length === 0 ? "Nothing was measured" : "Marks";
}

/** What a reader must know of how a run ended; none where it ended as it should. `who` is what the run is called. */
export function exitNote({ exit }: Pick<RunInfo, "exit">, who = "The run"): readonly string[] {
  switch (exit) {
    case "completed":
      return [];
    case "interrupted":
      return [`${who} was interrupted: what it had not reached is absent.`];
    case "aborted":
      return [`${who} was ended by a threshold: what it had not reached is absent.`];
    case "failed":
      return [`${who} ended early with a failure: what it had not reached is absent.`];
    case null:
      return [`${who} has no end: it is still running, or was killed.`];
  }
}

/** What was measured, and how. */
export function configurationOf(info: RunInfo): readonly Fact[] {
  const { profile, loads, selection, sdks = {}, seed, startedAt, endedAt, exit } = info;
  const took = endedAt === null ? "" : `, ${exit} after ${duration(Date.parse(endedAt) - Date.parse(startedAt))}`;
  return [
    ["started", `${startedAt}${took}`],
    [
      "profile",
      [
        `${profile.name}: ${counted(profile.rounds, "round")} of ${windowsText(info)} after ${duration(profile.warmUpMs)} of warm-up`,
        ...(profile.timeScale === undefined || profile.timeScale === 1
          ? []
          : [`all times ${profile.timeScale} of the file's`]),
        ...(isCold(profile)
          ? [
              `cold code, for want of ${duration(leastWarmUpMs)} of warm-up: it shows that all of it works, not how fast`,
            ]
          : []),
      ].join("; "),
    ],
    ...(selection.file?.expect ?? []).map((sentence): Fact => ["expected", sentence]),
    ["loads", Object.keys(loads).join("; ") || "none"],
    ["bindings", selection.bindings.join(", ")],
    ["server", serverText(selection)],
    ...sdkFacts(sdks),
    ["client", clientText(selection)],
    ["timeout", duration(selection.timeoutMs)],
    ["seed", String(seed)],
  ];
}

/** How long a cell is measured: for the profile's windows, or as long as the executor that replaces them says. */
function windowsText(info: RunInfo): string {
  const { executor } = info.profile;
  if (executor === undefined) return `${windowText(info)} windows`;
  const time = duration(durationOf(executor));
  return `${executor.executor} for ${"iterations" in executor ? "at most " : ""}${time}`;
}

/** V8 compiles what is hot within the first tenths of a second; before that a call costs several times as much. */
const leastWarmUpMs = 200;

function isCold({ warmUpMs }: RunInfo["profile"]): boolean {
  return warmUpMs < leastWarmUpMs;
}

/** Bindings that one SDK serves together: `@a/sdk 1.3.0 on express 5.1.0 (a/rest, a/jsonrpc); …`. */
function sdkFacts(sdks: Readonly<Record<string, string>>): readonly Fact[] {
  const texts = [...new Set(Object.values(sdks))].map((sdk) => {
    const served = Object.keys(sdks).filter((binding) => sdks[binding] === sdk);
    return `${sdk} (${served.join(", ")})`;
  });
  return texts.length === 0 ? [] : [["sdk", texts.join("; ")]];
}

function serverText({ servers, target, serve, serveEnv = [], delayMs, workMs }: Selection): string {
  const kinds = servers.join(" and ");
  const who = serve === undefined ? kinds : `${kinds} ${serve}`;
  return [
    target === undefined ? who : `${who} at ${target}`,
    ...(serveEnv.length === 0 ? [] : [`with ${serveEnv.join(", ")} set`]),
    ...(delayMs === 0 ? [] : [`every agent waits ${number(delayMs)} ms`]),
    ...(workMs === 0 ? [] : [`every agent burns ${number(workMs)} ms of CPU`]),
  ].join(", ");
}

function clientText({ clients, generators }: Selection): string {
  return generators === 1 ? clients.join(" and ") : `${clients.join(" and ")}, ${generators} processes`;
}

/** Where it was measured. */
export function environmentOf({ environment: machine }: Pick<RunInfo, "environment">): readonly Fact[] {
  const limits: readonly (string | null)[] = [
    machine.cpuLimit === null ? null : `${number(machine.cpuLimit)} CPUs`,
    machine.memoryLimitBytes === null ? null : `${mib(machine.memoryLimitBytes)} MiB of memory`,
    machine.openFilesLimit === null ? null : counted(machine.openFilesLimit, "open file"),
  ];
  const libraries = Object.entries(machine.libraries).map(([library, version]) => `${library} ${version}`);
  return [
    ["machine", `${machine.cpuModel}, ${counted(machine.cpuCount, "core")}, ${mib(machine.memoryBytes)} MiB`],
    ["limits", limits.filter((limit) => limit !== null).join(", ") || "none known"],
    ["system", `${machine.platform} ${machine.kernel}, governor ${machine.governor ?? "unknown"}`],
    ["runtime", `Node ${machine.node}, V8 ${machine.v8}, OpenSSL ${machine.openssl}`],
    ["libraries", libraries.join(", ") || "none"],
    ["commit", machine.gitCommit ?? "unknown"],
    ["load before the start", number(machine.loadAverage)],
  ];
}
