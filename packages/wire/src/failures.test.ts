import { Failure } from "@apb/core/failure";
import { describe, expect, it } from "vitest";
import { classify } from "./failures.ts";

function coded(code: string, message = "what happened"): Error {
  return Object.assign(new Error(message), { code });
}

describe("classify", () => {
  it.each([
    ["ECONNREFUSED", "refused"],
    ["ECONNRESET", "closed"],
    ["UND_ERR_SOCKET", "closed"],
    ["ETIMEDOUT", "timeout"],
    ["EMFILE", "environment"],
    ["HPE_INVALID_CONSTANT", "protocol"],
    ["ERR_SOMETHING_NEW", "internal"],
  ] as const)("takes %s for %s and keeps the cause", (code, kind) => {
    const error = coded(code);
    expect(classify(error)).toMatchObject({ kind, message: expect.stringContaining("what happened"), cause: error });
  });

  it("says what to do where something can be done", () => {
    expect(classify(coded("EMFILE")).message).toMatch(/what happened; .*ulimit -n/);
  });

  it.each([new Error("x"), "x", undefined, null])("takes %s, which has no code, for a defect", (error) => {
    expect(classify(error).kind).toBe("internal");
  });

  it("lets a Failure be, and the caller's abortion win over everything", () => {
    const failure = new Failure("protocol", "not HTTP");
    expect(classify(failure)).toBe(failure);
    const timeout = new Failure("timeout", "no answer in time");
    expect(classify(failure, AbortSignal.abort(timeout))).toBe(timeout);
    expect(classify(coded("ECONNRESET"), AbortSignal.abort()).kind).toBe("aborted");
  });

  it("names every address of a host that refused", () => {
    const error = Object.assign(
      new AggregateError([coded("ECONNREFUSED", "::1"), coded("ECONNREFUSED", "127.0.0.1")]),
      {
        code: "ECONNREFUSED",
      },
    );
    expect(classify(error)).toMatchObject({ kind: "refused", message: expect.stringContaining("::1, 127.0.0.1") });
  });
});
