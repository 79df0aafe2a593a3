import { operationKinds } from "@apb/core/binding";
import Table from "cli-table3";
import pc from "picocolors";
import { bindings, defaultBindings, profiles, scenarios } from "./catalog.ts";

/** The matrix of what is offered, with its holes and their reasons. */
export function list(): string {
  const matrix = new Table({
    head: ["", "binding", "standing", ...operationKinds],
    style: { head: [], border: [] },
  });
  const holes: string[] = [];
  for (const { id, spec, can, cannot } of bindings) {
    const marks = operationKinds.map((kind) => (can.has(kind) ? "yes" : pc.dim("–")));
    matrix.push([defaultBindings.includes(id) ? "*" : "", id, spec.standing, ...marks]);
    for (const kind of operationKinds) if (!can.has(kind)) holes.push(`  ${id} has no ${kind}: ${cannot[kind]}`);
  }
  const specs = bindings.map(({ id, spec }) => `  ${id.padEnd(15)}${spec.name} ${spec.version}, ${spec.url}`);
  const offered = scenarios.map(({ name, shows }) => `  ${name.padEnd(20)}${shows}`);
  const sizes = Object.values(profiles).map(
    ({ name, rounds, windowMs, rungs }) =>
      `  ${name.padEnd(20)}${rounds} × ${windowMs / 1000} s a cell, ladder ${rungs.map((rung) => rung.toLocaleString("en-US")).join(", ")}`,
  );
  return [
    "Bindings (*: measured by a plain `bench`)",
    matrix.toString(),
    ...["", "What a binding lacks, and why", ...(holes.length === 0 ? ["  nothing"] : holes)],
    ...["", "Specifications", ...specs],
    ...["", "Scenarios", ...offered],
    ...["", "Profiles", ...sizes],
  ].join("\n");
}
