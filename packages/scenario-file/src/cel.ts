import { Environment } from "@marcbachmann/cel-js";

/** CEL with these variables, of any type. Its numbers are whole or not; JSON's are both, so that mixed arithmetic is that of fractions. */
export function celOf(variables: readonly string[]): Environment {
  const environment = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false });
  for (const name of variables) environment.registerVariable(name, "dyn");
  const mixed: Readonly<Record<string, (a: number, b: number) => number>> = {
    "+": (a, b) => a + b,
    "-": (a, b) => a - b,
    "*": (a, b) => a * b,
    "/": (a, b) => a / b,
    "%": (a, b) => a % b,
  };
  for (const [sign, of] of Object.entries(mixed)) {
    const operator = (a: unknown, b: unknown): number => of(Number(a), Number(b));
    environment.registerOperator(`double ${sign} int`, operator);
    environment.registerOperator(`int ${sign} double`, operator);
  }
  environment.registerOperator("double % double", (a: number, b: number) => a % b);
  return environment;
}

/** Why an expression is wrong or cannot be worked out: the first line, for what follows is a drawing of where it is. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
