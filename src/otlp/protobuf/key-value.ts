/** An attribute as a field of a message: most of a request is attributes, so reading them takes no table. */
import type { Form } from './form.ts';
import { readKeyValue } from './value-reader.ts';
import { writeKeyValue } from './value-writer.ts';
import { LENGTH } from './wire-types.ts';

export const KEY_VALUE: Form = {
  wireType: LENGTH,
  read: (reader, faults) => readKeyValue(reader, faults),
  write: writeKeyValue,
};
