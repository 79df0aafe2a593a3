import { describe, expect, it } from "vitest";
import { goodputText, isGood, mergeGoodput, parseGoodput, type StreamFigures } from "./goodput.ts";

describe("parseGoodput", () => {
  it.each([
    ["first_event:200,mean_gap:50", "first_event:200,mean_gap:50"],
    ["ttft:200 tpot:50 e2el:3000", "first_event:200,mean_gap:50,stream_duration:3000"],
    ["itl:12.5ms ttst:3", "event_gap:12.5,second_event:3"],
    ["time_to_first_token:100 inter_token_latency:3.4", "first_event:100,mean_gap:3.4"],
    [" stream_duration:.5 , event_gap:1 ", "stream_duration:0.5,event_gap:1"],
  ])("reads %s", (text, known) => {
    expect(goodputText(parseGoodput(text))).toBe(known);
  });

  it.each([
    ["", "goodput '': expected limits like first_event:200,mean_gap:50"],
    ["first_event", "goodput 'first_event': expected NAME:MILLISECONDS, like first_event:200"],
    ["ttft:-1", "goodput 'ttft:-1': expected NAME:MILLISECONDS, like first_event:200"],
    ["ttft:1s", "goodput 'ttft:1s': expected NAME:MILLISECONDS, like first_event:200"],
    [
      "first_evnt:1",
      "goodput 'first_evnt:1': expected first_event, second_event, event_gap, mean_gap, stream_duration, got 'first_evnt'; did you mean 'first_event'?",
    ],
    ["ttft:1,first_event:2", "goodput 'ttft:1,first_event:2': first_event is limited twice"],
  ])("refuses %j", (text, sentence) => {
    expect(() => parseGoodput(text)).toThrow(`[usage] ${sentence}`);
  });
});

it("is good where no figure is above its limit", () => {
  const figures: StreamFigures = { first_event: 10, second_event: 8, event_gap: 8, mean_gap: 5, stream_duration: 100 };
  const good = (text: string, some: Partial<StreamFigures> = {}) =>
    isGood({ ...figures, ...some }, text === "" ? [] : parseGoodput(text));
  expect(good("")).toBe(true);
  expect(good("first_event:10,event_gap:8,mean_gap:5,stream_duration:100")).toBe(true);
  for (const text of ["first_event:9.9", "second_event:7", "event_gap:7", "mean_gap:4", "stream_duration:99"]) {
    expect(good(text)).toBe(false);
    expect(good(`first_event:10 ${text === "first_event:9.9" ? "" : text}`)).toBe(text === "first_event:9.9");
  }
  expect(good("first_event:1000", { first_event: null })).toBe(false);
  expect(good("mean_gap:1,event_gap:1", { mean_gap: null, event_gap: null })).toBe(true);
});

it("adds up", () => {
  const some = { of: 3, good: 2, inWindow: 1 };
  expect(mergeGoodput(some, some)).toEqual({ of: 6, good: 4, inWindow: 2 });
  expect(mergeGoodput(undefined, some)).toEqual(some);
  expect(mergeGoodput(some, undefined)).toEqual(some);
  expect(mergeGoodput(undefined, undefined)).toBeUndefined();
});
