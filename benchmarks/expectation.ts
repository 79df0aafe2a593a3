import { bodyOf, type Reply } from "@apb/core/binding";
import type { Expected } from "@apb/core/call";
import { Failure } from "@apb/core/failure";
import { celOf, reasonOf } from "@apb/scenario-file/cel";

/** Throws `mismatch` for a reply that is not as expected. */
export type Expectation = (reply: Reply) => void;

/** Something expected as a check of replies. Throws `usage` for an expression that is none. */
export function expectationOf(expected: Expected): Expectation {
  switch (expected.kind) {
    case "contains":
      return (reply) => require(reply, bodyOf(reply).includes(expected.text), `with ${quoted(expected.text)} in it`);
    case "equals":
      return (reply) => require(reply, bodyOf(reply) === expected.text, quoted(expected.text));
    case "holds":
      return holding(expected.expression);
  }
}

const cel = celOf(["reply"]);

function holding(expression: string): Expectation {
  const holds = parsed(expression);
  return (reply) => {
    let value: unknown;
    try {
      value = holds({ reply: valueIn(reply) });
    } catch (error) {
      throw new Failure("mismatch", `${expression}: ${reasonOf(error)}; the reply is ${shown(reply)}`, {
        cause: error,
      });
    }
    require(reply, value === true, `of which ${expression} is true`);
  };
}

function parsed(expression: string): (context: Readonly<Record<string, unknown>>) => unknown {
  try {
    const holds = cel.parse(expression);
    const checked = holds.check();
    if (!checked.valid) throw checked.error;
    return holds;
  } catch (error) {
    throw new Failure(
      "usage",
      `expected a CEL expression about reply, like reply.count == 3, got ${expression}: ${reasonOf(error)}`,
    );
  }
}

/** The JSON object or list that a reply's text is, or else the text. */
function valueIn(reply: Reply): unknown {
  const body = bodyOf(reply);
  if (!/^\s*[[{]/.test(body)) return body;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

function require(reply: Reply, holds: boolean, expected: string): void {
  if (!holds) throw new Failure("mismatch", `expected a reply ${expected}, got ${shown(reply)}`);
}

const mostShown = 200;

function shown(reply: Reply): string {
  const body = bodyOf(reply);
  return body.length <= mostShown ? quoted(body) : `${quoted(body.slice(0, mostShown))}… (${body.length} characters)`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
