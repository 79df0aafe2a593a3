import {
  AgentCard,
  CancelTaskRequest,
  DeleteTaskPushNotificationConfigRequest,
  GetExtendedAgentCardRequest,
  GetTaskPushNotificationConfigRequest,
  GetTaskRequest,
  ListTaskPushNotificationConfigsRequest,
  ListTaskPushNotificationConfigsResponse,
  ListTasksRequest,
  ListTasksResponse,
  type MessageFns,
  SendMessageRequest,
  SendMessageResponse,
  StreamResponse,
  SubscribeToTaskRequest,
  Task,
  TaskPushNotificationConfig,
} from "@a2a-js/sdk";
import { A2AService } from "@a2a-js/sdk/server/grpc";
import { a2aService } from "@apb/protocols/a2a";
import { Client, credentials, Metadata, type MethodDefinition } from "@grpc/grpc-js";
import { asIs } from "../grpc-loopback.ts";
import { framed, grpcHeaders, openSession, type ProbeReply, probe } from "../grpc-probe.ts";
import { readStatus } from "./grpc-status-details.ts";
import type { Outcome, Sent } from "./outcome.ts";

/** Calls of the gRPC door as tests make them: ProtoJSON in and out, by the official SDK's codecs, so not by our own. */
export interface GrpcCalls {
  /** One call on a bare HTTP/2 stream, read to its end. Throws for an answer that gRPC does not allow. */
  call(sent: Sent): Promise<Outcome>;
  /** The items of a stream as they come, by grpc-js; leaving it cancels the call. */
  stream(sent: Sent): AsyncGenerator<unknown>;
  close(): void;
}

/** One method as the SDK defines it, and the JSON of its messages. */
interface Codec {
  readonly path: string;
  encode(request: object): Buffer;
  decode(bytes: Buffer): unknown;
  readonly isStream: boolean;
}

function codec<Request, Answer>(
  method: MethodDefinition<Request, Answer>,
  from: Pick<MessageFns<Request>, "fromJSON">,
  to: Pick<MessageFns<Answer>, "toJSON">,
): Codec {
  return {
    path: method.path,
    encode: (request) => method.requestSerialize(from.fromJSON(request)),
    decode: (bytes) => to.toJSON(method.responseDeserialize(bytes)),
    isStream: method.responseStream,
  };
}

const codecs: Readonly<Record<string, Codec>> = {
  SendMessage: codec(A2AService.sendMessage, SendMessageRequest, SendMessageResponse),
  SendStreamingMessage: codec(A2AService.sendStreamingMessage, SendMessageRequest, StreamResponse),
  GetTask: codec(A2AService.getTask, GetTaskRequest, Task),
  ListTasks: codec(A2AService.listTasks, ListTasksRequest, ListTasksResponse),
  CancelTask: codec(A2AService.cancelTask, CancelTaskRequest, Task),
  SubscribeToTask: codec(A2AService.subscribeToTask, SubscribeToTaskRequest, StreamResponse),
  CreateTaskPushNotificationConfig: codec(
    A2AService.createTaskPushNotificationConfig,
    TaskPushNotificationConfig,
    TaskPushNotificationConfig,
  ),
  GetTaskPushNotificationConfig: codec(
    A2AService.getTaskPushNotificationConfig,
    GetTaskPushNotificationConfigRequest,
    TaskPushNotificationConfig,
  ),
  ListTaskPushNotificationConfigs: codec(
    A2AService.listTaskPushNotificationConfigs,
    ListTaskPushNotificationConfigsRequest,
    ListTaskPushNotificationConfigsResponse,
  ),
  DeleteTaskPushNotificationConfig: codec(
    A2AService.deleteTaskPushNotificationConfig,
    DeleteTaskPushNotificationConfigRequest,
    { toJSON: () => ({}) },
  ),
  GetExtendedAgentCard: codec(A2AService.getExtendedAgentCard, GetExtendedAgentCardRequest, AgentCard),
};

/** The method of this name; one that is not there gets a path and an empty request. */
function codecOf(method: string): Codec {
  const nothing = Buffer.alloc(0);
  return (
    codecs[method] ?? {
      path: `/${a2aService}/${method}`,
      encode: () => nothing,
      decode: () => null,
      isStream: false,
    }
  );
}

/** Connects. */
export async function openGrpc(authority: string): Promise<GrpcCalls> {
  const session = await openSession(`http://${authority}`);
  const client = new Client(authority, credentials.createInsecure());
  return {
    async call(sent) {
      const { path, encode, decode, isStream } = codecOf(sent.method);
      const bytes = sent.bytes ?? encode({ ...sent.request, tenant: sent.agent });
      const reply = await probe(session, grpcHeaders(path, metadataOf(sent)), [framed(bytes)]);
      const type = String(reply.headers["content-type"]);
      const answer = readReply(reply);
      if (!Array.isArray(answer)) return { status: Number(reply.grpcStatus), type, answer };
      const items = answer.map((message) => decode(message));
      return { status: 0, type, answer: isStream ? { items } : items[0] };
    },
    async *stream(sent) {
      const { path, encode, decode } = codecOf(sent.method);
      const metadata = new Metadata();
      for (const [name, value] of Object.entries(metadataOf(sent))) metadata.set(name, value);
      const bytes = encode({ ...sent.request, tenant: sent.agent });
      const call = client.makeServerStreamRequest(path, asIs, asIs, bytes, metadata);
      try {
        for await (const item of call) yield decode(item);
      } finally {
        call.cancel();
      }
    },
    close() {
      session.destroy();
      client.close();
    },
  };
}

function metadataOf({ headers = {}, version }: Sent): Readonly<Record<string, string>> {
  return version === null ? headers : { ...headers, "a2a-version": version };
}

/** The messages, or the status that came instead. */
function readReply(reply: ProbeReply): readonly Buffer[] | object {
  const { httpStatus, grpcStatus, body, headers, trailers, resetCode } = reply;
  if (httpStatus !== 200 || grpcStatus === null || resetCode !== 0)
    throw new Error(`expected a gRPC answer, got HTTP ${httpStatus}, reset ${resetCode}`);
  if (grpcStatus !== 0) return readStatus(grpcStatus, { ...headers, ...trailers });
  const messages: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const end = at + 5 + body.readUInt32BE(at + 1);
    messages.push(body.subarray(at + 5, end));
    at = end;
  }
  return messages;
}
