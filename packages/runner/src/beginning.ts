import type { Finding } from "@apb/core/cell";
import { asFailure, Failure } from "@apb/core/failure";
import type { Point, Vars } from "@apb/core/scenario";
import type { Begun } from "@apb/generator/begun";
import type { Generator } from "./generator.ts";
import { within } from "./races.ts";
import { answerMs } from "./watched-drive.ts";

/** What has been done once before a load begins. */
export interface Beginning {
  /** What the setup left behind. */
  readonly vars: Vars;
  /** VUs that could not start: one finding for all. */
  readonly findings: readonly Finding[];
}

/** The setup, and the start of every VU, where a point has them. Throws when the setup fails, or no VU could start. */
export async function begin({ setup, workloads }: Point, generator: Generator): Promise<Beginning> {
  const starts = workloads.some(({ onStart }) => onStart !== undefined);
  if (setup === undefined && !starts) return { vars: {}, findings: [] };
  const vars = setup === undefined ? {} : await generator.setup();
  const begun = await generator.begin(vars);
  if (begun.asked > 0 && begun.begun === 0)
    throw new Failure("rejected", `none of ${begun.asked} VUs could start; the first said: ${begun.firstFailure}`);
  return { vars, findings: lost(begun) };
}

function lost({ asked, begun, firstFailure }: Begun): readonly Finding[] {
  if (asked === begun) return [];
  return [
    {
      kind: "errors",
      message: `${asked - begun} of ${asked} VUs could not start, and had no iterations; the first said: ${firstFailure}`,
      hint: "the load was lighter than it was meant to be; see what onStart does",
    },
  ];
}

/** The teardown, where a point has one, with so much time. A failure is a finding: what was measured before is as good as ever. */
export async function end(
  { teardown }: Point,
  generator: Generator,
  vars: Vars,
  timeoutMs: number,
): Promise<readonly Finding[]> {
  if (teardown === undefined) return [];
  try {
    await within(timeoutMs + answerMs, "the teardown", generator.teardown(vars));
    return [];
  } catch (error) {
    const hint = "nothing that was measured is wrong for it, but the server may not be as it was before";
    return [{ kind: "deviates", message: asFailure(error).sentence, hint }];
  }
}
