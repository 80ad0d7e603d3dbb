/** Makes text from outside harmless for a terminal. */

/** Controls, and the marks that turn the direction of writing. */
const UNPRINTABLE = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;
const WHITE_SPACE = /[\t\n\r]+/g;

/** In one line, without what would move the cursor, change colours or write backwards. */
export function printable(text: string): string {
  return text.replace(WHITE_SPACE, ' ').replace(UNPRINTABLE, '');
}
