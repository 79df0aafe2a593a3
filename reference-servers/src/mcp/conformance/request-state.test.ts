import { afterEach, expect, it, vi } from "vitest";
import { openRound, sealRound } from "./request-state.ts";

afterEach(() => vi.useRealTimers());

it("is opened by who has sealed it", () => {
  expect(openRound(sealRound("a", 2), "a")).toBe(2);
});

it("lapses after five minutes", () => {
  vi.useFakeTimers({ toFake: ["Date"], now: 0 });
  const sealed = sealRound("a", 0);
  vi.setSystemTime(300_000);
  expect(openRound(sealed, "a")).toBe(0);
  vi.setSystemTime(300_001);
  expect(openRound(sealed, "a")).toBeNull();
});

it.each<[string, unknown]>([
  ["another asker's", sealRound("b", 0)],
  ["one with something added", `${sealRound("a", 0)}-TAMPERED`],
  ["one with something changed", sealRound("a", 0).replace(/^./, "f")],
  ["one without a signature", sealRound("a", 0).replace(/\..*/, "")],
  ["nothing", ""],
  ["what is no text", 1],
])("does not open %s", (_title, sealed) => {
  expect(openRound(sealed, "a")).toBeNull();
});
