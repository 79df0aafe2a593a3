import { type Binding, bindingId } from "./binding.ts";

/** A binding from everything that an adapter says of it; its id is made of its identity. */
export function binding(facts: Omit<Binding, "id">): Binding {
  return { ...facts, id: bindingId(facts) };
}
