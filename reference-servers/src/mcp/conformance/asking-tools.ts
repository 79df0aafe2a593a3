import { type Asked, noArguments, textArgument } from "./fixture.ts";
import { elicitation, type Question, sampling } from "./questions.ts";

/** A tool of 2025-11-25 that asks the client while it is at work. */
export interface AskingTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: Readonly<Record<string, unknown>>;
  question(asked: Asked): Question;
}

/** The tools of 2025-11-25 that ask; each says in the end what it was told. */
export const askingTools: readonly AskingTool[] = [
  {
    name: "test_sampling",
    description: "Asks the client's model to go on from a prompt.",
    inputSchema: oneText("prompt"),
    question: (asked) => sampling(textArgument(asked, "prompt"), 100),
  },
  {
    name: "test_elicitation",
    description: "Asks the user for a name and an address.",
    inputSchema: oneText("message"),
    question: (asked) =>
      elicitation(
        textArgument(asked, "message"),
        {
          username: { type: "string", description: "User's response" },
          email: { type: "string", description: "User's email address" },
        },
        ["username", "email"],
      ),
  },
  {
    name: "test_elicitation_sep1034_defaults",
    description: "Asks the user with a form that is filled in already.",
    inputSchema: noArguments,
    question: () =>
      elicitation(
        "Please review the form",
        {
          name: { type: "string", description: "User name", default: "John Doe" },
          age: { type: "integer", description: "User age", default: 30 },
          score: { type: "number", description: "User score", default: 95.5 },
          status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
          verified: { type: "boolean", description: "Verification status", default: true },
        },
        [],
      ),
  },
  {
    name: "test_elicitation_sep1330_enums",
    description: "Asks the user with every kind of choice there is.",
    inputSchema: noArguments,
    question: () => elicitation("Please choose", choices, []),
  },
];

const options = ["option1", "option2", "option3"];
const titled = [
  { const: "value1", title: "First Choice" },
  { const: "value2", title: "Second Choice" },
  { const: "value3", title: "Third Choice" },
];

/** Elicitation, "Requested Schema": one choice and several, with titles and without, and the form of earlier revisions. */
const choices = {
  untitledSingle: { type: "string", enum: options },
  titledSingle: { type: "string", oneOf: titled },
  legacyEnum: {
    type: "string",
    enum: ["opt1", "opt2", "opt3"],
    enumNames: ["Option One", "Option Two", "Option Three"],
  },
  untitledMulti: { type: "array", items: { type: "string", enum: options } },
  titledMulti: { type: "array", items: { anyOf: titled } },
};

function oneText(name: string): Readonly<Record<string, unknown>> {
  return { type: "object", properties: { [name]: { type: "string" } }, required: [name] };
}
