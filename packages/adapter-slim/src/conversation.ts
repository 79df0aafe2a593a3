import { abortFailure, asFailure, Failure } from "@apb/core/failure";
import {
  groupClose,
  groupWelcome,
  joinRequest,
  type SlimContent,
  type SlimEnds,
  type SlimHeader,
  type SlimMessage,
  type SlimMessageType,
  type SlimName,
  type SlimPublish,
  type SlimTimers,
  slimHeader,
  slimLink,
  slimPublish,
  slimSubscribe,
  slimTypeOf,
} from "@apb/protocols/slim";
import type { AgentMessage } from "@apb/protocols/slim-agents";
import { waitingBytes } from "@apb/wire/limits";
import type { Channel, ChannelEvents } from "@apb/wire/multiplex";
import type { Codec } from "@apb/wire/protobuf";
import type { Carrier } from "./carriers.ts";
import { type Delivery, unreliable } from "./delivery.ts";
import { ReliableDelivery } from "./reliable-delivery.ts";

/** How what goes over the data plane is encoded and decoded. */
export interface SlimCodec {
  readonly message: Codec<SlimMessage, SlimMessage>;
  readonly header: Codec<SlimHeader, SlimHeader>;
}

/** Who talks to whom, and how. */
export interface Terms {
  readonly source: SlimName;
  readonly destination: SlimName;
  readonly sessionId: number;
  /** Null for an unreliable session. */
  readonly timers: SlimTimers | null;
  /** The most that is kept of messages that came before one that is missing. */
  readonly maxReplyBytes: number;
}

/** The other end gets this long to acknowledge that the session is closed. */
const closingMs = 1000;

/** An acknowledgement's own content. */
const noContent: SlimContent = { appPayload: { payloadType: "", blob: new Uint8Array(0) } };

/** One answer that is waited for, of those that open and close a session. */
interface Expectation {
  readonly meets: (message: SlimMessage) => boolean;
  readonly resolve: (message: SlimMessage) => void;
  readonly reject: (failure: Failure) => void;
}

/**
 * A point-to-point session with an application behind a node, as SLIM's own applications have it, but for what an insecure
 * node and a session without MLS do not ask for: identity tokens (some 230 bytes in every message of an application's),
 * keys and MACs of the link, and the discovery of the application's id, which the answer to the join tells as well.
 */
export class Conversation implements Channel<AgentMessage> {
  private readonly codec: SlimCodec;
  private readonly events: ChannelEvents<AgentMessage>;
  private readonly source: SlimName;
  private destination: SlimName;
  private ends: SlimEnds;
  private readonly delivery: Delivery<AgentMessage, AgentMessage>;
  private carrier: Carrier | null = null;
  private expectation: Expectation | null = null;
  private lastControlId = 0;
  /** Bytes of what the other end has asked for and not read. */
  private waitingBytes = 0;
  private ended: Failure | null = null;
  private closing: Promise<void> | null = null;

  private constructor(codec: SlimCodec, terms: Terms, events: ChannelEvents<AgentMessage>) {
    this.codec = codec;
    this.events = events;
    this.source = terms.source;
    this.destination = terms.destination;
    this.ends = { sessionId: terms.sessionId, header: this.header() };
    const outlet = {
      post: (type: SlimMessageType, id: number, message: AgentMessage | null) => this.post(type, id, message),
      deliver: (message: AgentMessage) => events.message(message),
      sizeOf: ({ blob }: AgentMessage) => blob.length,
      fail: (failure: Failure) => this.breakOff(failure),
    };
    this.delivery =
      terms.timers === null ? unreliable(outlet) : new ReliableDelivery(outlet, terms.timers, terms.maxReplyBytes);
  }

  /** Opens the carrier, then the session on it. Throws a Failure; an application that is not there never answers. */
  static async open(
    carry: (events: ChannelEvents<Uint8Array>) => Promise<Carrier>,
    codec: SlimCodec,
    terms: Terms,
    events: ChannelEvents<AgentMessage>,
    signal: AbortSignal,
  ): Promise<Conversation> {
    const made = new Conversation(codec, terms, events);
    const abort = (): void => made.breakOff(abortFailure(signal));
    try {
      made.carrier = await carry({
        message: (bytes) => made.take(bytes),
        closed: (failure) => made.end(failure),
      });
      signal.addEventListener("abort", abort, { once: true });
      if (signal.aborted) throw abortFailure(signal);
      await made.join(terms);
    } catch (error) {
      made.breakOff(asFailure(error));
      await made.carrier?.[Symbol.asyncDispose]();
      throw made.ended ?? error;
    } finally {
      signal.removeEventListener("abort", abort);
    }
    return made;
  }

  get wire(): Carrier["wire"] {
    if (this.carrier === null) throw new Failure("internal", "used before it was open");
    return this.carrier.wire;
  }

  get unsent(): number {
    return this.carrier?.unsent ?? 0;
  }

  send(message: AgentMessage): void {
    if (this.ended !== null) throw this.ended;
    this.delivery.send(message);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.closing ??= this.close();
    return this.closing;
  }

  private header(): Uint8Array {
    return this.codec.header.encode(slimHeader(this.source, this.destination));
  }

  private async join({ source, timers }: Terms): Promise<void> {
    const linkId = crypto.randomUUID();
    await this.ask(slimLink(linkId), ({ link }) => link?.linkNegotiation.linkId === linkId);
    const { subscriptionAck } = await this.ask(slimSubscribe(source, "1"), (message) => isAck(message, "1"));
    if (subscriptionAck?.success !== true)
      throw new Failure("rejected", `expected the node to take our subscription, got ${subscriptionAck?.error}`);
    const joined = await this.control("JOIN_REQUEST", joinRequest(timers), "JOIN_REPLY");
    // Asked was any application of the name; from now on it is the one that has answered.
    this.destination = this.codec.header.decode(joined.header).source;
    this.ends = { ...this.ends, header: this.header() };
    await this.control("GROUP_WELCOME", groupWelcome(this.both), "GROUP_ACK");
  }

  private async close(): Promise<void> {
    if (this.ended === null) await this.leave();
    this.end(new Failure("closed", "the session is closed"));
    await this.carrier?.[Symbol.asyncDispose]();
  }

  private async leave(): Promise<void> {
    const late = setTimeout(() => this.end(new Failure("closed", "the session is closed")), closingMs);
    await this.control("GROUP_CLOSE", groupClose(this.both), "GROUP_ACK").catch(() => undefined);
    clearTimeout(late);
  }

  private get both(): readonly SlimName[] {
    return [this.source, this.destination];
  }

  private async control(type: SlimMessageType, content: SlimContent, answer: SlimMessageType): Promise<SlimPublish> {
    const id = ++this.lastControlId;
    const { publish } = await this.ask(slimPublish(this.ends, type, id, content), ({ publish: came }) =>
      came === undefined ? false : slimTypeOf(came) === answer && came.session?.messageId === id,
    );
    return publish as SlimPublish;
  }

  private ask(message: SlimMessage, meets: Expectation["meets"]): Promise<SlimMessage> {
    return new Promise((resolve, reject) => {
      if (this.ended !== null) throw this.ended;
      this.expectation = { meets, resolve, reject };
      this.write(message);
    });
  }

  private post(type: SlimMessageType, id: number, message: AgentMessage | null): void {
    const content = message === null ? noContent : { appPayload: message };
    const encoded = this.codec.message.encode(slimPublish(this.ends, type, id, content, message?.metadata));
    if (type === "MSG_ACK" || type === "RTX_REPLY")
      this.waitingBytes = waitingBytes(this.waitingBytes, encoded.length, this.unsent);
    this.carrier?.send(encoded);
  }

  private write(message: SlimMessage): void {
    this.carrier?.send(this.codec.message.encode(message));
  }

  private take(bytes: Uint8Array): void {
    if (this.ended !== null) return;
    try {
      const message = this.codec.message.decode(bytes);
      const { publish } = message;
      if (this.expectation?.meets(message) === true) this.meet(this.expectation, message);
      else if (publish !== undefined) this.route(publish, message);
    } catch (error) {
      this.breakOff(asFailure(error));
    }
  }

  private meet({ resolve }: Expectation, message: SlimMessage): void {
    this.expectation = null;
    resolve(message);
  }

  /** What is not here, such as the other end's heartbeats, wants no answer of a point-to-point session. */
  private route(publish: SlimPublish, { metadata }: SlimMessage): void {
    const type = slimTypeOf(publish);
    if (publish.session === null) throw new Failure("protocol", "expected a session's header on a message, got none");
    const { sessionId, messageId } = publish.session;
    if (sessionId !== this.ends.sessionId) return;
    if (type === "MSG_ACK") this.delivery.acknowledged(messageId);
    else if (type === "RTX_REQUEST") this.delivery.sendAgain(messageId);
    else if (type === "RTX_REPLY" && this.codec.header.decode(publish.header).error === true)
      this.delivery.lost(messageId);
    else if (type === "MSG" || type === "RTX_REPLY") {
      const appPayload = publish.msg?.appPayload;
      if (appPayload === undefined) throw new Failure("protocol", `expected an application's payload in ${type}`);
      this.delivery.take({ id: messageId, message: { ...appPayload, metadata } }, type === "RTX_REPLY");
    } else if (type === "GROUP_CLOSE")
      this.breakOff(new Failure("closed", "the application at the other end has closed the session"));
  }

  /** Ends it and hangs up. */
  private breakOff(failure: Failure): void {
    this.end(failure);
    void this.carrier?.[Symbol.asyncDispose]();
  }

  private end(failure: Failure): void {
    if (this.ended !== null) return;
    this.ended = failure;
    this.delivery.stop();
    this.expectation?.reject(failure);
    this.events.closed(failure);
  }
}

function isAck({ subscriptionAck }: SlimMessage, subscriptionId: string): boolean {
  return subscriptionAck?.subscriptionId === subscriptionId;
}
