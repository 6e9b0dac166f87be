/**
 * When to keep a model, and when to stop.
 *
 * @module
 */

/** Options of `EarlyStopping`. */
export interface EarlyStoppingOptions {
  /** Stops after so many values in a row that are no better than the best; default: never. */
  readonly patience?: number;
  /** How much better a value must be; default 0. */
  readonly minDelta?: number;
  /** Whether lower or higher values are better; default `"max"`. */
  readonly mode?: "min" | "max";
}

/** What was seen so far: plain data, for a checkpoint. */
export interface EarlyStoppingState {
  /** The best value; null before the first. */
  best: number | null;
  /** How many values have come since. */
  since: number;
}

/** Follows a value, such as the accuracy of a test after each epoch. */
export class EarlyStopping {
  private readonly patience: number;
  private readonly minDelta: number;
  private readonly sign: 1 | -1;

  /** @throws {RangeError} If `patience` is no positive integer, or `minDelta` is negative. */
  constructor(options: EarlyStoppingOptions = {}, readonly state: EarlyStoppingState = { best: null, since: 0 }) {
    const { patience = Infinity, minDelta = 0, mode = "max" } = options;
    if (!(patience === Infinity || (Number.isInteger(patience) && patience > 0))) {
      throw new RangeError(`EarlyStopping: patience must be a positive integer, got ${patience}`);
    }
    if (!(minDelta >= 0)) throw new RangeError(`EarlyStopping: minDelta must be 0 or more, got ${minDelta}`);
    this.patience = patience;
    this.minDelta = minDelta;
    this.sign = mode === "max" ? 1 : -1;
  }

  /** Takes the next value. NaN is never better. */
  observe(value: number): { improved: boolean; stop: boolean } {
    const { best } = this.state;
    const improved = !Number.isNaN(value) && (best === null || this.sign * (value - best) > this.minDelta);
    if (improved) {
      this.state.best = value;
      this.state.since = 0;
    } else this.state.since++;
    return { improved, stop: this.state.since >= this.patience };
  }
}
