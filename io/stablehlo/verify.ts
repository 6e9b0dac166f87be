/**
 * Checks the types of StableHLO text: every name defined once and before its use, every operation's types those that follow
 * from its operands.
 */
import { demand, infer, sameType, showTypes, TypeMistake } from "./infer.ts";
import { type Binding, type Block, type Module, parseModule, type Type } from "./parse.ts";

function check(block: Block, outer: ReadonlyMap<string, Type>): void {
  const known = new Map(outer);
  const define = ({ name, type }: Binding): void => {
    demand(!known.has(name), `${name} is defined twice`);
    known.set(name, type);
  };
  block.arguments.forEach(define);
  const use = (name: string, type: Type): void => {
    const actual = known.get(name);
    demand(actual !== undefined, `${name} is not defined`);
    demand(sameType(actual, type), `${name} is ${showTypes([actual])}, not ${showTypes([type])}`);
  };
  for (const operation of block.operations) {
    const { line, op, operands, operandTypes, results, resultTypes, regions } = operation;
    try {
      demand(operands.length === operandTypes.length, "has types for another number of operands");
      operands.forEach((name, i) => use(name, operandTypes[i]));
      regions.forEach((region) => check(region, known));
      const inferred = infer(operation);
      demand(inferred.length === results.length, `gives ${inferred.length} results`);
      demand(
        showTypes(inferred) === showTypes(resultTypes),
        `gives ${showTypes(inferred)}, but says ${showTypes(resultTypes)}`,
      );
      results.forEach((name, i) => define({ name, type: resultTypes[i] }));
    } catch (error) {
      if (error instanceof TypeMistake && !error.message.startsWith("line ")) {
        throw new TypeMistake(`line ${line}: ${op}: ${error.message}`);
      }
      throw error;
    }
  }
  for (const { name, type } of block.returned) use(name, type);
}

/** Reads and checks a module. */
export function verifyModule(text: string): Module {
  const module = parseModule(text);
  check(module.body, new Map());
  const returned = showTypes(module.body.returned.map(({ type }) => type));
  demand(
    returned === showTypes(module.resultTypes),
    `the function gives ${returned}, not ${showTypes(module.resultTypes)}`,
  );
  return module;
}
