/** Knows which releases of Node lack security fixes that a listener needs. */

/** First minor with the fixes of January 2026: a crash by one HTTP/2 frame, a stack overflow that nothing can catch. */
const FIXED_MINOR = new Map([
  [22, 22],
  [24, 13],
]);
/** From here on every release has them. The lines between, which are odd, are maintained no more. */
const FIXED_MAJOR = 26;

export function lacksSecurityFixes(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < FIXED_MAJOR && minor < (FIXED_MINOR.get(major) ?? Number.POSITIVE_INFINITY);
}
