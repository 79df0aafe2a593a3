import { xxHash64 } from "./xxhash64.ts";

/**
 * SLIM's data plane, as protos/slim.proto has it (https://github.com/agntcy/slim, core 2.2.0), and the messages with
 * which an application opens and closes a point-to-point session. Objects as proto-loader makes them: camel case,
 * 64-bit numbers as strings, enums as names.
 */

/** Package and service; its one method is `OpenChannel`. On a WebSocket each binary frame carries one message. */
export const slimService = "dataplane.proto.v1.DataPlaneService";

/** The type of a header. */
export const slimHeaderType = "dataplane.proto.v1.SLIMHeader";

/** The version of SLIM that is spoken. */
export const slimVersion = "2.2.0";

/** Nodes a message may pass; a node drops a message without it, and tells nobody. */
const ttl = 8;

/** The place of an application's id in a name that means any application of that name. */
const anyId = "18446744073709551615";

/** Organization, namespace and application, and which of the applications of that name; all-ones means any. */
export interface SlimName {
  readonly name: {
    readonly component_0: string;
    readonly component_1: string;
    readonly component_2: string;
    readonly nameId: { readonly id_0: string; readonly id_1: string };
  };
  readonly strName: {
    readonly strComponent_0: string;
    readonly strComponent_1: string;
    readonly strComponent_2: string;
  };
}

/** From whom to whom, and how far; `error` is a node's or an application's word that something is not there. */
export interface SlimHeader {
  readonly source: SlimName;
  readonly destination: SlimName;
  readonly fanout: number;
  readonly version: string;
  readonly ttl: number;
  readonly error?: boolean;
}

/** What a session says to its other end; the first four carry application messages. */
export type SlimMessageType =
  | "MSG"
  | "MSG_ACK"
  | "RTX_REQUEST"
  | "RTX_REPLY"
  | "JOIN_REQUEST"
  | "JOIN_REPLY"
  | "GROUP_WELCOME"
  | "GROUP_CLOSE"
  | "GROUP_ACK";

/** How long to wait for an acknowledgement, and how often to send again; a session that has them is reliable. */
export interface SlimTimers {
  /** Milliseconds. */
  readonly timeout: number;
  readonly maxRetries: number;
}

interface Participant {
  readonly name: SlimName;
  readonly settings: { readonly sendsData: boolean; readonly receivesData: boolean };
}

/** What a session's message holds: an application's payload, or what opens and closes the session. */
export interface SlimContent {
  readonly appPayload?: { readonly payloadType: string; readonly blob: Uint8Array };
  readonly commandPayload?: {
    readonly joinRequest?: { readonly timerSettings?: SlimTimers };
    readonly groupWelcome?: { readonly participants: readonly Participant[] };
    readonly groupClose?: { readonly participants: readonly SlimName[] };
  };
}

/** A message on its way from one name to another. */
export interface SlimPublish {
  /** A {@link SlimHeader}, encoded. */
  readonly header: Uint8Array;
  /** Null, as `msg`, where a sender has left it out. */
  readonly session: {
    readonly sessionType: string;
    readonly sessionMessageType: string;
    readonly sessionId: number;
    readonly messageId: number;
  } | null;
  readonly msg: SlimContent | null;
}

/** One of link, subscribe, subscriptionAck and publish. */
export interface SlimMessage {
  readonly link?: {
    readonly linkNegotiation: {
      readonly linkId: string;
      readonly slimVersion: string;
      readonly isReply: boolean;
      readonly connectionType: string;
      readonly nodeId: string;
    };
  };
  readonly subscribe?: { readonly header: SlimHeader; readonly subscriptionId: string };
  readonly subscriptionAck?: { readonly subscriptionId: string; readonly success: boolean; readonly error: string };
  readonly publish?: SlimPublish;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The prefix of the enum's names. */
const typePrefix = "SESSION_MESSAGE_TYPE_";

/** A name with the hashes the nodes route by: XXH64, seed 0, of the UTF-8 text and one byte 0xff (Rust's `Hash for str`). */
export function slimName(
  organization: string,
  namespace: string,
  application: string,
  id: readonly [string, string] = [anyId, anyId],
): SlimName {
  return {
    name: {
      component_0: hashed(organization),
      component_1: hashed(namespace),
      component_2: hashed(application),
      nameId: { id_0: id[0], id_1: id[1] },
    },
    strName: { strComponent_0: organization, strComponent_1: namespace, strComponent_2: application },
  };
}

function hashed(text: string): string {
  return xxHash64(new Uint8Array([...new TextEncoder().encode(text), 0xff])).toString();
}

/** The first message on a channel; the node answers with one of the same `linkId`. */
export function slimLink(linkId: string): SlimMessage {
  const connectionType = "LINK_CONNECTION_TYPE_EDGE";
  const linkNegotiation = { linkId, slimVersion, isReply: false, connectionType, nodeId: linkId };
  return { link: { linkNegotiation }, metadata: {} };
}

/** Asks the node for what is sent to this name. */
export function slimSubscribe(name: SlimName, subscriptionId: string): SlimMessage {
  return { subscribe: { header: slimHeader(name, name), subscriptionId }, metadata: {} };
}

/** What is the same in all messages of a session one way. */
export interface SlimEnds {
  readonly sessionId: number;
  /** {@link slimHeader}, encoded. */
  readonly header: Uint8Array;
}

/** A message of a session to its other end. */
export function slimPublish(
  { sessionId, header }: SlimEnds,
  type: SlimMessageType,
  messageId: number,
  msg: SlimContent,
  metadata: Readonly<Record<string, string>> = {},
): SlimMessage {
  const session = {
    sessionType: "SESSION_TYPE_POINT_TO_POINT",
    sessionMessageType: typePrefix + type,
    sessionId,
    messageId,
  };
  return { publish: { header, session, msg }, metadata };
}

/** The type of a session's message without the enum's prefix; a number, as text, where the enum has none. */
export function slimTypeOf({ session }: SlimPublish): string {
  return String(session?.sessionMessageType).replace(typePrefix, "");
}

/** Opens a session: reliable with timers, unreliable with none. Its answer comes from the application that has joined. */
export function joinRequest(timers: SlimTimers | null): SlimContent {
  return { commandPayload: { joinRequest: timers === null ? {} : { timerSettings: timers } } };
}

/** Tells the application that has joined that the session is open; it is acknowledged. */
export function groupWelcome(participants: readonly SlimName[]): SlimContent {
  const settings = { sendsData: true, receivesData: true };
  return { commandPayload: { groupWelcome: { participants: participants.map((name) => ({ name, settings })) } } };
}

/** Closes the session; it is acknowledged. */
export function groupClose(participants: readonly SlimName[]): SlimContent {
  return { commandPayload: { groupClose: { participants } } };
}

/** From whom to whom a message is. */
export function slimHeader(source: SlimName, destination: SlimName): SlimHeader {
  return { source, destination, fanout: 1, version: slimVersion, ttl };
}
