import { unknownWord } from "@apb/core/nearest";
import type { Path, Source } from "./source.ts";
import { actions } from "./step-schema.ts";

/** Throws `usage`, with the place, for a step that says nothing to do, or several things. What is no step at all, the schema says. */
export function requireActions(file: unknown, source: Source): void {
  const { setup, teardown, onStart, tasks, users } = mapping(file);
  for (const [key, value] of Object.entries({ setup, teardown, onStart })) ofSteps(value, [key], source);
  ofTasks(tasks, ["tasks"], source);
  for (const [name, user] of Object.entries(mapping(users))) {
    const { onStart: starting, tasks: own } = mapping(user);
    ofSteps(starting, ["users", name, "onStart"], source);
    ofTasks(own, ["users", name, "tasks"], source);
  }
}

function ofTasks(value: unknown, path: Path, source: Source): void {
  for (const [n, task] of list(value).entries()) {
    const { steps, group } = mapping(task);
    if (steps !== undefined && group === undefined) ofSteps(steps, [...path, n, "steps"], source);
    else ofStep(task, [...path, n], source);
  }
}

function ofSteps(value: unknown, path: Path, source: Source): void {
  for (const [n, step] of list(value).entries()) ofStep(step, [...path, n], source);
}

function ofStep(step: unknown, path: Path, source: Source): void {
  if (typeof step !== "object" || step === null || Array.isArray(step)) return;
  const keys = Object.keys(step);
  const said = keys.filter((key) => actions.some((action) => action === key));
  const [first = "", second] = said;
  if (said.length === 0) {
    const [key = ""] = keys;
    throw source.failure([...path, key], `${unknownWord("step", key, actions)}`, { key: true });
  }
  if (second !== undefined)
    throw source.failure(
      [...path, second],
      `expected one thing to do in a step, got ${first} and ${second}; make it two steps`,
      { key: true },
    );
  const { steps, parallel } = mapping(step);
  ofSteps(steps, [...path, "steps"], source);
  for (const [n, branch] of list(parallel).entries()) {
    if (Array.isArray(branch)) ofSteps(branch, [...path, "parallel", n], source);
    else ofStep(branch, [...path, "parallel", n], source);
  }
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function mapping(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
