import { abortFailure, type Failure } from "@apb/core/failure";
import { type AbortWatcher, unwatchAbort, watchAbort } from "./abort-watch.ts";

/** What ends when its signal is aborted. */
export interface Abortable {
  readonly signal: AbortSignal;
  abort(failure: Failure): void;
}

/** The calls under way with one signal. */
class Group<Call extends Abortable> extends Set<Call> implements AbortWatcher {
  aborted(signal: AbortSignal): void {
    const failure = abortFailure(signal);
    for (const call of this) call.abort(failure);
  }
}

/** Signals watched before those without a call are dropped; after that twice as many as are left, and so many more. */
const mostIdle = 64;

/** The calls of a connection by signal. A user makes one call after the other with the same one, so it stays watched. */
export class CallGroups<Call extends Abortable> {
  private readonly groups = new Map<AbortSignal, Group<Call>>();
  private most = mostIdle;

  /** The group this call is now in, to be left when it is over. */
  join(call: Call): Set<Call> {
    const { signal } = call;
    const group = this.groups.get(signal) ?? this.watch(signal);
    return group.add(call);
  }

  /** Watches no signal any more. */
  leave(): void {
    for (const [signal, group] of this.groups) unwatchAbort(signal, group);
    this.groups.clear();
  }

  private watch(signal: AbortSignal): Group<Call> {
    if (this.groups.size >= this.most) this.sweep();
    const group = new Group<Call>();
    this.groups.set(signal, group);
    watchAbort(signal, group);
    return group;
  }

  private sweep(): void {
    for (const [signal, group] of this.groups) {
      if (group.size > 0) continue;
      unwatchAbort(signal, group);
      this.groups.delete(signal);
    }
    this.most = 2 * this.groups.size + mostIdle;
  }
}
