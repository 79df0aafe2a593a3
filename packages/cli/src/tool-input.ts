import type { Inputs } from "@apb/core/binding";
import { type Body, bodyText } from "@apb/core/body";
import type { Call } from "@apb/core/call";
import { Failure } from "@apb/core/failure";
import { nearest } from "@apb/core/nearest";
import { Ajv2020 } from "ajv/dist/2020.js";

/**
 * What a server that tells its agents and what they take makes of a call: a sentence of warning where the body does not fit,
 * null where it does. The call is made all the same, for the server has the last word. Throws `unknown-agent` for an agent
 * that it does not have.
 */
export function misfit({ agent, body }: Call, inputs: Inputs): string | null {
  if (!Object.hasOwn(inputs, agent)) {
    const names = Object.keys(inputs);
    const meant = nearest(agent, names);
    const there = meant === null ? `has ${names.join(", ") || "none"}` : `has ${names.join(", ")}; is it ${meant}?`;
    throw new Failure(
      "unknown-agent",
      `the server has no agent or tool ${agent}; it ${there}; name one of them with --agent`,
    );
  }
  const reason = reasonAgainst(body ?? "", inputs[agent]);
  return reason === null ? null : `--body does not fit what ${agent} takes: ${reason}; asking all the same`;
}

/** Why what a tool is called with is not what its schema says; null when it is, or when the schema cannot be read. */
function reasonAgainst(body: Body, schema: unknown): string | null {
  const given = typeof body === "string" ? { text: body } : body.value;
  try {
    const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true, logger: false });
    const fits = ajv.compile(schema as object);
    if (fits(given)) return null;
    const text = ajv.errorsText(fits.errors, { dataVar: "it" });
    return typeof body === "string"
      ? `a text goes as {"text": …}, of which ${text}`
      : `${text} in ${shortened(bodyText(body))}`;
  } catch {
    return null;
  }
}

function shortened(text: string): string {
  return text.length <= 100 ? text : `${text.slice(0, 100)}…`;
}
