import { expect, test } from "vitest";
import { createIo, ioObstacle } from "../../src/io/create-io.ts";

test("makes the io that is asked for", async () => {
  const io = await createIo("node");
  expect(io.kind).toBe("node");
  await io.end();
});

test("uring can be made exactly where no obstacle is named", async () => {
  const obstacle = await ioObstacle();
  if (obstacle === null) {
    const io = await createIo("uring");
    expect(io.kind).toBe("uring");
    await io.end();
  } else {
    expect(obstacle).not.toContain("\n");
    if (process.platform !== "linux") expect(obstacle).toContain(process.platform);
  }
});
