import { answerCalls } from "@apb/generator/work";
import { openScenarioFile } from "@apb/scenario-file/open-file";
import { findBinding, findScenario } from "./catalog.ts";

/** The load generator process: forked by the runner, told what to do over its channel. */
answerCalls({
  binding: findBinding,
  scenario: async (name, file) =>
    file === undefined ? findScenario(name) : (await openScenarioFile(file.path, process.env, file.sha256)).scenario,
});
