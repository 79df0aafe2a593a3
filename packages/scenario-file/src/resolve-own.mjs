/** Hooks of Node's module loader: the name that scenario files import from, wherever they lie. */

let own = "";

/** Told once, where it is. */
export function initialize(data) {
  own = data.own;
}

/** The one name; all others are the next hook's. A scenario in a folder without a package.json is a module all the same. */
export async function resolve(specifier, context, next) {
  if (specifier === "agent-protocol-bench") return next(own, context);
  const resolved = await next(specifier, context);
  return resolved.format === "commonjs" && /\.ts(\?|$)/.test(resolved.url)
    ? { ...resolved, format: "module" }
    : resolved;
}
