/** Attributes of an SVG element; numbers are pixels unless their name says otherwise. */
export type Attributes = Readonly<Record<string, string | number>>;

/** An SVG element, empty or around text that is written already. */
export function element(name: string, attributes: Attributes, content = ""): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(rounded(value))}"`);
  return content === "" ? `<${name}${written.join("")}/>` : `<${name}${written.join("")}>${content}</${name}>`;
}

/** A line of text. */
export function svgText(text: string, attributes: Attributes): string {
  return element("text", attributes, escaped(text));
}

/** To a hundredth of a pixel, which keeps the file short and the picture the same. */
function rounded(value: string | number): string {
  return typeof value === "string" ? value : String(Math.round(value * 100) / 100);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
