/** A cache that stays bounded: beyond its limit it forgets what was used longest ago. */
export class Recent<V> {
  private readonly entries = new Map<string, V>();
  /** How many were forgotten so far. */
  forgotten = 0;

  constructor(readonly limit: number) {}

  /** How many are kept. */
  get size(): number {
    return this.entries.size;
  }

  /** What is kept under a key. */
  get(key: string): V | undefined {
    const value = this.entries.get(key);
    // The order matters only when the limit comes near; below it a look stays cheap.
    if (value !== undefined && 2 * this.entries.size > this.limit) {
      this.entries.delete(key);
      this.entries.set(key, value);
    }
    return value;
  }

  /** Keeps a value, which must not be undefined. */
  set(key: string, value: V): void {
    if (this.entries.size >= this.limit && !this.entries.has(key)) {
      this.entries.delete(this.entries.keys().next().value!);
      this.forgotten++;
    }
    this.entries.set(key, value);
  }

  /** What is kept under a key, made if it is not. */
  remember(key: string, make: () => V): V {
    let value = this.get(key);
    if (value === undefined) this.set(key, value = make());
    return value;
  }
}
