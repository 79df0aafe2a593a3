import { type Binding, type Reply, type Streaming, type UnaryOf, usualMaxReplyBytes } from "@apb/core/binding";
import { bodyText } from "@apb/core/body";
import { Failure } from "@apb/core/failure";
import { binding } from "@apb/core/offer";
import type { Transport } from "@apb/core/transport";
import {
  type SlimHeader,
  type SlimMessage,
  type SlimTimers,
  slimHeaderType,
  slimService,
  slimVersion,
} from "@apb/protocols/slim";
import {
  type AgentMessage,
  agentsAddress,
  askMessage,
  askType,
  clientName,
  replyType,
} from "@apb/protocols/slim-agents";
import { slimProto } from "@apb/protos/files";
import { type Framing, Multiplex } from "@apb/wire/multiplex";
import { grpcCarrier, type OpenCarrier, webSocketCarrier } from "./carriers.ts";
import { Conversation, type SlimCodec } from "./conversation.ts";

/** When, and how often, a message is sent again that nobody acknowledges: on a loopback never. */
const timers: SlimTimers = { timeout: 1000, maxRetries: 5 };

/** SLIM on gRPC, in a session that acknowledges nothing. The URL is the node's, `http://host:port`. */
export const slimGrpc = slimBinding("grpc", grpcCarrier, null);
/** SLIM on gRPC, in a session that acknowledges every message. */
export const slimGrpcReliable = slimBinding("grpc", grpcCarrier, timers);
/** SLIM on WebSocket, in a session that acknowledges nothing. The URL is the node's, `ws://host:port`. */
export const slimWebSocket = slimBinding("websocket", webSocketCarrier, null);
/** SLIM on WebSocket, in a session that acknowledges every message. */
export const slimWebSocketReliable = slimBinding("websocket", webSocketCarrier, timers);

type Calls = Multiplex<AgentMessage, AgentMessage, AgentMessage>;

/** The data plane and its sessions are SLIM's own; what the agents are asked in them is @apb/protocols/slim-agents. */
function slimBinding(transport: Transport, carry: OpenCarrier, reliable: SlimTimers | null): Binding {
  return binding({
    protocol: "slim",
    transport,
    variant: reliable === null ? null : "reliable",
    spec: {
      name: `SLIM (AGP's successor), ${reliable === null ? "unreliable" : "reliable"} session`,
      version: slimVersion,
      url: "https://github.com/agntcy/slim",
      standing: "custom",
    },
    can: ["send", "stream"],
    cannot: {
      discover: "SLIM's discovery finds the application behind a name; there is no list of names to ask for.",
      start: "SLIM carries messages: it has no tasks.",
      poll: "SLIM has no tasks to ask about.",
      cancel: "SLIM has no tasks to cancel; a client gives its own request up.",
    },
    async connect(url, options) {
      const codec = await loadCodec();
      const { maxReplyBytes = usualMaxReplyBytes } = options;
      const terms = { ...identity(), destination: agentsAddress(), timers: reliable, maxReplyBytes };
      const calls: Calls = await Multiplex.open(
        (events) =>
          Conversation.open((carried) => carry(new URL(url), carried, options), codec, terms, events, options.signal),
        framing,
        maxReplyBytes,
      );
      return {
        wire: calls.wire,
        call: (operation, callSignal) => call(calls, operation, callSignal),
        stream: (operation, callSignal) => stream(calls, operation, callSignal),
        [Symbol.asyncDispose]: () => calls[Symbol.asyncDispose](),
      };
    },
  });
}

/** Loaded with the first connection: a process that only knows of these bindings pays nothing for it. */
async function loadCodec(): Promise<SlimCodec> {
  const { messageType, method } = await import("@apb/wire/protobuf");
  return {
    message: method<SlimMessage, SlimMessage>(slimProto, slimService, "OpenChannel"),
    header: messageType<SlimHeader>(slimProto, slimHeaderType),
  };
}

/** Session ids are told apart by the application alone, for all its clients: those of one process never meet. */
let nextSessionId = crypto.getRandomValues(new Uint32Array(1))[0] as number;
/** Above are ids that SLIM keeps for itself. */
const sessionIds = 2 ** 32 - 1001;

function identity(): { readonly source: ReturnType<typeof clientName>; readonly sessionId: number } {
  nextSessionId = (nextSessionId + 1) % sessionIds;
  const [high, low] = crypto.getRandomValues(new BigUint64Array(2));
  return { source: clientName([String(high), String(low)]), sessionId: nextSessionId };
}

const framing: Framing<AgentMessage, AgentMessage, AgentMessage> = {
  read(frame) {
    const id = Number(frame.metadata.call || Number.NaN);
    if (Number.isInteger(id)) return { id, frame, last: frame.payloadType !== replyType.piece };
    throw new Failure("protocol", `expected a reply that names its call, got one of type "${frame.payloadType}"`);
  },
  stop: (id) => askMessage(askType.stop, id, "", ""),
  sizeOf: ({ blob }) => blob.length,
};

async function call(calls: Calls, { agent, body }: UnaryOf<"send">, signal: AbortSignal): Promise<Reply> {
  const reply = await calls.call((id) => askMessage(askType.whole, id, agent, bodyText(body)), signal);
  if (reply.payloadType !== replyType.whole) throw refusal(reply);
  return { kind: "message", body: textOf(reply) };
}

async function* stream(calls: Calls, { agent, body }: Streaming, signal: AbortSignal): AsyncIterable<Reply> {
  const replies = calls.stream((id) => askMessage(askType.pieces, id, agent, bodyText(body)), signal);
  for await (const reply of replies) {
    if (reply.payloadType === replyType.end) return { atMs: replies.arrivedMs, silent: 0 };
    if (reply.payloadType !== replyType.piece) throw refusal(reply);
    yield { kind: "message", body: textOf(reply), atMs: replies.arrivedMs };
  }
}

function refusal(reply: AgentMessage): Failure {
  const { payloadType } = reply;
  if (payloadType === replyType.unknownAgent) return new Failure("unknown-agent", textOf(reply));
  if (payloadType === replyType.agentFailed) return new Failure("agent", textOf(reply));
  return new Failure("protocol", `expected an answer, got a message of type "${payloadType}"`);
}

function textOf({ blob }: AgentMessage): string {
  return Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength).toString("utf8");
}
