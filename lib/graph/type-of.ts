/** The type of a row of a catalogue in which types lie one after the other. */
export function typeOf(typeOffsets: ArrayLike<number>, row: number): number {
  let type = 0;
  while (row >= typeOffsets[type + 1]!) type++;
  return type;
}
