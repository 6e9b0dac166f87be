/** Comparisons by the numbers that instructions know them by. */
import { Condition } from "./assembler.ts";

const predicates: Record<string, number> = { eq: 0, ne: 4, lt: 0x11, le: 0x12, ge: 0x1d, gt: 0x1e };
/** The predicate of a comparison of floats. */
export const predicateOf = (op: string): number => predicates[op];

const signedConditions: Record<string, number> = {
  eq: Condition.equal,
  ne: Condition.notEqual,
  lt: Condition.less,
  le: Condition.notGreater,
  gt: Condition.greater,
  ge: Condition.notLess,
};
const unsignedConditions: Record<string, number> = {
  eq: Condition.equal,
  ne: Condition.notEqual,
  lt: Condition.below,
  le: Condition.notAbove,
  gt: Condition.above,
  ge: Condition.notBelow,
};
/** The condition in which a comparison of integers leaves the flags. */
export const conditionOf = (op: string, signed: boolean): number =>
  (signed ? signedConditions : unsignedConditions)[op];
