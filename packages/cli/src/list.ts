import { type Binding, operationKinds } from "@apb/core/binding";
import Table from "cli-table3";
import pc from "picocolors";
import { bareBindings, bindings, defaultBindings, profiles, scenarios } from "./catalog.ts";
import { ownServers, sdksOf, withoutServer } from "./servers.ts";

/** The matrix of what is offered, with its holes and their reasons. */
export function list(): string {
  const matrix = new Table({
    head: ["", "binding", "standing", ...operationKinds, ...ownServers.map((kind) => `${kind}\nserver`)],
    style: { head: [], border: [] },
  });
  const holes: string[] = [];
  for (const { id, spec, can, cannot } of bindings) {
    const marks = operationKinds.map((kind) => mark(can.has(kind)));
    const served = ownServers.map((kind) => mark(withoutServer(kind, id) === null));
    matrix.push([defaultBindings.includes(id) ? "*" : "", id, spec.standing, ...marks, ...served]);
    for (const kind of operationKinds) if (!can.has(kind)) holes.push(`  ${id} has no ${kind}: ${cannot[kind]}`);
    for (const kind of ownServers) {
      const reason = withoutServer(kind, id);
      if (reason !== null) holes.push(`  ${id} has no ${kind} server: ${reason}`);
    }
  }
  const widest = 2 + Math.max(...bindings.map(({ id }) => id.length));
  const specOf = ({ id, spec }: Binding): string => `  ${id.padEnd(widest)}${spec.name} ${spec.version}, ${spec.url}`;
  const sdks = Object.entries(sdksOf(bindings.map(({ id }) => id))).map(([id, sdk]) => `  ${id.padEnd(widest)}${sdk}`);
  const offered = scenarios.map(({ name, shows }) => `  ${name.padEnd(20)}${shows}`);
  const sizes = Object.values(profiles).map(
    ({ name, rounds, windowMs, rungs }) =>
      `  ${name.padEnd(20)}${rounds} × ${windowMs / 1000} s a cell, ladder ${rungs.map((rung) => rung.toLocaleString("en-US")).join(", ")}`,
  );
  return [
    "Bindings (*: measured by a plain `bench`)",
    matrix.toString(),
    ...["", "What a binding lacks, and why", ...(holes.length === 0 ? ["  nothing"] : holes)],
    ...["", "Specifications", ...bindings.map(specOf)],
    ...["", "What is under them, for --layers or by name", ...bareBindings.map(specOf)],
    ...["", "SDKs behind --server sdk", ...sdks],
    ...["", "Scenarios", ...offered],
    ...["", "Profiles", ...sizes],
  ].join("\n");
}

function mark(there: boolean): string {
  return there ? "yes" : pc.dim("–");
}
