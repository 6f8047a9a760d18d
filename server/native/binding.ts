// The only file that loads the addon.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ServingError, toServingError } from '../errors.ts';
import { addonPath, addonRemedy, linkerReason } from './addon-file.ts';
import type { NativeAddon } from './binding-types.ts';

/** Every export the addon must have. */
const functions: readonly (keyof NativeAddon)[] = [
  'systemInfo',
  'configure',
  'loadsGiveWay',
  'setCompletionHandler',
  'load',
  'embed',
  'inspect',
  'deviceMemory',
  'detach',
  'mapShared',
  'drainEvents',
];

let loaded: NativeAddon | undefined;

/** Loads an addon module (or a stand-in written in JavaScript) and checks its exports; throws ServingError. */
export function loadAddonFrom(file: string): NativeAddon {
  if (!existsSync(file)) throw new ServingError('UNSUPPORTED', `${file}: there is no native addon, ${addonRemedy()}`);
  let exported: Partial<NativeAddon>;
  try {
    exported = createRequire(import.meta.url)(file) as Partial<NativeAddon>;
  } catch (caught) {
    const [message = ''] = (caught instanceof Error ? caught.message : String(caught)).split('\n', 1);
    throw new ServingError('UNSUPPORTED', `${file}: ${linkerReason(message)}, ${addonRemedy()}`, { cause: caught });
  }
  const missing = functions.filter((name) => typeof exported[name] !== 'function');
  if (missing.length > 0)
    throw new ServingError('UNSUPPORTED', `${file}: has no ${missing.join(', ')}, ${addonRemedy()}`);
  return withServingErrors(exported as NativeAddon);
}

/** The addon, loaded once. */
export function loadAddon(): NativeAddon {
  loaded ??= loadAddonFrom(addonPath());
  return loaded;
}

/** The addon with rejections turned into ServingError; models pass through untouched, their calls are the hot path. */
function withServingErrors(addon: NativeAddon): NativeAddon {
  const rethrow = (caught: unknown): never => {
    throw toServingError(caught);
  };
  return {
    systemInfo: () => addon.systemInfo(),
    configure: (options) => {
      try {
        addon.configure(options);
      } catch (caught) {
        rethrow(caught);
      }
    },
    loadsGiveWay: () => addon.loadsGiveWay(),
    setCompletionHandler: (handler) => addon.setCompletionHandler(handler),
    load: (options) => addon.load(options).catch(rethrow),
    embed: (options, embed) => addon.embed(options, embed).catch(rethrow),
    inspect: (file, options) => addon.inspect(file, options).catch(rethrow),
    deviceMemory: () => addon.deviceMemory(),
    detach: (buffers, toSystem) => addon.detach(buffers, toSystem),
    mapShared: (fd, offset, bytes) => {
      try {
        return addon.mapShared(fd, offset, bytes);
      } catch (caught) {
        return rethrow(caught);
      }
    },
    drainEvents: () => addon.drainEvents(),
  };
}
