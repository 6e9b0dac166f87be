import { assert, assertEquals } from "@std/assert";
import { entryPoints, root, run } from "./package.ts";

interface JsDoc {
  readonly doc?: string;
  readonly tags?: readonly { readonly kind: string; readonly doc?: string }[];
}

interface Member {
  readonly name?: string;
  readonly jsDoc?: JsDoc;
  readonly accessibility?: string;
}

interface Declaration {
  readonly kind: string;
  readonly jsDoc?: JsDoc;
  readonly def?: {
    readonly properties?: readonly Member[];
    readonly methods?: readonly Member[];
    readonly isAbstract?: boolean;
  };
}

interface DocumentedModule {
  readonly symbols: readonly { readonly name: string; readonly declarations: readonly Declaration[] }[];
}

const entries = Object.values(await entryPoints());
const { nodes } = JSON.parse(await run(Deno.execPath(), ["doc", "--json", ...entries], root)) as {
  nodes: Record<string, DocumentedModule>;
};
const symbols = Object.entries(nodes).flatMap(([url, module]) =>
  module.symbols.map(({ name, declarations }) => ({
    name: `${url.replace(root.href, "")}: ${name}`,
    // Overloads are told once.
    declarations: declarations.filter(({ kind }) => kind !== "reference"),
  }))
).filter(({ declarations }) => declarations.length > 0);

const exampleOf = ({ jsDoc }: Declaration): string | undefined =>
  jsDoc?.tags?.find(({ kind }) => kind === "example")?.doc ?? (/```ts\n.*```/s.exec(jsDoc?.doc ?? "")?.[0]);

Deno.test("every exported symbol has a documentation comment", () => {
  assert(symbols.length > 300, `found ${symbols.length} symbols`);
  assertEquals(
    symbols.filter(({ declarations }) => !declarations.some((d) => d.jsDoc?.doc)).map(({ name }) => name),
    [],
  );
});

Deno.test("every exported function and namespace has an example that asserts", () => {
  const values = symbols.filter(({ declarations }) => declarations.some((d) => d.kind === "function"));
  assert(values.length > 200, `found ${values.length} functions`);
  const without = values.filter(({ declarations }) =>
    !declarations.some((d) => /assert|throws/i.test(exampleOf(d) ?? ""))
  );
  assertEquals(without.map(({ name }) => name), []);
});

Deno.test("every property and method of an exported type has a documentation comment", () => {
  const members = symbols.flatMap(({ name, declarations }) =>
    declarations.flatMap(({ kind, def }) =>
      kind === "interface" || kind === "class"
        ? [...def?.properties ?? [], ...def?.methods ?? []].map((member) => ({
          ...member,
          name: `${name}.${member.name}`,
        }))
        : []
    )
  ).filter(({ accessibility }) => accessibility !== "private");
  assert(members.length > 200, `found ${members.length} members`);
  assertEquals([...new Set(members.filter(({ jsDoc }) => !jsDoc?.doc).map(({ name }) => name))], []);
});
