import { Failure } from "@apb/core/failure";
import type { SlimTimers } from "@apb/protocols/slim";
import { tooLarge } from "@apb/wire/limits";
import type { Delivery, Numbered, Outlet } from "./delivery.ts";

/** A message that waits for something, and for how many ticks it has. */
interface Waiting<Message> {
  readonly message: Message;
  ticks: number;
}

/** More than are ever under way; a number further ahead is none of a sequence. */
const mostMissing = 10_000;

/**
 * As a reliable session does it: every message is acknowledged and, when it is not, sent again; they are passed on in
 * order, and asked for when one is missing (agntcy/slim crates/session, session_sender and session_receiver).
 */
export class ReliableDelivery<Sent, Received> implements Delivery<Sent, Received> {
  private readonly outlet: Outlet<Sent, Received>;
  private readonly timers: SlimTimers;
  private readonly timer: NodeJS.Timeout;
  private lastSent = 0;
  private nextDelivered = 1;
  private readonly unacknowledged = new Map<number, Waiting<Sent>>();
  /** Came before one that is missing. */
  private readonly early = new Map<number, Received>();
  private earlyBytes = 0;
  private readonly mostEarlyBytes: number;
  private readonly missing = new Map<number, Waiting<null>>();

  /** No more than `mostEarlyBytes` of messages wait for those that are missing before them. */
  constructor(outlet: Outlet<Sent, Received>, timers: SlimTimers, mostEarlyBytes: number) {
    this.outlet = outlet;
    this.mostEarlyBytes = mostEarlyBytes;
    this.timers = timers;
    // One clock for all messages: each is sent again after one to two time-outs.
    this.timer = setInterval(() => this.tick(), timers.timeout).unref();
  }

  send(message: Sent): void {
    this.lastSent++;
    this.unacknowledged.set(this.lastSent, { message, ticks: 0 });
    this.outlet.post("MSG", this.lastSent, message);
  }

  take({ id, message }: Numbered<Received>, asked: boolean): void {
    if (!asked) this.outlet.post("MSG_ACK", id, null);
    this.missing.delete(id);
    if (id < this.nextDelivered || this.early.has(id)) return;
    this.early.set(id, message);
    this.earlyBytes += this.outlet.sizeOf(message);
    this.deliverInOrder();
    if (this.earlyBytes > this.mostEarlyBytes) this.outlet.fail(tooLarge(this.mostEarlyBytes));
    else if (this.early.size > 0) this.askForMissing(id);
  }

  acknowledged(id: number): void {
    this.unacknowledged.delete(id);
  }

  sendAgain(id: number): void {
    const known = this.unacknowledged.get(id);
    if (known !== undefined) this.outlet.post("RTX_REPLY", id, known.message);
    else this.outlet.fail(new Failure("protocol", `expected no wish for message ${id}, which was acknowledged`));
  }

  lost(id: number): void {
    this.outlet.fail(new Failure("protocol", `expected message ${id} once more, but the other end has it no longer`));
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private deliverInOrder(): void {
    for (let next = this.early.get(this.nextDelivered); next !== undefined; next = this.early.get(this.nextDelivered)) {
      this.early.delete(this.nextDelivered++);
      this.earlyBytes -= this.outlet.sizeOf(next);
      this.outlet.deliver(next);
    }
  }

  private askForMissing(before: number): void {
    if (before - this.nextDelivered > mostMissing) {
      this.outlet.fail(
        new Failure("protocol", `expected message ${this.nextDelivered} or one soon after it, got ${before}`),
      );
      return;
    }
    for (let id = this.nextDelivered; id < before; id++) {
      if (this.early.has(id) || this.missing.has(id)) continue;
      this.missing.set(id, { message: null, ticks: 0 });
      this.outlet.post("RTX_REQUEST", id, null);
    }
  }

  private tick(): void {
    this.repeat(this.unacknowledged, "MSG");
    this.repeat(this.missing, "RTX_REQUEST");
  }

  private repeat(waiting: ReadonlyMap<number, Waiting<Sent | null>>, type: "MSG" | "RTX_REQUEST"): void {
    for (const [id, entry] of waiting) {
      entry.ticks++;
      if (entry.ticks === 1) continue;
      if (entry.ticks - 1 > this.timers.maxRetries) {
        const message = `expected an answer to ${type} ${id} after ${this.timers.maxRetries} repetitions, got none`;
        this.outlet.fail(new Failure("timeout", message));
        return;
      }
      this.outlet.post(type, id, entry.message);
    }
  }
}
