import { shuffled } from "@apb/core/random";
import type { ProcessCost } from "@apb/core/snapshot";
import type { ReadCost } from "./meter.ts";
import type { Time } from "./time.ts";

/** Whether iterations may begin now. */
export interface Turn {
  /** None may: what runs is waited for, then others have their turn. */
  readonly over: boolean;
  /** Calls back when they may again. */
  next(resume: () => void): void;
  /** An iteration begins. */
  entered(): void;
  /** An iteration has ended. */
  left(): void;
}

/** The turn of who need not share. */
export const alwaysOn: Turn = {
  over: false,
  next: (resume) => resume(),
  entered: () => undefined,
  left: () => undefined,
};

export interface TurnOptions {
  /** How many share; the clocks begin when all have joined. */
  readonly sides: number;
  /** How long a turn is, but for what is still under way at its end. */
  readonly sliceMs: number;
  /** Decides the order of the sides, which is another one each time all have had a turn. */
  readonly seed: number;
  readonly time: Time;
  readonly cost: ReadCost;
}

/**
 * Two or more loads that are put on their servers by turns, so that whatever the machine does meanwhile hits all of them
 * alike. Each has a clock of its own that stands still in the others' turns: a load knows nothing of them.
 */
export class Turns {
  readonly options: TurnOptions;
  private readonly sides: Side[] = [];
  private waiting: Side[] = [];
  private rounds = 0;
  private current: Side | null = null;
  private begun = false;

  constructor(options: TurnOptions) {
    this.options = options;
  }

  /** A further side. Of `patient` ones a turn ends only when nothing is under way by itself, or after twice its time. */
  join(patient: boolean): Side {
    const side = new Side(this, patient);
    this.sides.push(side);
    if (this.sides.length === this.options.sides) this.go();
    return side;
  }

  /** Begins, whoever has not joined. */
  go(): void {
    if (this.begun) return;
    this.begun = true;
    this.change();
  }

  /** This side has no more to do. */
  leave(side: Side): void {
    this.sides.splice(this.sides.indexOf(side), 1);
    this.waiting = this.waiting.filter((one) => one !== side);
    if (this.current === side) this.change();
  }

  /** Whether somebody is still to come or has something to do. */
  get busy(): boolean {
    return !this.begun || this.sides.length > 0;
  }

  /** The next side's turn. */
  change(): void {
    if (this.waiting.length === 0) this.waiting = shuffled(this.sides, this.options.seed + this.rounds++);
    const side = this.waiting.shift() ?? null;
    // Who is last and then first again just goes on.
    if (side !== this.current) this.current?.freeze();
    this.current = side;
    if (side === null) return;
    const turn = side.thaw();
    if (this.sides.length > 1) void this.options.time.sleep(this.options.sliceMs).then(() => side.close(turn));
  }
}

/** Somebody who sleeps on a clock that may stand still. */
interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** One side's clock and turns. */
export class Side implements Time, Turn {
  over = true;
  private readonly turns: Turns;
  private readonly patient: boolean;
  private running = false;
  private turn = 0;
  /** The turn is to end as soon as nothing is under way. */
  private closing = false;
  private underWay = 0;
  /** What the shared clock is ahead of this one, while it runs. */
  private behindMs = 0;
  private frozenAt = 0;
  private held: (() => void)[] = [];
  private readonly sleepers = new Set<Sleeper>();
  private alarm = new AbortController();
  private alarmAt = Number.POSITIVE_INFINITY;
  private spent: ProcessCost | null = null;
  private thawedAt: ProcessCost | null = null;

  constructor(turns: Turns, patient: boolean) {
    this.turns = turns;
    this.patient = patient;
  }

  readonly now = (): number => (this.running ? this.turns.options.time.now() - this.behindMs : this.frozenAt);

  /** This clock's time when the shared one shows this, in this turn. */
  at(shared: number): number {
    return shared - this.behindMs;
  }

  /** The shared clock's time when this one shows this, in this turn. */
  shared(own: number): number {
    return own + this.behindMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.sleepers.delete(sleeper);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const sleeper: Sleeper = { at: this.now() + ms, wake };
      this.sleepers.add(sleeper);
      signal?.addEventListener("abort", wake);
      if (this.running && sleeper.at < this.alarmAt) this.setAlarm();
    });
  }

  async until(own: number): Promise<void> {
    do {
      // A moment that comes in another's turn is this clock's only when it runs again.
      if (!this.running) await new Promise<void>((resume) => this.next(resume));
      await this.turns.options.time.until(this.shared(own));
    } while (!this.running || this.now() < own);
  }

  next(resume: () => void): void {
    this.held.push(resume);
  }

  entered(): void {
    this.underWay++;
  }

  left(): void {
    this.underWay--;
    if (this.closing && this.underWay === 0) this.turns.change();
  }

  /** Ends the turn of this number, if it is still going on. */
  close(turn: number): void {
    if (!this.running || this.turn !== turn) return;
    if (this.underWay === 0) {
      this.turns.change();
      return;
    }
    if (this.patient && !this.closing) {
      const { time, sliceMs } = this.turns.options;
      void time.sleep(sliceMs).then(() => this.close(turn));
    } else {
      this.over = true;
    }
    this.closing = true;
  }

  /** Its clock runs, and who waited for that goes on. Gives the turn's number. */
  thaw(): number {
    const turn = ++this.turn;
    this.over = false;
    this.closing = false;
    if (!this.running) this.run();
    const { held } = this;
    this.held = [];
    for (const resume of held) resume();
    return turn;
  }

  private run(): void {
    const { time, cost } = this.turns.options;
    this.behindMs = time.now() - this.frozenAt;
    this.thawedAt = cost();
    this.running = true;
    this.setAlarm();
  }

  /** Its clock stands still. */
  freeze(): void {
    this.frozenAt = this.now();
    this.spent = this.cost();
    this.thawedAt = null;
    this.running = false;
    this.over = true;
    this.alarm.abort();
  }

  /** What the process has spent in this side's turns. */
  readonly cost = (): ProcessCost => {
    const now = this.turns.options.cost();
    const { spent, thawedAt } = this;
    const before = spent ?? { cpuNs: 0, busyNs: 0, elapsedNs: 0, rssBytes: 0 };
    const { rssBytes } = now;
    if (thawedAt === null) return { ...before, rssBytes };
    return {
      cpuNs: before.cpuNs + now.cpuNs - thawedAt.cpuNs,
      busyNs: before.busyNs + now.busyNs - thawedAt.busyNs,
      elapsedNs: before.elapsedNs + now.elapsedNs - thawedAt.elapsedNs,
      rssBytes,
    };
  };

  /** It has no more turns. */
  leave(): void {
    this.turns.leave(this);
  }

  /** One timer, for who is to be woken first: there may be thousands, and it is set anew in every turn. */
  private setAlarm(): void {
    this.alarm.abort();
    this.alarmAt = Number.POSITIVE_INFINITY;
    for (const { at } of this.sleepers) this.alarmAt = Math.min(this.alarmAt, at);
    if (this.alarmAt === Number.POSITIVE_INFINITY) return;
    const alarm = new AbortController();
    this.alarm = alarm;
    void this.turns.options.time.sleep(this.alarmAt - this.now(), alarm.signal).then(() => {
      if (!alarm.signal.aborted) this.ring();
    });
  }

  private ring(): void {
    // A timer can be early by a millisecond, which who sleeps knows and who set it need not.
    const due = Math.max(this.now(), this.alarmAt);
    for (const { at, wake } of [...this.sleepers]) if (at <= due) wake();
    this.setAlarm();
  }
}
