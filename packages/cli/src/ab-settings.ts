import { Failure } from "@apb/core/failure";
import { nearest } from "@apb/core/nearest";
import { maskedText, maskedUrl } from "@apb/core/url";
import { InvalidArgumentError } from "commander";
import { clients, durationOrNone, type RunFlags, servers, url, whole } from "./flags.ts";

/** The flags of an A/B that both sides have. */
export type BaseFlags = Omit<RunFlags, "rounds" | "layers" | "generators" | "baseline" | "maxRegression" | "force">;

/** What makes a side differ from the other: its flags, and what no run has. */
export interface SideFlags {
  readonly flags: Partial<BaseFlags>;
  /** A commit of this repository, whose bundled servers answer. */
  readonly ref: string | null;
  readonly nodeFlags: readonly string[];
  /** The settings as they were given, without secrets. */
  readonly label: string | null;
}

const none: SideFlags = { flags: {}, ref: null, nodeFlags: [], label: null };

/** How each setting of a side is read. */
const readers: Readonly<Record<string, (value: string, side: SideFlags) => Partial<SideFlags>>> = {
  server: (value, side) => withFlags(side, { server: servers(value) }),
  serve: (value, side) => withFlags(side, { serve: value }),
  target: (value, side) => withFlags(side, { target: url(value) }),
  pid: (value, side) => withFlags(side, { pid: whole(value) }),
  client: (value, side) => withFlags(side, { client: clients(value) }),
  work: (value, side) => withFlags(side, { work: durationOrNone(value) }),
  delay: (value, side) => withFlags(side, { delay: durationOrNone(value) }),
  ref: (value) => ({ ref: value }),
  "node-flag": (value, side) => ({ nodeFlags: [...side.nodeFlags, value] }),
};

/** `server=sdk`, `serve=node new.js {port}`, `work=50us`, … beside those given before; one clear sentence for what is none. */
export function sideSetting(text: string, before: SideFlags = none): SideFlags {
  const [, name = "", value = ""] = /^([a-z-]+)=(.+)$/s.exec(text) ?? [];
  const read = readers[name];
  if (read === undefined) {
    const names = Object.keys(readers);
    const meant = nearest(name, names);
    throw new InvalidArgumentError(
      `Expected NAME=VALUE with one of ${names.join(", ")}${meant === null ? "" : `; did you mean ${meant}?`}`,
    );
  }
  if (read === readers.client || read === readers.server) requireOne(name, value);
  const shown = name === "target" ? `target=${maskedUrl(url(value))}` : name === "serve" ? maskedText(text) : text;
  return { ...before, ...read(value, before), label: before.label === null ? shown : `${before.label}, ${shown}` };
}

/** A side's flags: the common ones, and its own in their place. Throws `usage` for what does not go together. */
export function flagsOfSide(
  base: BaseFlags,
  side: SideFlags | undefined,
): { readonly flags: RunFlags; readonly side: SideFlags } {
  const own = side ?? none;
  const { server: _, ...without } = base;
  const others = own.flags.serve !== undefined || own.flags.target !== undefined;
  const flags: RunFlags = {
    ...(others ? without : base),
    ...own.flags,
    ...{ generators: 1, maxRegression: 0 },
  };
  const bundled = flags.target === undefined && flags.serve === undefined;
  if (!bundled && own.ref !== null)
    throw new Failure(
      "usage",
      "ref= is of the bundled servers, and serve= and target= are none of them; leave one out",
    );
  if (!bundled && own.nodeFlags.length > 0)
    throw new Failure("usage", "node-flag= is for the bundled servers; write it into the command of serve=");
  return { flags, side: own };
}

function requireOne(name: string, value: string): void {
  if (value === "both")
    throw new InvalidArgumentError(`A side is one ${name}: name it, and the other at the other side.`);
}

function withFlags(side: SideFlags, flags: Partial<BaseFlags>): Partial<SideFlags> {
  return { flags: { ...side.flags, ...flags } };
}
