// Status, Register and Unregister of system shared memory, and of device memory, of which none can be registered.

import { ServingError } from '../../errors.ts';
import type { SharedRegions } from '../../inference/shared-regions.ts';
import type { UnaryMethod } from '../protocol.ts';
import { smallCall } from './small-call.ts';

interface RegisterRequest {
  readonly name: string;
  readonly key: string;
  readonly offset: number;
  readonly byte_size: number;
}

/** Whoever may infer may say where tensors lie. */
const ofInference = { group: 'infer' } as const;

/** Throws UNSUPPORTED where there are none. */
export function onlyOn(regions: SharedRegions | undefined): SharedRegions {
  if (regions !== undefined) return regions;
  throw new ServingError('UNSUPPORTED', 'shared memory is off (shared_memory.system)');
}

export function refuseDevice(): never {
  throw new ServingError('UNSUPPORTED', 'device memory cannot be shared; system shared memory can');
}

/** The methods. Without regions nothing can be registered, and nothing is: status and unregister have nothing to do. */
export function sharedMemoryCalls(regions: SharedRegions | undefined): UnaryMethod[] {
  return [
    smallCall<{ name: string }>('SystemSharedMemoryStatus', ofInference, ({ name }) => {
      const known = regions?.status(name) ?? [];
      const entries = known.map(({ byteSize, ...rest }) => [rest.name, { ...rest, byte_size: byteSize }] as const);
      return { regions: Object.fromEntries(entries) };
    }),
    smallCall<RegisterRequest>(
      'SystemSharedMemoryRegister',
      ofInference,
      ({ name, key, offset, byte_size: byteSize }) => {
        onlyOn(regions).register({ name, key, offset, byteSize });
        return {};
      },
    ),
    smallCall<{ name: string }>('SystemSharedMemoryUnregister', ofInference, ({ name }) => {
      regions?.unregister(name);
      return {};
    }),
    smallCall('CudaSharedMemoryStatus', ofInference, () => ({ regions: {} })),
    smallCall('CudaSharedMemoryRegister', ofInference, refuseDevice),
    smallCall('CudaSharedMemoryUnregister', ofInference, () => ({})),
  ];
}
