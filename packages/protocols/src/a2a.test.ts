import { describe, expect, it } from "vitest";
import { a2aErrors, errorDetails, speaksA2a1 } from "./a2a.ts";

// §5.4 of v1.0.1: name, reason, JSON-RPC code, gRPC code, HTTP status, name of the gRPC code.
const ownErrors = [
  ["TaskNotFoundError", "TASK_NOT_FOUND", -32001, 5, 404, "NOT_FOUND"],
  ["TaskNotCancelableError", "TASK_NOT_CANCELABLE", -32002, 9, 400, "FAILED_PRECONDITION"],
  ["PushNotificationNotSupportedError", "PUSH_NOTIFICATION_NOT_SUPPORTED", -32003, 9, 400, "FAILED_PRECONDITION"],
  ["UnsupportedOperationError", "UNSUPPORTED_OPERATION", -32004, 9, 400, "FAILED_PRECONDITION"],
  ["ContentTypeNotSupportedError", "CONTENT_TYPE_NOT_SUPPORTED", -32005, 3, 400, "INVALID_ARGUMENT"],
  ["InvalidAgentResponseError", "INVALID_AGENT_RESPONSE", -32006, 13, 500, "INTERNAL"],
  ["ExtendedAgentCardNotConfiguredError", "EXTENDED_AGENT_CARD_NOT_CONFIGURED", -32007, 9, 400, "FAILED_PRECONDITION"],
  ["ExtensionSupportRequiredError", "EXTENSION_SUPPORT_REQUIRED", -32008, 9, 400, "FAILED_PRECONDITION"],
  ["VersionNotSupportedError", "VERSION_NOT_SUPPORTED", -32009, 9, 400, "FAILED_PRECONDITION"],
];

describe("a2aErrors", () => {
  it("numbers A2A's own errors as the specification does", () => {
    const own = Object.values(a2aErrors).filter(({ reason }) => reason !== null);
    expect(own.map((e) => [e.name, e.reason, e.jsonrpc, e.grpc, e.http, e.status])).toEqual(ownErrors);
  });

  it("gives details to A2A's own errors only", () => {
    expect(errorDetails(a2aErrors.taskNotFound)).toEqual([
      { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "TASK_NOT_FOUND", domain: "a2a-protocol.org" },
    ]);
    expect(errorDetails(a2aErrors.invalidParams)).toEqual([]);
  });
});

describe("speaksA2a1", () => {
  it.each([
    ["1.0", true],
    ["1.0.1", true],
    [undefined, false],
    [null, false],
    ["", false],
    ["0.3", false],
    ["1", false],
    ["1.1", false],
    ["1.0.", false],
    ["1.0, 1.0", false],
    [" 1.0", false],
  ])("of %j is %s", (version, answer) => {
    expect(speaksA2a1(version)).toBe(answer);
  });
});
