import { assertEquals } from "@std/assert";
import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";

const log: string[] = [];

describe("describe() and it()", () => {
  beforeAll(() => void log.push("all"));
  beforeEach(() => void log.push("each"));
  afterEach(() => void log.push("after each"));
  afterAll(() => void log.push("after all"));

  it("run the hooks around a test", () => assertEquals(log, ["all", "each"]));

  describe("in a group of its own", () => {
    beforeEach(() => void log.push("inner"));
    it("run the outer hooks first", () => assertEquals(log.slice(-2), ["each", "inner"]));
  });

  it.skip("do not run what is skipped", () => assertEquals(1, 2));
});

describe("afterwards", () => {
  it("every hook has run", () => assertEquals(log.at(-1), "after all"));
});
