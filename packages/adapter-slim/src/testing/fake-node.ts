import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type SlimContent,
  type SlimHeader,
  type SlimMessage,
  type SlimMessageType,
  type SlimPublish,
  slimHeader,
  slimHeaderType,
  slimName,
  slimPublish,
  slimService,
  slimTypeOf,
} from "@apb/protocols/slim";
import { agentsName } from "@apb/protocols/slim-agents";
import { slimProto } from "@apb/protos/files";
import { messageType, method } from "@apb/wire/protobuf";
import { Server, ServerCredentials, type ServerDuplexStream } from "@grpc/grpc-js";
import { WebSocketServer } from "ws";

/** What a test has its node do other than usual, or see. */
export interface Behaviour {
  /** The error of the answer to a subscription. */
  readonly refusal?: string;
  /** The number of a message that is not sent before it is asked for again. */
  readonly mislaid?: number;
  /** Told of every message of a session that comes, `MSG 1`; false drops it. */
  take?(what: string): boolean;
}

/** A node and, behind it, an application that answers as the agents do: both are this one function of bytes. */
export type Talk = (send: (bytes: Uint8Array) => void) => (bytes: Uint8Array) => void;

/** A listening fake. */
export interface FakeNode extends AsyncDisposable {
  readonly url: string;
}

const message = method<SlimMessage, SlimMessage>(slimProto, slimService, "OpenChannel");
const header = messageType<SlimHeader>(slimProto, slimHeaderType);
const application = slimName(...agentsName, ["1", "2"]);

/** One connection's side of the conversation. */
export function talk(behaviour: Behaviour): Talk {
  return (write) => {
    const send = (sent: SlimMessage): void => write(message.encode(sent));
    const publish = applicationOf(behaviour, send);
    return (bytes) => {
      const came = message.decode(bytes);
      if (came.link !== undefined) send({ link: answered(came.link), metadata: {} });
      else if (came.subscribe !== undefined) {
        const { subscriptionId } = came.subscribe;
        const error = behaviour.refusal ?? "";
        send({ subscriptionAck: { subscriptionId, success: error === "", error }, metadata: {} });
      } else if (came.publish !== undefined) publish(came.publish, came.metadata);
    };
  };
}

type Publish = (came: SlimPublish, metadata: SlimMessage["metadata"]) => void;

/** The application's end of a session. */
function applicationOf({ mislaid, take = () => true }: Behaviour, send: (message: SlimMessage) => void): Publish {
  const sent: SlimContent[] = [];
  let reliable = false;
  return (came, metadata) => {
    const type = slimTypeOf(came);
    const messageId = came.session?.messageId ?? 0;
    const post = (as: SlimMessageType, id: number, msg: SlimContent): void =>
      send(slimPublish(endsOf(came), as, id, msg, { call: metadata.call ?? String(id - 1) }));
    if (!take(`${type} ${messageId}`)) return;
    if (type === "JOIN_REQUEST") {
      reliable = (came.msg?.commandPayload?.joinRequest?.timerSettings ?? null) !== null;
      post("JOIN_REPLY", messageId, { commandPayload: {} });
    } else if (type === "GROUP_WELCOME" || type === "GROUP_CLOSE") post("GROUP_ACK", messageId, { commandPayload: {} });
    else if (type === "RTX_REQUEST") post("RTX_REPLY", messageId, sent[messageId - 1] ?? {});
    else if (type === "MSG") {
      if (reliable) post("MSG_ACK", messageId, {});
      for (const [payloadType, text] of replies(came, metadata)) {
        if (payloadType === "bye") post("GROUP_CLOSE", 1, { commandPayload: {} });
        else if (payloadType === "stray")
          send({ publish: { header: came.header, session: null, msg: null }, metadata: {} });
        else {
          const number = sent.push({ appPayload: { payloadType, blob: Buffer.from(text) } });
          if (number !== mislaid) post("MSG", number, sent[number - 1] ?? {});
        }
      }
    }
  };
}

function answered({ linkNegotiation }: NonNullable<SlimMessage["link"]>): NonNullable<SlimMessage["link"]> {
  return { linkNegotiation: { ...linkNegotiation, isReply: true } };
}

function endsOf(to: SlimPublish): { readonly sessionId: number; readonly header: Uint8Array } {
  const { source } = header.decode(to.header);
  return { sessionId: to.session?.sessionId ?? 0, header: header.encode(slimHeader(application, source)) };
}

/** Agents of the test's own: `echo`, in pieces of one character each when streamed; the others are what they are called. */
function replies({ msg }: SlimPublish, { agent }: SlimMessage["metadata"]): readonly (readonly [string, string])[] {
  const { payloadType = "", blob = new Uint8Array(0) } = msg?.appPayload ?? {};
  const text = Buffer.from(blob).toString("utf8");
  if (payloadType === "stop" || agent === "silent") return [];
  if (agent === "unknown") return [["unknown-agent", "there is no such agent"]];
  if (agent === "failing") return [["agent-failed", "on purpose"]];
  if (agent === "leaving") return [["bye", ""]];
  if (agent === "odd" || agent === "stray") return [[agent, ""]];
  if (payloadType === "ask") return [["answer", text]];
  return [...[...text].map((piece) => ["piece", piece] as const), ["end", ""]];
}

/** A fake node on WebSocket. */
export async function fakeOnWebSocket(behaviour: Behaviour): Promise<FakeNode> {
  const http = createServer();
  const server = new WebSocketServer({ server: http, perMessageDeflate: false });
  server.on("connection", (socket) => {
    const take = talk(behaviour)((bytes) => socket.send(bytes));
    socket.on("message", (data) => take(data as Buffer));
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  return {
    url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const client of server.clients) client.terminate();
      server.close();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

/** A fake node on gRPC. */
export async function fakeOnGrpc(behaviour: Behaviour): Promise<FakeNode> {
  const asIs = (bytes: Buffer): Buffer => bytes;
  const base = { requestSerialize: asIs, requestDeserialize: asIs, responseSerialize: asIs, responseDeserialize: asIs };
  const server = new Server();
  server.addService(
    { OpenChannel: { ...base, path: `/${slimService}/OpenChannel`, requestStream: true, responseStream: true } },
    {
      OpenChannel(call: ServerDuplexStream<Buffer, Buffer>) {
        call.on("error", () => undefined);
        call.on(
          "data",
          talk(behaviour)((bytes) => call.write(Buffer.from(bytes))),
        );
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.forceShutdown();
    },
  };
}
