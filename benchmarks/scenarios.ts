import type { Scenario } from "@apb/core/scenario";
import { concurrencyLadder } from "./concurrency-ladder.ts";
import { messageSize } from "./message-size.ts";
import { workflow } from "./workflow.ts";

/** Every scenario there is, in the order tables show them. */
export const scenarios: readonly Scenario[] = [messageSize, concurrencyLadder, workflow];
