import { type Binding, type MostSessions, operationKinds } from "@apb/core/binding";
import { noValue, whole } from "@apb/report/format";
import { listing } from "@apb/report/listing";
import { standardOutput } from "@apb/report/reporters";
import { keyColumn, plain, type Section, sectionOf, valueColumn } from "@apb/report/section";
import { sectionText, type Terminal } from "@apb/report/table";
import pc from "picocolors";
import { bareBindings, bindings, defaultBindings, profiles, scenarios } from "./catalog.ts";
import { ownServers, sdksOf, withoutServer } from "./servers.ts";

type Line = readonly [text: string] | readonly [label: string, text: string];

/** The matrix of what is offered, with its holes and their reasons, no line wider than the terminal. */
export function list(terminal: Terminal = standardOutput()): string {
  const colors = pc.createColors(terminal.color);
  const part = (title: string, lines: readonly Line[]): string =>
    `${colors.bold(title)}\n${listing(lines, terminal.width)}`;
  const specOf = ({ id, spec }: Binding): Line => [`  ${id}`, `${spec.name} ${spec.version}, ${spec.url}`];
  const lacking = holes().map((hole): Line => ["  ·", hole]);
  return [
    sectionText(matrix(), terminal),
    part("What a binding lacks, and why", lacking.length === 0 ? [["  nothing"]] : lacking),
    part("What streams are, where the protocol has none of content", streamed()),
    part("Specifications", bindings.map(specOf)),
    part("What is under them, for --layers or by name", bareBindings.map(specOf)),
    part(
      "SDKs behind --server sdk",
      Object.entries(sdksOf(bindings.map(({ id }) => id))).map(([id, sdk]): Line => [`  ${id}`, sdk]),
    ),
    part(
      "Scenarios",
      scenarios.map(({ name, shows }): Line => [`  ${name}`, shows]),
    ),
    part(
      "Profiles",
      Object.values(profiles).map(
        ({ name, rounds, windowMs, rungs }): Line => [
          `  ${name}`,
          `${rounds} × ${windowMs / 1000} s a cell, ladder ${rungs.map(whole).join(", ")}`,
        ],
      ),
    ),
  ].join("\n\n");
}

/** Which binding has which operation, and which server of ours. */
function matrix(): Section {
  const mark = (there: boolean) => plain(there ? "yes" : noValue);
  return sectionOf<Binding>({
    title: "Bindings (*: measured by a plain `bench`)",
    caption: "",
    columns: [
      keyColumn("", ({ id }) => (defaultBindings.includes(id) ? "*" : "")),
      keyColumn("binding", ({ id }) => id),
      keyColumn("standing", ({ spec }) => spec.standing),
      ...operationKinds.map((kind) => valueColumn<Binding>(1, kind, "", ({ can }) => mark(can.has(kind)))),
      ...ownServers.map((kind) =>
        valueColumn<Binding>(2, `${kind}\nserver`, "", ({ id }) => mark(withoutServer(kind, id) === null)),
      ),
    ],
    groups: [bindings],
  });
}

function mostText({ count, perSecond }: MostSessions): string {
  return `${count} connections${perSecond === undefined ? "" : `, and ${perSecond} new ones a second`}`;
}

/** What carries streams in place of a stream of the protocol's own, each once. */
function streamed(): readonly Line[] {
  const ways = new Set(bindings.flatMap(({ spec }) => spec.streamedBy ?? []));
  const idsOf = (way: string): string =>
    bindings
      .filter(({ spec }) => spec.streamedBy === way)
      .map(({ id }) => id)
      .join(", ");
  return [...ways].map((way): Line => ["  ·", `${idsOf(way)}: ${way}`]);
}

/** Every hole of the matrix, as a sentence. */
function holes(): readonly string[] {
  return bindings.flatMap(({ id, can, cannot, mostSessions }) => [
    ...operationKinds.flatMap((kind) => (can.has(kind) ? [] : [`${id} has no ${kind}: ${cannot[kind]}`])),
    ...(mostSessions === undefined ? [] : [`${id} has no more than ${mostText(mostSessions)}: ${mostSessions.reason}`]),
    ...ownServers.flatMap((kind) => {
      const reason = withoutServer(kind, id);
      return reason === null ? [] : [`${id} has no ${kind} server: ${reason}`];
    }),
  ]);
}
