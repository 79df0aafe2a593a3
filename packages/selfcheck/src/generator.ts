import { messageSize } from "@apb/benchmarks/message-size";
import { answerCalls } from "@apb/generator/work";
import { bindings } from "./paths.ts";

/** The load generator process, as the command line starts it, with the few bindings that are measured here. */
answerCalls({
  expectation: () => () => undefined,
  binding: (id) => bindings.find((binding) => binding.id === id),
  scenario: (name) => (name === messageSize.name ? messageSize : undefined),
});
