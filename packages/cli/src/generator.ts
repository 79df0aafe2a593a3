import { answerCalls } from "@apb/generator/work";
import { findBinding, findScenario } from "./catalog.ts";

/** The load generator process: forked by the runner, told what to do over its channel. */
answerCalls({ binding: findBinding, scenario: findScenario });
