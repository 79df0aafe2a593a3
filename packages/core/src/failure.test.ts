import { describe, expect, it } from "vitest";
import { abortFailure, asFailure, Failure } from "./failure.ts";

describe("Failure", () => {
  it("says its kind first and keeps its cause", () => {
    const cause = new Error("below");
    const failure = new Failure("refused", "no server", { cause });
    expect(failure).toMatchObject({ name: "Failure", kind: "refused", message: "[refused] no server", cause });
  });
});

describe("asFailure", () => {
  it("leaves a Failure as it is", () => {
    const failure = new Failure("agent", "it said no");
    expect(asFailure(failure)).toBe(failure);
  });

  it.each([
    ["an Error", new TypeError("x is not a function"), "[internal] x is not a function"],
    ["a text", "thrown text", "[internal] thrown text"],
    ["nothing", undefined, "[internal] undefined"],
  ])("takes %s for a defect", (_, error, message) => {
    expect(asFailure(error)).toMatchObject({ kind: "internal", message, cause: error });
  });
});

describe("abortFailure", () => {
  it("is the Failure a signal was aborted with", () => {
    const failure = new Failure("timeout", "no answer within 5 ms");
    expect(abortFailure(AbortSignal.abort(failure))).toBe(failure);
  });

  it("is a plain abortion for any other reason", () => {
    expect(abortFailure(AbortSignal.abort(new Error("why")))).toMatchObject({ kind: "aborted" });
    expect(abortFailure(AbortSignal.abort())).toMatchObject({ kind: "aborted" });
  });
});
