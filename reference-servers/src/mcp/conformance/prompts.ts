import { embedded, image, text } from "./content.ts";
import { type Asked, type Outcome, textArgument } from "./fixture.ts";

/** A prompt that the suite gets by its name. */
export interface Prompt {
  readonly name: string;
  readonly description: string;
  readonly arguments?: readonly { readonly name: string; readonly description: string; readonly required: boolean }[];
  get(asked: Asked): Outcome;
}

/** The prompts that say the same in every revision. */
export const prompts: readonly Prompt[] = [
  {
    name: "test_simple_prompt",
    description: "One text.",
    get: () => messages(text("This is a simple prompt for testing.")),
  },
  {
    name: "test_prompt_with_arguments",
    description: "One text with two arguments in it.",
    arguments: [argument("arg1"), argument("arg2")],
    get: (asked) =>
      messages(
        text(`Prompt with arguments: arg1='${textArgument(asked, "arg1")}', arg2='${textArgument(asked, "arg2")}'`),
      ),
  },
  {
    name: "test_prompt_with_embedded_resource",
    description: "A resource and a text.",
    arguments: [argument("resourceUri")],
    get: (asked) =>
      messages(
        embedded(textArgument(asked, "resourceUri"), "text/plain", "Embedded resource content for testing."),
        text("Please process the embedded resource above."),
      ),
  },
  {
    name: "test_prompt_with_image",
    description: "A picture and a text.",
    get: () => messages(image, text("Please analyze the image above.")),
  },
];

/** A prompt's result: the user says each item. */
export function messages(...items: readonly object[]): Outcome {
  return { result: { messages: items.map((content) => ({ role: "user", content })) } };
}

/** A prompt as `prompts/list` shows it. */
export function promptEntry({ name, description, arguments: takes }: Prompt): object {
  return takes === undefined ? { name, description } : { name, description, arguments: takes };
}

function argument(name: string) {
  return { name, description: `The ${name} of the text.`, required: true };
}

const words = ["paris", "park", "party", "test", "testing"];

/** Answers `completion/complete`: the words that begin with what was typed. */
export function suggest({ params }: Asked): Outcome {
  const typed = (params.argument as { value?: unknown } | undefined)?.value;
  const values = words.filter((word) => word.startsWith(String(typed ?? "")));
  return { result: { completion: { values, total: values.length, hasMore: false } } };
}
