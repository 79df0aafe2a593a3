import type { Scenario } from "@apb/core/scenario";
import { concurrencyLadder } from "./concurrency-ladder.ts";
import { messageSize } from "./message-size.ts";
import { sessionChurn } from "./session-churn.ts";
import { streaming } from "./streaming.ts";
import { workflow } from "./workflow.ts";

/** The scenarios of a plain `bench`. */
export const usualScenarios: readonly Scenario[] = [messageSize, concurrencyLadder, workflow];

/** Every scenario there is, in the order tables show them. */
export const scenarios: readonly Scenario[] = [...usualScenarios, streaming, sessionChurn];
