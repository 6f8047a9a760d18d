// The fake addon as a module that MINDIRD_ADDON can name, so that the real process runs without the native build.

import type { NativeAddon } from '../../server/native/binding-types.ts';
import { FakeAddon } from '../../server/native/fake.ts';

const addon = new FakeAddon();

export const systemInfo: NativeAddon['systemInfo'] = () => addon.systemInfo();
export const configure: NativeAddon['configure'] = (options) => addon.configure(options);
export const setCompletionHandler: NativeAddon['setCompletionHandler'] = (handler) =>
  addon.setCompletionHandler(handler);
export const load: NativeAddon['load'] = (options) => addon.load(options);
export const inspect: NativeAddon['inspect'] = (path, options) => addon.inspect(path, options);
export const embed: NativeAddon['embed'] = (options, wanted) => addon.embed(options, wanted);
export const deviceMemory: NativeAddon['deviceMemory'] = () => addon.deviceMemory();
export const loadsGiveWay: NativeAddon['loadsGiveWay'] = () => addon.loadsGiveWay();
export const detach: NativeAddon['detach'] = () => addon.detach();
export const mapShared: NativeAddon['mapShared'] = (fd, offset, bytes) => addon.mapShared(fd, offset, bytes);
export const drainEvents: NativeAddon['drainEvents'] = () => addon.drainEvents();
