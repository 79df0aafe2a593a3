import type { Reply, Session } from "@apb/core/binding";
import { type Body, jsonBody } from "@apb/core/body";
import { Failure } from "@apb/core/failure";
import { drawOf } from "@apb/core/random";
import { afterwardsOf, nothingAfter } from "./afterwards.ts";
import { compile, type Scope } from "./expression.ts";
import type { Compiling, Running, Step } from "./running.ts";
import type { Path } from "./source.ts";
import type { RawStep } from "./step-schema.ts";
import { asText, templateOf, textTemplateOf } from "./template.ts";
import { bytesOf, msOf } from "./units.ts";

const usualEveryMs = 100;
const usualWithin = "1m";

/** Steps one after the other. Throws `usage`, with the place, for what cannot be meant. */
export function stepsOf(raw: readonly RawStep[], path: Path, about: Compiling): Step {
  const steps = raw.map((one, n) => stepOf(one, [...path, n], about));
  const [only, ...others] = steps;
  if (only !== undefined && others.length === 0) return only;
  return async (running) => {
    for (const step of steps) await step(running);
  };
}

/** One step. */
export function stepOf(raw: RawStep, path: Path, about: Compiling): Step {
  if (raw.stream !== undefined) return streamOf(raw, raw.stream, path, about);
  if (raw.group !== undefined) return groupOf(raw.group, raw.steps ?? [], path, about);
  if (raw.parallel !== undefined) return parallelOf(raw.parallel, path, about);
  if (raw.think !== undefined) return thinkOf(raw.think, path);
  if (raw.poll !== undefined) return pollOf(raw, raw.poll, path, about);
  return operationOf(raw, path, about);
}

function groupOf(group: string, raw: readonly RawStep[], path: Path, about: Compiling): Step {
  const steps = stepsOf(raw, [...path, "steps"], about);
  named(group, [...path, "group"], about);
  return (running) => running.io.group(group, () => steps(running));
}

function parallelOf(raw: NonNullable<RawStep["parallel"]>, path: Path, about: Compiling): Step {
  const branches = raw.map((branch, n) => {
    const at = [...path, "parallel", n];
    return "length" in branch ? stepsOf(branch, at, about) : stepOf(branch, at, about);
  });
  return async (running) => {
    // All have ended when the first failure is told: none goes on behind its iteration.
    const ended = await Promise.allSettled(branches.map((run, n) => run({ ...running, base: running.base + n })));
    const failed = ended.find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
  };
}

function thinkOf(raw: NonNullable<RawStep["think"]>, path: Path): Step {
  if (typeof raw === "string") {
    const ms = msOf(raw);
    return ({ io }) => io.think(ms);
  }
  const [fromMs, toMs] = raw.between.map(msOf) as [number, number];
  const draw = drawOf(path.map(String).join("."));
  return ({ io, vu }) => io.think(fromMs + (toMs - fromMs) * draw(vu));
}

function pollOf(raw: RawStep, poll: string, path: Path, about: Compiling): Step {
  const { source, names, discretion } = about;
  const handle = textTemplateOf(poll, source, [...path, "poll"], names);
  const until = raw.until === undefined ? null : compile(raw.until, source, [...path, "until"], names);
  const everyMs = raw.every === undefined ? usualEveryMs : msOf(raw.every);
  const { within = usualWithin } = raw;
  const name = named(raw.name ?? "poll", [...path, "name"], about);
  const after = afterwardsOf(raw, path, about);
  const place = source.place([...path, "until"]);
  about.needs.add("poll");
  return async (running) => {
    const latest = running.io.now() + msOf(within);
    for (;;) {
      const operation = { kind: "poll", handle: handle.make(running.scope) } as const;
      const { value, durationMs } = await timed(running, name, raw.connection, (session, signal) =>
        discretion.quiet(session.call(operation, signal), running.scope).then(replyValue),
      );
      const scope = { ...running.scope, reply: value, durationMs };
      if (until === null || until(scope) === true) return after(running, scope);
      if (running.io.now() + everyMs > latest)
        throw new Failure("timeout", `${place}: expected ${raw.until} within ${within}, and it does not hold`);
      await running.io.think(everyMs);
    }
  };
}

/** A stream, read to its end: what expressions see of it is the list of its messages. */
function streamOf(raw: RawStep, stream: string, path: Path, about: Compiling): Step {
  const { source, names, needs, discretion } = about;
  const agent = textTemplateOf(stream, source, [...path, "stream"], names);
  const body = bodyOf(raw, path, about);
  const usualName = nameOf(agent.fixed, "stream");
  const name = named(raw.name ?? usualName, [...path, raw.name === undefined ? "stream" : "name"], about);
  const after = afterwardsOf(raw, path, about);
  const everyMs = raw.every === undefined ? 0 : msOf(raw.every);
  needs.add("stream");
  noteAgent(agent.fixed, [...path, "stream"], about);
  return async (running) => {
    const { io, scope } = running;
    const operation = { kind: "stream", agent: agent.make(scope), body: body(scope) } as const;
    const session = sessionFor(running, raw.connection);
    const from = io.now();
    const reply: unknown[] = [];
    const replies = io.stream(name, (signal) => discretion.quietly(session.stream(operation, signal), scope), everyMs);
    for await (const one of replies) reply.push(replyValue(one));
    after(running, { ...scope, reply, durationMs: io.now() - from });
  };
}

/** A call of an agent, a start of a task, the end of one, a look around. */
function operationOf(raw: RawStep, path: Path, about: Compiling): Step {
  const act = actOf(raw, path, about);
  const name = named(raw.name ?? act.name, [...path, raw.name === undefined ? act.action : "name"], about);
  const after = afterwardsOf(raw, path, about);
  const plain = after === nothingAfter;
  return async (running) => {
    const make = act.prepare(running.scope);
    const { value, durationMs } = await timed(running, name, raw.connection, (session, signal) =>
      about.discretion.quiet(make(session, signal), running.scope),
    );
    if (!plain) after(running, { ...running.scope, reply: value, durationMs });
  };
}

interface Act {
  readonly action: string;
  readonly name: string;
  /** Makes what is sent, before the clock runs; resolves with what expressions see of the reply. */
  prepare(scope: Scope): (session: Session, signal: AbortSignal) => Promise<unknown>;
}

function actOf(raw: RawStep, path: Path, about: Compiling): Act {
  const { source, names, needs } = about;
  if (raw.cancel !== undefined) {
    const handle = textTemplateOf(raw.cancel, source, [...path, "cancel"], names);
    needs.add("cancel");
    const prepare: Act["prepare"] = (scope) => {
      const operation = { kind: "cancel", handle: handle.make(scope) } as const;
      return (session, signal) => session.call(operation, signal).then(replyValue);
    };
    return { action: "cancel", name: "cancel", prepare };
  }
  if (raw.discover !== undefined) {
    needs.add("discover");
    const run = (session: Session, signal: AbortSignal) => session.call({ kind: "discover" }, signal).then(replyValue);
    return { action: "discover", name: "discover", prepare: () => run };
  }
  return agentActOf(raw.start === undefined ? "call" : "start", raw, path, about);
}

function agentActOf(action: "call" | "start", raw: RawStep, path: Path, about: Compiling): Act {
  const { source, names, needs } = about;
  const agent = textTemplateOf(raw[action] ?? "", source, [...path, action], names);
  const body = bodyOf(raw, path, about);
  const kind = action === "call" ? "send" : "start";
  needs.add(kind);
  noteAgent(agent.fixed, [...path, action], about);
  const prepare: Act["prepare"] = (scope) => {
    const operation = { agent: agent.make(scope), body: body(scope) };
    return (session, signal) => session.call({ kind, ...operation }, signal).then(replyValue);
  };
  return { action, name: action === "start" ? "start" : nameOf(agent.fixed, action), prepare };
}

function noteAgent(agent: string | null, path: Path, { agents, needs }: Compiling): void {
  if (agent !== "echo") needs.add("other agents");
  if (agent !== null && !agents.has(agent)) agents.set(agent, path);
}

/** An agent's name where it is one that steps can have. */
function nameOf(agent: string | null, action: string): string {
  return agent === null || reserved.includes(agent) ? action : agent;
}

function bodyOf(raw: RawStep, path: Path, { source, names }: Compiling): (scope: Scope) => Body {
  if (raw.body !== undefined && raw.size !== undefined)
    throw source.failure([...path, "size"], "expected a body or a size, got both; leave one out", { key: true });
  if (raw.size !== undefined) {
    const text = "The agent reads, thinks, and answers. "
      .repeat(Math.ceil(bytesOf(raw.size) / 38))
      .slice(0, bytesOf(raw.size));
    return () => text;
  }
  const { fixed, make } = templateOf(raw.body ?? "", source, [...path, "body"], names);
  if (fixed === undefined) return (scope) => asBody(make(scope));
  const body = asBody(fixed.value);
  return () => body;
}

function asBody(value: unknown): Body {
  return typeof value === "object" && value !== null ? jsonBody(value) : asText(value);
}

/** What expressions see of a reply: JSON where a message is an object or a list, a text otherwise; of a task its handle, state and body. */
export function replyValue(reply: Reply): unknown {
  switch (reply.kind) {
    case "agents":
      return reply.agents;
    case "message":
      return reply.body;
    case "task":
      return { handle: reply.handle, state: reply.state, body: reply.body };
  }
}

function sessionFor({ vu, base }: Running, connection: number | undefined): Session {
  return vu.sessions[(connection ?? base) % vu.sessions.length] ?? vu.session;
}

async function timed(
  running: Running,
  name: string,
  connection: number | undefined,
  work: (session: Session, signal: AbortSignal) => Promise<unknown>,
): Promise<{ readonly value: unknown; readonly durationMs: number }> {
  const { io } = running;
  const session = sessionFor(running, connection);
  const from = io.now();
  const value = await io.step(name, (signal) => work(session, signal));
  return { value, durationMs: io.now() - from };
}

const reserved = ["total", "connect", "wait"];

function named(name: string, path: Path, { source, steps }: Compiling): string {
  if (reserved.includes(name))
    throw source.failure(path, `expected another name than ${name}, which is a step of every load`);
  steps.add(name);
  return name;
}
