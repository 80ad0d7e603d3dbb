/** How the content of a field is laid out: the last three bits of its tag. */
export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH = 2;
export const START_GROUP = 3;
export const END_GROUP = 4;
export const FIXED32 = 5;

export function tagOf(number: number, wireType: number): number {
  return number * 8 + wireType;
}
