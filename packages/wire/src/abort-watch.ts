/** Is told of the abortion of the signals it watches. */
export interface AbortWatcher {
  aborted(signal: AbortSignal): void;
}

const watchers = new WeakMap<AbortSignal, Set<AbortWatcher>>();

/**
 * Watches a signal until it is aborted. However many watch it, and however long, the signal has one listener: calls that
 * share a signal can go on watching it from one to the next, which is cheaper than to add and remove a listener for each.
 */
export function watchAbort(signal: AbortSignal, watcher: AbortWatcher): void {
  const known = watchers.get(signal);
  if (known !== undefined) {
    known.add(watcher);
    return;
  }
  watchers.set(signal, new Set([watcher]));
  signal.addEventListener("abort", tell, { once: true });
}

/** Watches it no longer. */
export function unwatchAbort(signal: AbortSignal, watcher: AbortWatcher): void {
  const known = watchers.get(signal);
  if (known?.delete(watcher) !== true || known.size > 0) return;
  watchers.delete(signal);
  signal.removeEventListener("abort", tell);
}

function tell({ target }: Event): void {
  const signal = target as AbortSignal;
  const told = watchers.get(signal) ?? [];
  watchers.delete(signal);
  for (const watcher of told) watcher.aborted(signal);
}
