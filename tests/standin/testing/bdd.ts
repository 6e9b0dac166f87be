/**
 * `describe` and `it` of `@std/testing/bdd` on top of `Deno.test`, for machines that cannot reach JSR.
 *
 * @module
 */

type Hook = () => void | Promise<void>;
type Body = (context: Deno.TestContext) => void | Promise<void>;

interface Suite {
  name: string;
  ignore: boolean;
  children: (Suite | { name: string; ignore: boolean; body: Body })[];
  beforeAll: Hook[];
  afterAll: Hook[];
  beforeEach: Hook[];
  afterEach: Hook[];
}

let current: Suite | undefined;

async function runSuite(suite: Suite, context: Deno.TestContext, before: Hook[], after: Hook[]): Promise<void> {
  const [beforeEach, afterEach] = [[...before, ...suite.beforeEach], [...suite.afterEach, ...after]];
  try {
    for (const hook of suite.beforeAll) await hook();
    for (const child of suite.children) {
      await context.step({
        name: child.name,
        ignore: child.ignore,
        fn: async (inner) => {
          if ("children" in child) return await runSuite(child, inner, beforeEach, afterEach);
          try {
            for (const hook of beforeEach) await hook();
            await child.body(inner);
          } finally {
            for (const hook of afterEach) await hook();
          }
        },
      });
    }
  } finally {
    for (const hook of suite.afterAll) await hook();
  }
}

function addSuite(name: string, body: () => void, ignore: boolean): void {
  const suite: Suite = { name, ignore, children: [], beforeAll: [], afterAll: [], beforeEach: [], afterEach: [] };
  const outer = current;
  current = suite;
  try {
    body();
  } finally {
    current = outer;
  }
  if (outer) outer.children.push(suite);
  else Deno.test({ name, ignore, fn: (context) => runSuite(suite, context, [], []) });
}

function addTest(name: string, body: Body, ignore: boolean): void {
  if (current) current.children.push({ name, ignore, body });
  else Deno.test({ name, ignore, fn: body });
}

function hooks(name: "beforeAll" | "afterAll" | "beforeEach" | "afterEach"): (hook: Hook) => void {
  return (hook) => {
    if (!current) throw new Error(`${name}: call it inside describe`);
    current[name].push(hook);
  };
}

/** A group of tests. */
export const describe: {
  (name: string, body: () => void): void;
  skip(name: string, body: () => void): void;
} = Object.assign((name: string, body: () => void) => addSuite(name, body, false), {
  skip: (name: string, body: () => void) => addSuite(name, body, true),
});

/** One test. */
export const it: {
  (name: string, body: Body): void;
  skip(name: string, body: Body): void;
} = Object.assign((name: string, body: Body) => addTest(name, body, false), {
  skip: (name: string, body: Body) => addTest(name, body, true),
});

/** Runs once before the tests of the group. */
export const beforeAll: (hook: Hook) => void = hooks("beforeAll");
/** Runs once after the tests of the group. */
export const afterAll: (hook: Hook) => void = hooks("afterAll");
/** Runs before every test of the group. */
export const beforeEach: (hook: Hook) => void = hooks("beforeEach");
/** Runs after every test of the group. */
export const afterEach: (hook: Hook) => void = hooks("afterEach");
