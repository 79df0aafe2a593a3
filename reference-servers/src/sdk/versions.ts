import { sdkDoors } from "./doors.ts";

/** What answers at a binding's SDK door, with versions: "@a2a-js/sdk 1.3.0 on express 5.1.0". Throws where there is none. */
export function sdkOf(binding: string): string {
  const door = sdkDoors.find((candidate) => candidate.binding === binding);
  if (door?.listener !== "own" || door.sdk === undefined) throw new Error(`there is no SDK server for ${binding}`);
  return door.sdk();
}
