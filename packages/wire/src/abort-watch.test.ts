import { getEventListeners } from "node:events";
import { expect, it } from "vitest";
import { unwatchAbort, watchAbort } from "./abort-watch.ts";

interface Told {
  readonly signals: AbortSignal[];
  aborted(signal: AbortSignal): void;
}

function watcher(): Told {
  const signals: AbortSignal[] = [];
  return { signals, aborted: (signal) => signals.push(signal) };
}

it("tells everyone who still watches, once, with one listener", () => {
  const controller = new AbortController();
  const { signal } = controller;
  const watchers = Array.from({ length: 20 }, watcher);
  for (const one of [...watchers, ...watchers]) watchAbort(signal, one);
  expect(getEventListeners(signal, "abort")).toHaveLength(1);
  unwatchAbort(signal, watchers[0] as Told);
  controller.abort();
  expect(watchers.map(({ signals }) => signals)).toEqual([[], ...watchers.slice(1).map(() => [signal])]);
});

it("leaves no listener behind", () => {
  const { signal } = new AbortController();
  const [one, two] = [watcher(), watcher()];
  watchAbort(signal, one);
  watchAbort(signal, two);
  unwatchAbort(signal, one);
  unwatchAbort(signal, one);
  expect(getEventListeners(signal, "abort")).toHaveLength(1);
  unwatchAbort(signal, two);
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

it("tells the only one who watches, once, and nobody who has stopped", () => {
  const [one, two] = [new AbortController(), new AbortController()];
  const told = watcher();
  for (const { signal } of [one, one, two]) watchAbort(signal, told);
  unwatchAbort(two.signal, watcher());
  unwatchAbort(two.signal, told);
  for (const controller of [one, two]) controller.abort();
  expect(told.signals).toEqual([one.signal]);
});
