import { expect, it } from "vitest";
import { Told } from "./told.ts";

it("is heard in order, whether it was told before or after somebody listened", async () => {
  const told = new Told<number>();
  told.tell(1);
  told.tell(2);
  const heard: number[] = [];
  const listening = (async () => {
    for await (const item of told) heard.push(item);
  })();
  await Promise.resolve();
  told.tell(3);
  told.end();
  await listening;
  expect(heard).toEqual([1, 2, 3]);
});
