// The process-wide settings of the addon, as the server's configuration has them.

import type { ServerConfig } from '../config/server-fields.ts';
import type { ConfigureOptions } from '../native/binding-types.ts';

/** What `NativeAddon.configure` is called with. */
export function configureOptions({
  engine,
  tensorrt,
}: Pick<ServerConfig, 'engine' | 'tensorrt'>): Required<Omit<ConfigureOptions, 'goesFirst'>> {
  return {
    threads: engine.threads,
    tensorrt: {
      libraryPath: tensorrt.library_path,
      tf32: tensorrt.tf32 === 'on',
      blocks: tensorrt.wait === 'block',
      optimizationLevel: tensorrt.optimization_level,
      buildThreads: tensorrt.build_threads,
      plugins: tensorrt.plugins,
      pluginMap: tensorrt.plugin_map,
      buildTimeoutMs: tensorrt.build_timeout,
    },
  };
}
