import type { Slot } from "./slot.ts";
import type { Time } from "./time.ts";
import type { Window } from "./window.ts";

/** A user that fails again and again rests this long each time, so that a dead server does not make it spin. */
const restMs = 10;

/** Every user begins its next iteration when its last one has ended, until the window closes. Resolves when all have ended. */
export async function closedLoad(users: readonly Slot[], window: Window, time: Time): Promise<void> {
  await Promise.all(users.map((user) => keepBusy(user, window, time)));
}

async function keepBusy(user: Slot, window: Window, time: Time): Promise<void> {
  let failures = 0;
  while (window.admit()) {
    const succeeded = await user.run(window.begun, time.now(), window.state === "open");
    failures = succeeded ? 0 : failures + 1;
    // One failure is a sample like any other; its user goes on at once.
    if (failures > 1) await time.sleep(restMs);
  }
}
