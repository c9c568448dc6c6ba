/** Bytes of a key, a SHA-256. */
export const KEY_BYTES = 32;
/** Bytes of a key that are compared, and enough to name it by: two keys never share them. */
export const KEY_PREFIX = 16;

/**
 * Numbers keys 0, 1, 2 … in the order in which they come: a hash table in typed arrays, some 48 bytes a key, where a
 * Map of strings takes three times that and ends at 2^24.
 */
export class KeyIndex {
  readonly keys: Buffer;
  private readonly table: Int32Array;
  private used = 0;

  /** @param most keys that will come */
  constructor(most: number) {
    this.keys = Buffer.allocUnsafeSlow((most + 1) * KEY_BYTES);
    this.table = new Int32Array(2 ** Math.ceil(Math.log2(2 * most + 2))).fill(-1);
  }

  get count(): number {
    return this.used;
  }

  /** The number of a key, in latin1; a new one where it was not there. */
  add(key: string): number {
    const { keys, used } = this;
    keys.write(key, used * KEY_BYTES, KEY_BYTES, 'latin1');
    const slot = this.slotOf(keys, used * KEY_BYTES);
    const found = this.table[slot]!;
    if (found >= 0) return found;
    this.table[slot] = used;
    return this.used++;
  }

  /** The number of the key that begins at bytes[at], of which {@link KEY_PREFIX} bytes are enough; -1 for none. */
  find(bytes: Uint8Array, at: number): number {
    return this.table[this.slotOf(bytes, at)]!;
  }

  /** The table's slot that holds the key at bytes[at], or the free one where it belongs. */
  private slotOf(bytes: Uint8Array, at: number): number {
    const mask = this.table.length - 1;
    let slot = ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) & mask;
    for (; ; slot = (slot + 1) & mask) {
      const entry = this.table[slot]!;
      if (entry < 0) return slot;
      let same = 0;
      while (same < KEY_PREFIX && this.keys[entry * KEY_BYTES + same] === bytes[at + same]) same++;
      if (same === KEY_PREFIX) return slot;
    }
  }

  /** Below 0 where key a comes before key b. */
  compare(a: number, b: number): number {
    const { keys } = this;
    for (let i = 0; i < KEY_PREFIX; i++) {
      const difference = keys[a * KEY_BYTES + i]! - keys[b * KEY_BYTES + i]!;
      if (difference !== 0) return difference;
    }
    return 0;
  }
}
