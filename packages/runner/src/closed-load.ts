import type { Slot } from "./slot.ts";
import type { Time } from "./time.ts";
import type { Window } from "./window.ts";

/** A user that fails again and again rests this long each time, so that a dead server does not make it spin. */
const restMs = 10;

/** Every user begins its next iteration when its last one has ended, until the window closes. Resolves when all have ended. */
export function closedLoad(slots: readonly Slot[], window: Window, time: Time): Promise<void> {
  return new Promise((resolve, reject) => {
    let busy = slots.length;
    if (busy === 0) resolve();
    const ended = (): void => {
      busy--;
      if (busy === 0) resolve();
    };
    for (const slot of slots) new BusyUser(slot, window, time, ended, reject).begin();
  });
}

/** One of thousands that wait at the same time, and so, like its slot, no function that is suspended meanwhile. */
class BusyUser {
  private failures = 0;
  private readonly slot: Slot;
  private readonly window: Window;
  private readonly time: Time;
  private readonly ended: () => void;
  private readonly broke: (error: unknown) => void;
  private readonly goOn: (succeeded: boolean) => void;

  constructor(slot: Slot, window: Window, time: Time, ended: () => void, broke: (error: unknown) => void) {
    this.slot = slot;
    this.window = window;
    this.time = time;
    this.ended = ended;
    this.broke = broke;
    this.goOn = (succeeded) => this.after(succeeded);
  }

  begin(): void {
    const { window } = this;
    if (!window.admit()) this.ended();
    else void this.slot.run(window.begun, this.time.now(), window.state === "open").then(this.goOn, this.broke);
  }

  private after(succeeded: boolean): void {
    this.failures = succeeded ? 0 : this.failures + 1;
    // One failure is a sample like any other; its user goes on at once.
    if (this.failures <= 1) this.begin();
    else void this.time.sleep(restMs).then(() => this.begin());
  }
}
