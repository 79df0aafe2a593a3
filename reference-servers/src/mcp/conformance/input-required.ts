import { isObject } from "@apb/protocols/jsonrpc";
import { mcpErrorCodes } from "@apb/protocols/mcp";
import type { Params } from "../session-call.ts";
import { badParams, type Refusal } from "../stateless.ts";
import { text } from "./content.ts";
import { type Asked, noArguments, type Outcome, type Tool } from "./fixture.ts";
import { messages, type Prompt } from "./prompts.ts";
import { capabilityFor, elicitation, isAnswerTo, type Question, rootsList, sampling } from "./questions.ts";
import { openRound, sealRound } from "./request-state.ts";

type Answers = Readonly<Record<string, Params>>;

/** A request that cannot be answered before the client has answered (Multi Round-Trip Requests). */
interface Inquiry {
  readonly name: string;
  /** What is asked in each round, by the key that the answer comes under. */
  readonly rounds: readonly Readonly<Record<string, Question>>[];
  /** Whether the client has to bring back a state; without, the answers alone say how far it has come. */
  readonly sealed?: true;
  /** Asks only what the client can answer, instead of refusing a client that cannot answer everything. */
  readonly selective?: true;
  /** Answers with an event stream. */
  readonly streamed?: true;
  /** What is said in the end, to the answers of the last round. */
  conclude(answers: Answers): string;
}

const askName = { user_name: elicitation("What is your name?", { name: { type: "string" } }, ["name"]) };
const askConfirmation = { confirm: elicitation("Please confirm", { ok: { type: "boolean" } }, ["ok"]) };
const askCapital = { capital_question: sampling("What is the capital of France?", 100) };
const given = (answers: Answers): string => `Received ${JSON.stringify(answers)}`;

const inquiries: readonly Inquiry[] = [
  {
    name: "test_input_required_result_elicitation",
    rounds: [askName],
    conclude: ({ user_name }) => `Hello, ${(user_name?.content as Params | undefined)?.name ?? "nobody"}!`,
  },
  { name: "test_input_required_result_sampling", rounds: [askCapital], conclude: given },
  { name: "test_input_required_result_list_roots", rounds: [{ client_roots: rootsList }], conclude: given },
  {
    name: "test_input_required_result_request_state",
    rounds: [askConfirmation],
    sealed: true,
    conclude: () => "state-ok",
  },
  {
    name: "test_input_required_result_multiple_inputs",
    rounds: [{ ...askName, greeting: sampling("Generate a greeting", 50), client_roots: rootsList }],
    sealed: true,
    conclude: given,
  },
  {
    name: "test_input_required_result_multi_round",
    rounds: [
      { step1: elicitation("Step 1: What is your name?", { name: { type: "string" } }, ["name"]) },
      { step2: elicitation("Step 2: What is your favorite color?", { color: { type: "string" } }, ["color"]) },
    ],
    sealed: true,
    conclude: given,
  },
  {
    name: "test_input_required_result_tampered_state",
    rounds: [askConfirmation],
    sealed: true,
    conclude: () => "state-ok",
  },
  {
    name: "test_input_required_result_capabilities",
    rounds: [{ ...askName, ...askCapital }],
    selective: true,
    conclude: given,
  },
  { name: "test_missing_capability", rounds: [askCapital], conclude: given },
  { name: "test_streaming_elicitation", rounds: [askName], streamed: true, conclude: given },
];

/** The tools of 2026-07-28 that ask back. */
export const inquiringTools: readonly Tool[] = inquiries.map((inquiry) => ({
  name: inquiry.name,
  description: `Asks for ${Object.keys(Object.assign({}, ...inquiry.rounds)).join(", ")} before it answers.`,
  inputSchema: noArguments,
  call: (asked) => inquire(inquiry, asked, (said) => ({ result: { content: [text(said)] } })),
}));

const contextInquiry: Inquiry = {
  name: "test_input_required_result_prompt",
  rounds: [
    {
      user_context: elicitation("What context should the prompt use?", { context: { type: "string" } }, ["context"]),
    },
  ],
  conclude: ({ user_context }) => `Work in this context: ${JSON.stringify(user_context?.content ?? {})}`,
};

/** The prompt of 2026-07-28 that asks back. */
export const inquiringPrompt: Prompt = {
  name: contextInquiry.name,
  description: "Asks for its context before it answers.",
  get: (asked) => inquire(contextInquiry, asked, (said) => messages(text(said))),
};

function inquire(inquiry: Inquiry, asked: Asked, conclude: (said: string) => Outcome): Outcome {
  const { inputResponses = {}, requestState } = asked.params;
  if (inquiry.streamed) asked.stream();
  if (!isObject(inputResponses)) return badParams(400, "expected inputResponses to be an object");
  const came = comeBack(inquiry, requestState);
  if (came === null) return badParams(400, "expected the requestState that this server gave");
  const questions = inquiry.rounds[came.round] as Readonly<Record<string, Question>>;
  const open = Object.entries(questions).filter(
    ([key, question]) => !came.asked || !isAnswerTo(question, inputResponses[key]),
  );
  if (open.length > 0) return ask(inquiry, came.round, open, asked.capabilities);
  const next = inquiry.rounds[came.round + 1];
  if (next !== undefined) return ask(inquiry, came.round + 1, Object.entries(next), asked.capabilities);
  const answers = Object.entries(inputResponses).filter(([key]) => key in questions);
  return conclude(inquiry.conclude(Object.fromEntries(answers) as Answers));
}

/** Which round a request answers, and whether it can: answers to a sealed question count only with its state. */
function comeBack({ name, sealed }: Inquiry, requestState: unknown): { round: number; asked: boolean } | null {
  if (sealed === undefined) return { round: 0, asked: true };
  if (requestState === undefined) return { round: 0, asked: false };
  const round = openRound(requestState, name);
  return round === null ? null : { round, asked: true };
}

function ask(
  { name, sealed, selective }: Inquiry,
  round: number,
  questions: readonly (readonly [string, Question])[],
  capabilities: Params,
): Outcome {
  const can = ([, { method }]: readonly [string, Question]): boolean => isObject(capabilities[capabilityFor[method]]);
  const able = questions.filter(can);
  if (able.length === 0 || (selective === undefined && able.length < questions.length))
    return missingCapability(questions.filter((question) => !can(question)));
  return {
    result: {
      resultType: "input_required",
      inputRequests: Object.fromEntries(able),
      ...(sealed === undefined ? {} : { requestState: sealRound(name, round) }),
    },
  };
}

/** A server must not ask what the client has not declared (Overview, "Capabilities"). */
function missingCapability(questions: readonly (readonly [string, Question])[]): Refusal {
  const requiredCapabilities = Object.fromEntries(questions.map(([, { method }]) => [capabilityFor[method], {}]));
  const message = `expected a client with the capabilities ${Object.keys(requiredCapabilities).join(", ")}`;
  return {
    status: 400,
    error: { code: mcpErrorCodes.missingClientCapability, message, data: { requiredCapabilities } },
  };
}
