/** Freezes a value all the way down, so that a test fails where something is mutated. Typed arrays cannot be frozen. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
    if ('resources' in value) deepFreeze(value.resources); // of a batch they may be no property of its own
  }
  return value;
}
