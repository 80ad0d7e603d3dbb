/** The fields of OTLP's attribute messages, AnyValue foremost: the hot ones, read and written without a table. */
import { FIXED64, LENGTH, tagOf, VARINT } from './wire-types.ts';

export const STRING_VALUE = tagOf(1, LENGTH);
export const BOOL_VALUE = tagOf(2, VARINT);
export const INT_VALUE = tagOf(3, VARINT);
export const DOUBLE_VALUE = tagOf(4, FIXED64);
export const ARRAY_VALUE = tagOf(5, LENGTH);
export const KVLIST_VALUE = tagOf(6, LENGTH);
export const BYTES_VALUE = tagOf(7, LENGTH);

/** Of KeyValue. */
export const KEY = tagOf(1, LENGTH);
export const VALUE = tagOf(2, LENGTH);

/** Of ArrayValue and KeyValueList. */
export const VALUES = tagOf(1, LENGTH);
