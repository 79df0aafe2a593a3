/** The course's names by k6's. */
const names: Readonly<Record<string, string>> = {
  start_users: "startVUs",
  max_users: "maxVUs",
  increment_interval: "incrementInterval",
};

/** A file's loads with k6's names for the course's. Pure. */
export function withoutAliases(file: unknown): unknown {
  if (!isMapping(file) || !isMapping(file.scenarios)) return file;
  const scenarios = Object.entries(file.scenarios).map(([name, load]) => [
    name,
    isMapping(load) ? renamed(load) : load,
  ]);
  return { ...file, scenarios: Object.fromEntries(scenarios) };
}

function renamed(load: Readonly<Record<string, unknown>>): unknown {
  return Object.fromEntries(Object.entries(load).map(([key, value]) => [names[key] ?? key, value]));
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
