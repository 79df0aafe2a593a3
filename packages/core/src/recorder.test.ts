import { describe, expect, it } from "vitest";
import { Histogram } from "./histogram.ts";
import { Recorder, StepRecorder } from "./recorder.ts";

describe("StepRecorder", () => {
  it("times responses from the intended start, and service from the real one", () => {
    const recorder = new StepRecorder();
    recorder.succeed(100, 130, 135);
    expect(recorder.result()).toMatchObject({
      count: 1,
      responseMs: { min: 35, mean: 35, p50: 35, max: 35 },
      serviceMs: { min: 5, mean: 5, p50: 5, max: 5 },
    });
  });

  it("counts failures by kind, with times of their own", () => {
    const recorder = new StepRecorder();
    recorder.succeed(0, 0, 2);
    recorder.fail("timeout", 0, 1000);
    recorder.fail("timeout", 0, 3000);
    recorder.fail("closed", 0, 2000);
    expect(recorder.result()).toMatchObject({
      count: 1,
      failures: { timeout: 2, closed: 1 },
      responseMs: { max: 2 },
      failedMs: { min: 1000, mean: 2000, max: 3000 },
    });
  });

  it("has nulls, not zeros, where there was nothing", () => {
    expect(new StepRecorder().result()).toMatchObject({
      count: 0,
      failures: {},
      responseMs: null,
      serviceMs: null,
      failedMs: null,
    });
  });

  it("stores both histograms so that they can be merged later", () => {
    const recorder = new StepRecorder();
    recorder.succeed(0, 10, 11);
    const { histogram, serviceHistogram, responseMs, serviceMs } = recorder.result();
    expect(Histogram.merge([{ histogram, latency: responseMs }]).latency()).toEqual(responseMs);
    expect(Histogram.merge([{ histogram: serviceHistogram, latency: serviceMs }]).latency()).toEqual(serviceMs);
  });

  it("gives a result that later samples leave alone", () => {
    const recorder = new StepRecorder();
    recorder.fail("closed", 0, 1);
    const before = recorder.result();
    recorder.fail("closed", 0, 1);
    expect(before.failures).toEqual({ closed: 1 });
  });
});

describe("Recorder", () => {
  it("makes a step when its first sample comes, and keeps it", () => {
    const recorder = new Recorder();
    recorder.step("send").succeed(0, 0, 1);
    recorder.step("send").succeed(0, 0, 1);
    recorder.step("connect").fail("refused", 0, 1);
    const result = recorder.result();
    expect(Object.keys(result)).toEqual(["send", "connect"]);
    expect(result.send?.count).toBe(2);
    expect(result.connect?.failures).toEqual({ refused: 1 });
  });
});
