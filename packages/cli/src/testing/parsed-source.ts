import { type Expression, parseSync, Visitor, type VisitorObject } from "oxc-parser";

/** A source file; `path` is from the top of the repository, with slashes. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** A module that a source imports or re-exports; `from` is null where it is put together when it runs. */
export interface Import {
  readonly from: string | null;
  /** The file that a relative import names, from the top of the repository. */
  readonly file: string | null;
  /** By `import type`, `export type` or as part of a type: nothing is loaded. */
  readonly typesOnly: boolean;
}

/** What the rules ask of a source. Comments and regular expressions are in none of it. */
export interface ParsedSource {
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  readonly readsClock: boolean;
  /** Identifiers and keys. */
  readonly names: ReadonlySet<string>;
  /** String literals, and the parts of templates between their expressions. */
  readonly strings: ReadonlySet<string>;
}

/** Reads a source. Throws what the parser found wrong with it. */
export function parseSource({ path, text }: Source): ParsedSource {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  const imports: Import[] = [];
  const names = new Set<string>();
  const strings = new Set<string>();
  let dateRead = false;
  const found: VisitorObject = {
    ImportDeclaration: ({ source, importKind }) => add(source, importKind === "type"),
    ExportNamedDeclaration: ({ source, exportKind }) => source !== null && add(source, exportKind === "type"),
    ExportAllDeclaration: ({ source, exportKind }) => add(source, exportKind === "type"),
    ImportExpression: ({ source }) => add(source, false),
    TSImportType: ({ source }) => add(source, true),
    Identifier: ({ name }) => names.add(name),
    PrivateIdentifier: ({ name }) => names.add(name),
    Literal: ({ value }) => typeof value === "string" && strings.add(value),
    TemplateElement: ({ value }) => strings.add(value.raw),
    MemberExpression: ({ object, property }) => {
      dateRead ||= isNamed(object, "Date") && property.type === "Identifier" && property.name === "now";
    },
    NewExpression: ({ callee, arguments: given }) => {
      dateRead ||= isNamed(callee, "Date") && given.length === 0;
    },
  };
  const add = (source: Expression, typesOnly: boolean): void => {
    const from = source.type === "Literal" && typeof source.value === "string" ? source.value : null;
    imports.push({ from, file: from?.startsWith(".") ? resolved(path, from) : null, typesOnly });
  };
  new Visitor(found).visit(program);
  const readsClock = dateRead || names.has("performance") || names.has("hrtime");
  return { path, lines: text.trimEnd().split("\n").length, imports, readsClock, names, strings };
}

function isNamed(expression: Expression, name: string): boolean {
  return expression.type === "Identifier" && expression.name === name;
}

function resolved(path: string, from: string): string {
  return new URL(from, `file:///${path}`).pathname.slice(1);
}
