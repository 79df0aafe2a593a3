import type { Failure } from "@apb/core/failure";
import type { SlimMessageType } from "@apb/protocols/slim";

/** An application message and the number it has in its session: from 1, one more for each that is sent. */
export interface Numbered<Message> {
  readonly id: number;
  readonly message: Message;
}

/** What a delivery needs of its session. */
export interface Outlet<Sent, Received> {
  /** Sends to the other end; what has no message is about the one of this number. */
  post(type: SlimMessageType, id: number, message: Sent | null): void;
  deliver(message: Received): void;
  /** How many bytes a message takes. */
  sizeOf(message: Received): number;
  /** Ends the session. */
  fail(failure: Failure): void;
}

/** How a session gets application messages across. */
export interface Delivery<Sent, Received> {
  send(message: Sent): void;
  /** A message has come; `asked` when we had missed it and asked for it. */
  take(received: Numbered<Received>, asked: boolean): void;
  /** The other end has this message of ours. */
  acknowledged(id: number): void;
  /** The other end misses this message of ours. */
  sendAgain(id: number): void;
  /** The other end no longer has a message that we miss. */
  lost(id: number): void;
  stop(): void;
}

/** As it comes: nothing is acknowledged, sent again, or put in order. */
export function unreliable<Sent, Received>({ post, deliver }: Outlet<Sent, Received>): Delivery<Sent, Received> {
  let lastId = 0;
  const nothing = (): void => undefined;
  return {
    send: (message) => post("MSG", ++lastId, message),
    take: ({ message }) => deliver(message),
    acknowledged: nothing,
    sendAgain: nothing,
    lost: nothing,
    stop: nothing,
  };
}
