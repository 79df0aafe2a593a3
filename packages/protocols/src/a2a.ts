import { grpcCode } from "./grpc.ts";
import { errorCodes } from "./jsonrpc.ts";

/**
 * A2A 1.0 (https://a2a-protocol.org/v1.0.0/specification, error table of v1.0.1): the ProtoJSON objects that every
 * transport carries, the version rule, and the errors as each transport numbers them.
 * What a client makes of the answers is in a2a-client.ts.
 */

/** Who says a message (§4.1.5). */
export type Role = "ROLE_USER" | "ROLE_AGENT";

/** One of `text`, `raw` (base64), `url` and `data` is the content. */
export interface Part {
  readonly text?: string;
  readonly raw?: string;
  readonly url?: string;
  readonly data?: unknown;
  readonly mediaType?: string;
  readonly filename?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** One turn between client and agent (§4.1.4). */
export interface Message {
  readonly messageId: string;
  readonly contextId?: string;
  readonly taskId?: string;
  readonly role: Role;
  readonly parts: readonly Part[];
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly extensions?: readonly string[];
  readonly referenceTaskIds?: readonly string[];
}

/** What a task has brought forth; it can grow by parts (§4.1.9). */
export interface Artifact {
  readonly artifactId: string;
  readonly name?: string;
  readonly parts: readonly Part[];
}

/** The states of a task, in the order of their protobuf numbers. */
export const taskStates = [
  "TASK_STATE_UNSPECIFIED",
  "TASK_STATE_SUBMITTED",
  "TASK_STATE_WORKING",
  "TASK_STATE_COMPLETED",
  "TASK_STATE_FAILED",
  "TASK_STATE_CANCELED",
  "TASK_STATE_INPUT_REQUIRED",
  "TASK_STATE_REJECTED",
  "TASK_STATE_AUTH_REQUIRED",
] as const;

/** One of {@link taskStates}. */
export type TaskState = (typeof taskStates)[number];

/** Where a task stands (§4.1.2). */
export interface TaskStatus {
  readonly state: TaskState;
  readonly message?: Message;
  /** ISO 8601, UTC. */
  readonly timestamp?: string;
}

/** Work that outlives the request for it (§4.1.1). */
export interface Task {
  readonly id: string;
  readonly contextId: string;
  readonly status: TaskStatus;
  readonly artifacts?: readonly Artifact[];
  readonly history?: readonly Message[];
}

/** How the client wants its answer (§3.2.2). */
export interface SendMessageConfiguration {
  readonly acceptedOutputModes?: readonly string[];
  readonly taskPushNotificationConfig?: unknown;
  readonly historyLength?: number;
  /** Answer as soon as the task exists; otherwise once it has ended. */
  readonly returnImmediately?: boolean;
}

/** Request of SendMessage and SendStreamingMessage (§3.2.1). */
export interface SendMessageRequest {
  readonly tenant?: string;
  readonly message: Message;
  readonly configuration?: SendMessageConfiguration;
}

/** Answer of SendMessage. */
export type SendMessageResponse = { readonly task: Task } | { readonly message: Message };

/** One item of a stream: a Task first, then updates until a terminal status; or one Message alone. */
export type StreamResponse =
  | SendMessageResponse
  | { readonly statusUpdate: { readonly taskId: string; readonly contextId: string; readonly status: TaskStatus } }
  | {
      readonly artifactUpdate: {
        readonly taskId: string;
        readonly contextId: string;
        readonly artifact: Artifact;
        /** The parts follow those sent before under the same artifactId. */
        readonly append?: boolean;
        readonly lastChunk?: boolean;
      };
    };

/** One page of tasks (§3.1.4). */
export interface ListTasksResponse {
  readonly tasks: readonly Task[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
  readonly pageSize: number;
  /** All that match, on every page. */
  readonly totalSize: number;
}

/** A way to reach an agent; for gRPC the URL is `host:port`. */
export interface AgentInterface {
  readonly url: string;
  readonly protocolBinding: "JSONRPC" | "HTTP+JSON" | "GRPC";
  readonly protocolVersion: string;
  readonly tenant?: string;
}

/** What an agent says of itself (§4.4.1). */
export interface AgentCard {
  readonly name: string;
  readonly description: string;
  readonly version: string;
  /** The first is preferred. */
  readonly supportedInterfaces: readonly AgentInterface[];
  readonly capabilities: {
    readonly streaming: boolean;
    readonly pushNotifications: boolean;
    readonly extendedAgentCard: boolean;
  };
  readonly defaultInputModes: readonly string[];
  readonly defaultOutputModes: readonly string[];
  readonly skills: readonly {
    readonly id: string;
    readonly name: string;
    readonly description: string;
    readonly tags: readonly string[];
  }[];
}

/** Package and service of the gRPC binding; its method names are also those of the JSON-RPC binding (§5.3). */
export const a2aService = "lf.a2a.v1.A2AService";
/** The version on the wire, without the patch number (§3.6). */
export const a2aVersion = "1.0";
/** HTTP header, or key of gRPC metadata, that carries the version; HTTP also takes it as a query parameter (§3.6.1). */
export const versionHeader = "a2a-version";
/** Media type of the REST binding, from v1.0.1 on (§11.1). */
export const a2aMediaType = "application/a2a+json";
/** Where an agent's card is, below the agent's URL or the server's root (§8.2). */
export const agentCardPath = "/.well-known/agent-card.json";

/** Whether a request with this version is for A2A 1.0. Without one it is for 0.3 (§3.6.2); patch numbers do not count. */
export function speaksA2a1(version: string | null | undefined): boolean {
  return version === a2aVersion || (typeof version === "string" && /^1\.0\.\d+$/.test(version));
}

/** One kind of error, as each transport numbers it (§5.4 of v1.0.1). */
export interface A2aErrorEntry {
  readonly name: string;
  /** `google.rpc.ErrorInfo.reason` of A2A's own errors; null for those of the transport. */
  readonly reason: string | null;
  readonly jsonrpc: number;
  readonly grpc: number;
  readonly http: number;
  /** Name of the gRPC code, which REST puts in its error body. */
  readonly status: string;
}

type Numbers = Pick<A2aErrorEntry, "grpc" | "http" | "status">;

const invalidArgument = { grpc: grpcCode.invalidArgument, http: 400, status: "INVALID_ARGUMENT" };
const failedPrecondition = { grpc: grpcCode.failedPrecondition, http: 400, status: "FAILED_PRECONDITION" };
const notFound = { grpc: grpcCode.notFound, http: 404, status: "NOT_FOUND" };
const internal = { grpc: grpcCode.internal, http: 500, status: "INTERNAL" };
const unavailable = { grpc: grpcCode.unavailable, http: 503, status: "UNAVAILABLE" };

function entry(name: string, reason: string | null, jsonrpc: number, numbers: Numbers): A2aErrorEntry {
  return { name, reason, jsonrpc, ...numbers };
}

/** The errors of A2A, those of the transports under it, and two of a server with many agents. */
export const a2aErrors = {
  taskNotFound: entry("TaskNotFoundError", "TASK_NOT_FOUND", -32001, notFound),
  taskNotCancelable: entry("TaskNotCancelableError", "TASK_NOT_CANCELABLE", -32002, failedPrecondition),
  pushNotificationNotSupported: entry(
    "PushNotificationNotSupportedError",
    "PUSH_NOTIFICATION_NOT_SUPPORTED",
    -32003,
    failedPrecondition,
  ),
  unsupportedOperation: entry("UnsupportedOperationError", "UNSUPPORTED_OPERATION", -32004, failedPrecondition),
  contentTypeNotSupported: entry("ContentTypeNotSupportedError", "CONTENT_TYPE_NOT_SUPPORTED", -32005, invalidArgument),
  invalidAgentResponse: entry("InvalidAgentResponseError", "INVALID_AGENT_RESPONSE", -32006, internal),
  extendedAgentCardNotConfigured: entry(
    "ExtendedAgentCardNotConfiguredError",
    "EXTENDED_AGENT_CARD_NOT_CONFIGURED",
    -32007,
    failedPrecondition,
  ),
  extensionSupportRequired: entry(
    "ExtensionSupportRequiredError",
    "EXTENSION_SUPPORT_REQUIRED",
    -32008,
    failedPrecondition,
  ),
  versionNotSupported: entry("VersionNotSupportedError", "VERSION_NOT_SUPPORTED", -32009, failedPrecondition),
  parseError: entry("ParseError", null, errorCodes.parseError, invalidArgument),
  invalidRequest: entry("InvalidRequest", null, errorCodes.invalidRequest, invalidArgument),
  methodNotFound: entry("MethodNotFound", null, errorCodes.methodNotFound, {
    grpc: grpcCode.unimplemented,
    http: 404,
    status: "NOT_FOUND",
  }),
  invalidParams: entry("InvalidParams", null, errorCodes.invalidParams, invalidArgument),
  internalError: entry("InternalError", null, errorCodes.internalError, internal),
  /** The specification knows one agent an address; a server of many may have none of the name asked for. */
  agentNotFound: entry("AgentNotFound", null, -32000, notFound),
  /** The server is at its limit. */
  unavailable: entry("Unavailable", null, -32000, unavailable),
} as const;

/** `google.rpc.ErrorInfo` in ProtoJSON. */
export interface ErrorInfo {
  readonly "@type": string;
  readonly reason: string;
  readonly domain: string;
}

/** Its type URL in an Any. */
const errorInfoType = "type.googleapis.com/google.rpc.ErrorInfo";
/** The domain of A2A's own reasons. */
const errorDomain = "a2a-protocol.org";

/** The details that go with an error: JSON-RPC's `error.data`, REST's `error.details`; none for errors of the transport. */
export function errorDetails({ reason }: A2aErrorEntry): readonly ErrorInfo[] {
  return reason === null ? [] : [{ "@type": errorInfoType, reason, domain: errorDomain }];
}
