import type { Scenario } from "@apb/core/scenario";
import type { FileRef } from "@apb/generator/channel";
import { answerCalls } from "@apb/generator/work";
import { observePhases } from "@apb/wire/phases";
import { findBinding, findScenario } from "./catalog.ts";

/** The load generator process: forked by the runner, told what to do over its channel. */
answerCalls({
  binding: findBinding,
  observePhases,
  scenario: (name, file) => (file === undefined ? findScenario(name) : scenarioIn(file)),
});

/** What reads files is loaded where there is one: every process of every round would wait for it. */
async function scenarioIn({ path, sha256 }: FileRef): Promise<Scenario> {
  const { openScenarioFile } = await import("@apb/scenario-file/open-file");
  return (await openScenarioFile(path, process.env, sha256)).scenario;
}
