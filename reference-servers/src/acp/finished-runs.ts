import { randomUUID } from "node:crypto";
import type { Run } from "@apb/protocols/acp";
import type { RunOrder } from "@apb/protocols/acp-server";

/** A run of mode sync before it has ended. */
export interface BegunRun {
  readonly id: string;
  readonly order: RunOrder;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** A run that has ended, as the JSON it was answered with; who asks for its events has it parsed again. */
export interface FinishedRun {
  readonly id: string;
  readonly sessionId: string;
  readonly json: string;
}

/** A new run of mode sync, created now. */
export function beginRun(order: RunOrder): BegunRun {
  return { id: randomUUID(), order, createdAt: timestamp() };
}

/** The run completed with this text now. The measured path: put together as text, for only the agent's answer needs escaping. */
export function completedRun({ id, order: { agent, sessionId }, createdAt }: BegunRun, text: string): FinishedRun {
  const session = sessionId ?? randomUUID();
  const finishedAt = timestamp();
  const part = `{"content_type":"text/plain","content":${JSON.stringify(text)},"content_encoding":"plain"}`;
  const message = `{"role":"agent/${agent}","parts":[${part}],"created_at":"${createdAt}","completed_at":"${finishedAt}"}`;
  const json = `{"run_id":"${id}","agent_name":"${agent}","session_id":"${session}","status":"completed","await_request":null,"output":[${message}],"error":null,"created_at":"${createdAt}","finished_at":"${finishedAt}"}`;
  return { id, sessionId: session, json };
}

/** The run failed now, for this reason. */
export function failedRun({ id, order, createdAt }: BegunRun, reason: string): FinishedRun {
  const sessionId = order.sessionId ?? randomUUID();
  const run: Run = {
    run_id: id,
    agent_name: order.agent,
    session_id: sessionId,
    status: "failed",
    await_request: null,
    output: [],
    error: { code: "server_error", message: reason },
    created_at: createdAt,
    finished_at: timestamp(),
  };
  return { id, sessionId, json: JSON.stringify(run) };
}

let writtenMs = Number.NaN;
let written = "";

/** The time now in ISO 8601, to the millisecond. Each run asks twice; writing it, half a microsecond, is done once a millisecond. */
function timestamp(): string {
  const nowMs = Date.now();
  if (nowMs !== writtenMs) written = new Date(nowMs).toISOString();
  writtenMs = nowMs;
  return written;
}

const mostRuns = 256;
const mostCharacters = 8 * 1024 * 1024;

/**
 * The latest finished runs of mode sync: 128 to 256 of them, or as many as make 4 to 8 Mi characters, and always the last.
 *
 * Two maps, each for half of what may be kept; when the young one is full the old one is dropped as a whole. That costs one
 * insertion a run and no deletions, and runs are dropped soon enough for V8 to free them in its young generation.
 */
export class FinishedRuns {
  private young = new Map<string, FinishedRun>();
  private old = new Map<string, FinishedRun>();
  private characters = 0;

  add(run: FinishedRun): void {
    if (this.young.size >= mostRuns / 2 || this.characters >= mostCharacters / 2) {
      this.old = this.young;
      this.young = new Map();
      this.characters = 0;
    }
    this.young.set(run.id, run);
    this.characters += run.json.length;
  }

  /** Undefined for a run that never was, and for one that was forgotten. */
  get(id: string): FinishedRun | undefined {
    return this.young.get(id) ?? this.old.get(id);
  }

  /** Whether a run that is still known was of this session. */
  hasSession(id: string): boolean {
    for (const runs of [this.young, this.old]) for (const run of runs.values()) if (run.sessionId === id) return true;
    return false;
  }
}
