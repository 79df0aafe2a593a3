/** Is told of the abortion of the signals it watches. */
export interface AbortWatcher {
  aborted(signal: AbortSignal): void;
}

/** A set only from the second watcher on: a VU's signal mostly has one, its connection, and a set takes 160 bytes. */
const watchers = new WeakMap<AbortSignal, AbortWatcher | Several>();

class Several extends Set<AbortWatcher> {}

/**
 * Watches a signal until it is aborted. However many watch it, and however long, the signal has one listener: calls that
 * share a signal can go on watching it from one to the next, which is cheaper than to add and remove a listener for each.
 */
export function watchAbort(signal: AbortSignal, watcher: AbortWatcher): void {
  const known = watchers.get(signal);
  if (known === undefined) {
    watchers.set(signal, watcher);
    signal.addEventListener("abort", tell, { once: true });
  } else if (known instanceof Several) known.add(watcher);
  else if (known !== watcher) watchers.set(signal, new Several([known, watcher]));
}

/** Watches it no longer. */
export function unwatchAbort(signal: AbortSignal, watcher: AbortWatcher): void {
  const known = watchers.get(signal);
  if (known instanceof Several ? !known.delete(watcher) || known.size > 0 : known !== watcher) return;
  watchers.delete(signal);
  signal.removeEventListener("abort", tell);
}

function tell({ target }: Event): void {
  const signal = target as AbortSignal;
  const known = watchers.get(signal);
  watchers.delete(signal);
  if (known instanceof Several) for (const watcher of known) watcher.aborted(signal);
  else known?.aborted(signal);
}
