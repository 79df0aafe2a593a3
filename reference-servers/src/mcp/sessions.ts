import { randomUUID } from "node:crypto";
import type { Session } from "./session.ts";

/** How long sessions are kept that nobody uses. */
export interface SessionLimits {
  /** Sessions of one generation; there are two. */
  readonly generation: number;
  /** The least time between two generations. */
  readonly keptMs: number;
  readonly now: () => number;
}

const usual: SessionLimits = { generation: 16_384, keptMs: 30 * 60_000, now: () => performance.now() };

/**
 * Sessions by id: each is sure to be kept for half an hour after it was last used, or until 16,384 others were begun or
 * used after it, and 32,768 are the most there are beside those with something under way.
 *
 * Two generations make that cheap: a session that is used moves to the young one. Beginning a new generation, which no
 * timer does but the next session that needs it, ends what is still in the old one.
 */
export class Sessions {
  private readonly limits: SessionLimits;
  private young = new Map<string, Session>();
  private old = new Map<string, Session>();
  private bornMs: number;

  constructor(limits: SessionLimits = usual) {
    this.limits = limits;
    this.bornMs = limits.now();
  }

  /** Keeps a session; the id is a secret between it and its client. */
  add(session: Session): string {
    const id = randomUUID();
    this.keep(id, session);
    return id;
  }

  /** Undefined for a session that never was, and for one that has ended. */
  get(id: string): Session | undefined {
    const young = this.young.get(id);
    if (young !== undefined) return young;
    const old = this.old.get(id);
    if (old === undefined) return undefined;
    this.old.delete(id);
    this.keep(id, old);
    return old;
  }

  /** Ends a session; false when there is none of this id. */
  end(id: string): boolean {
    const session = this.get(id);
    if (session === undefined) return false;
    this.young.delete(id);
    session.close();
    return true;
  }

  close(): void {
    for (const sessions of [this.young, this.old]) for (const session of sessions.values()) session.close();
  }

  private keep(id: string, session: Session): void {
    const nowMs = this.limits.now();
    if (this.young.size >= this.limits.generation || nowMs - this.bornMs >= this.limits.keptMs) {
      const ending = this.old;
      this.old = this.young;
      this.young = new Map();
      this.bornMs = nowMs;
      for (const [busyId, other] of ending) {
        if (other.busy) this.young.set(busyId, other);
        else other.close();
      }
    }
    this.young.set(id, session);
  }
}
