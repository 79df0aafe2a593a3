/** Items of content as tools and prompts carry them (Tools, "Tool Result"); the pictures and sounds are the smallest there are. */

/** A grey pixel. */
export const pixelPng = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCB2kUIOwAAAABJRU5ErkJggg==";
/** Two samples of silence. */
const silenceWav = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQIAAACAgA==";

/** A text item. */
export function text(value: string): object {
  return { type: "text", text: value };
}

/** A picture item. */
export const image = { type: "image", data: pixelPng, mimeType: "image/png" };

/** A sound item. */
export const audio = { type: "audio", data: silenceWav, mimeType: "audio/wav" };

/** A resource item that carries its text with it. */
export function embedded(uri: string, mimeType: string, value: string): object {
  return { type: "resource", resource: { uri, mimeType, text: value } };
}
