import type { Slot } from "./slot.ts";
import type { Time } from "./time.ts";
import type { Window } from "./window.ts";

/** Every user begins its next iteration when its last one has ended, until the window closes. Resolves when all have ended. */
export async function closedLoad(users: readonly Slot[], window: Window, time: Time): Promise<void> {
  await Promise.all(
    users.map(async (user) => {
      while (window.admit()) await user.run(window.begun, time.now(), window.state === "open");
    }),
  );
}
