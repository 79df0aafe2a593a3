/** What V8 needs for an object or an array of its own, with room for four members; each further member costs a word. */
const objectBytes = 56;
const wordBytes = 8;
/** Header of a string, whatever its length. */
const stringBytes = 24;

/** The bytes of a text in memory: one a character where all are ASCII, else two, as V8 stores it (Latin-1 is counted twice). */
export function textBytes(text: string): number {
  return stringBytes + (Buffer.byteLength(text) === text.length ? text.length : 2 * text.length);
}

/**
 * About how many bytes a JSON value keeps in memory: an empty object of 3 bytes in a body keeps twenty times as much.
 * `counted` is a text that is kept anyway and costs nothing where it is met again. Not recursive: a value can be nested
 * a hundred thousand deep.
 */
export function heldBytes(value: unknown, counted?: string): number {
  let bytes = 0;
  const left: unknown[] = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next === "string") bytes += next === counted ? 0 : textBytes(next);
    else if (Array.isArray(next)) {
      bytes += objectBytes;
      for (const item of next) {
        bytes += wordBytes;
        left.push(item);
      }
    } else if (typeof next === "object" && next !== null) {
      bytes += objectBytes;
      for (const item of Object.values(next)) {
        bytes += wordBytes;
        left.push(item);
      }
    }
  }
  return bytes;
}
