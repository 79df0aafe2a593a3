import { Failure } from "@apb/core/failure";
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
} from "yaml";

/** Where something is in a document: keys and indices from its top. */
export type Path = readonly PropertyKey[];

/** Where the parts of a scenario are written. */
export interface Source {
  /** A Failure of kind `usage` about the value at a path, or its key: where it is, and the sentence. */
  failure(path: Path, sentence: string, options?: { readonly key?: boolean; readonly cause?: unknown }): Failure;
  /** Where the value at a path is, in a few words. */
  place(path: Path): string;
}

/** The text of a YAML file, parsed, with where each of its parts was written: `file:line:column`. */
export class YamlSource implements Source {
  readonly file: string;
  private readonly document: Document;
  private readonly lines = new LineCounter();

  /** Throws `usage`, with line and column, for text that is no YAML. `file` is how messages name it. */
  constructor(text: string, file: string) {
    this.file = file;
    this.document = parseDocument(text, { lineCounter: this.lines, prettyErrors: false, merge: true });
    const [error] = [...this.document.errors, ...this.document.warnings];
    if (error !== undefined) throw this.failureAt(error.pos[0], `expected YAML, but ${lowered(error.message)}`);
    this.value = this.document.toJS({ maxAliasCount: 1000 });
    if (typeof this.value !== "object" || this.value === null || Array.isArray(this.value))
      throw this.failure([], "expected a mapping like `tasks: [{call: echo}]`");
  }

  /** What the text says. */
  readonly value: unknown;

  /** A Failure of kind `usage`: `file:line:column: sentence`, of the value at a path or the nearest part around it that there is. */
  failure(path: Path, sentence: string, options?: { readonly key?: boolean; readonly cause?: unknown }): Failure {
    return this.failureAt(this.offsetOf(path, options?.key === true), sentence, options?.cause);
  }

  /** `file:line:column` of the value at a path. */
  place(path: Path): string {
    return this.placeAt(this.offsetOf(path, false));
  }

  private failureAt(offset: number, sentence: string, cause?: unknown): Failure {
    return new Failure("usage", `${this.placeAt(offset)}: ${sentence}`, { cause });
  }

  private placeAt(offset: number): string {
    const { line, col } = this.lines.linePos(offset);
    return `${this.file}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  }

  private offsetOf(path: Path, key: boolean): number {
    let [node, offset]: [Node | null, number] = [this.document.contents as Node | null, 0];
    offset = node?.range?.[0] ?? 0;
    for (const [n, part] of path.entries()) {
      if (node !== null && isAlias(node)) node = node.resolve(this.document) ?? null;
      if (node === null || !isCollection(node)) return offset;
      const last = n === path.length - 1;
      const found = isMap(node)
        ? node.items.find((pair) => isPair(pair) && keyOf(pair.key) === String(part))
        : undefined;
      if (found !== undefined && last && key) return (found.key as Node).range?.[0] ?? offset;
      const child = (isMap(node) ? found?.value : node.get(Number(part), true)) as Node | null | undefined;
      if (child === undefined) return offset;
      node = child;
      offset = node?.range?.[0] ?? (found?.key as Node | undefined)?.range?.[0] ?? offset;
    }
    return offset;
  }
}

function keyOf(key: unknown): string {
  return String(isScalar(key) ? key.value : key);
}

function lowered(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
