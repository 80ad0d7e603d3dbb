/** Lists the attributes that figures and labels come from, for the plan to see who takes them away. */
import type { AttributeRead } from '../../component/define.ts';
import { FACT_KEYS } from '../../genai/aliases.ts';
import { dimensionOf, type WrittenDimension } from './dimension-settings.ts';
import { dimensionSource } from './dimension-source.ts';

type Settings = Readonly<{ dimensions: readonly WrittenDimension[]; sampling_ratio_attribute?: string | undefined }>;

export function attributeReads({ dimensions, sampling_ratio_attribute: ratio }: Settings): readonly AttributeRead[] {
  return [
    ...[...FACT_KEYS, ...(ratio === undefined ? [] : [ratio])].map((key) => ({ from: 'span' as const, key })),
    { from: 'resource', key: 'service.name' },
    ...dimensions.map(dimensionOf).flatMap(({ name }) => dimensionSource(name).reads),
  ];
}
