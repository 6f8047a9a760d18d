// `npm run build:ts`: TypeScript to dist, and from that one file for each program, dist/bundle/lib/server/main.js and the thread that looks at the
// repository. Loading some five hundred modules one by one takes a server longer than all else it does until it is ready; bin/mindird runs the
// bundle, and dist/server where there is none or a newer build. What the bundle holds of others' code is listed beside it, with their licences and as a
// bill of materials.

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { inRoot } from './lib/paths.mjs';
import { main, run, ToolFailure } from './lib/run.mjs';
import { billOfMaterials, npmPart } from './lib/sbom.mjs';

const kBundle = inRoot('dist', 'bundle');
/** Two folders down, as far as @grpc/reflection looks up for its .proto files. */
const kPrograms = path.join(kBundle, 'lib', 'server');

/** CommonJS has no import.meta, and loads faster: an import of node:http, for one, reads all it exports, some of which are large. */
const kModuleUrl = 'const moduleUrl = require("node:url").pathToFileURL(__filename).href;';

/** The packages whose files went into a bundle, from esbuild's list of inputs. */
function packagesOf(inputs) {
  const names = inputs.map((file) => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[0] ?? '');
  return [...new Set(names)].filter((name) => name !== '').sort();
}

const described = (folder) => JSON.parse(readFileSync(inRoot(folder, 'package.json'), 'utf8'));

function licenceOf(folder) {
  const { name, version, license } = described(folder);
  const file = readdirSync(inRoot(folder)).find((entry) => /^(licen[cs]e|copying)(\.\w+)?$/i.test(entry));
  const text = file === undefined ? '' : readFileSync(inRoot(folder, file), 'utf8').trim();
  return `${name} ${version} (${license})\n\n${text}\n`;
}

/** What fastify requires only for features that this server does without: schemas, requests without a socket, its log. */
const kUnused = /^(@fastify\/(ajv|fast-json-stringify)-compiler|light-my-request|pino)$/;

/** The HTTP port's library is a file of its own, which nothing reads before the first request of that port. */
const kFastify = {
  name: 'fastify apart',
  setup({ onResolve }) {
    onResolve({ filter: /^fastify$/ }, () => ({ path: './fastify.js', external: true }));
    onResolve({ filter: kUnused }, ({ importer }) => (importer.includes('/fastify/') ? { external: true } : undefined));
  },
};

const kOthers = /\P{ASCII}/gu;

/**
 * A program with question marks in place of other than ASCII characters, which only its comments may have: one of them, and V8 keeps the whole text, megabytes,
 * with two bytes a character. Places in it stay what they are.
 */
export async function oneByte(text, name, transform) {
  if (text.search(kOthers) < 0) return text;
  const { code } = await transform(text, { minifyWhitespace: true, legalComments: 'none', charset: 'ascii' });
  const found = code.search(kOthers);
  if (found >= 0)
    throw new ToolFailure(`${name}: other than ASCII characters outside of comments: ${code.slice(found, found + 40)}`);
  return text.replaceAll(kOthers, (character) => '?'.repeat(character.length));
}

/** Makes the bundle of what tsc has written. */
export async function bundle() {
  // From here, so that npm packages can be installed before they are asked for.
  const { build, transform } = await import('esbuild');
  rmSync(kBundle, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: inRoot(),
    entryPoints: {
      main: 'dist/server/program.js',
      'look-worker': 'dist/server/model/look-worker.js',
      'calibrate-worker': 'dist/server/quantise/calibrate-worker.js',
      'servable-worker': 'dist/server/config/servable-module/servable-worker.js',
      fastify: 'node_modules/fastify/fastify.js',
    },
    plugins: [kFastify],
    outdir: kPrograms,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    define: { 'import.meta.url': 'moduleUrl' },
    banner: { js: kModuleUrl },
  });
  for (const name of readdirSync(kPrograms).filter((file) => file.endsWith('.js'))) {
    const file = path.join(kPrograms, name);
    writeFileSync(file, await oneByte(readFileSync(file, 'utf8'), name, transform));
  }
  // The status page's script is read as text, and runs in the browser.
  cpSync(
    inRoot('dist', 'server', 'transport', 'http', 'page', 'status-client.js'),
    path.join(kPrograms, 'status-client.js'),
  );
  writeFileSync(path.join(kPrograms, 'package.json'), '{ "type": "commonjs" }\n');
  const packages = packagesOf(Object.keys(metafile.inputs));
  writeFileSync(path.join(kBundle, 'LICENCES.txt'), packages.map(licenceOf).join(`\n${'-'.repeat(80)}\n\n`));
  const { name, version } = described('.');
  const bill = billOfMaterials(name, version, packages.map(described).map(npmPart));
  writeFileSync(path.join(kBundle, 'sbom.cdx.json'), `${JSON.stringify(bill, null, 2)}\n`);
  const protos = inRoot('node_modules', '@grpc', 'reflection', 'build', 'proto', 'grpc');
  mkdirSync(path.join(kBundle, 'proto'));
  cpSync(protos, path.join(kBundle, 'proto', 'grpc'), { recursive: true });
}

/**
 * Removes what tsc wrote of sources that are gone or have moved: it leaves that for ever, and a program that asks for such a file would run here and
 * nowhere else.
 */
export function dropLeftovers(sources, outputs) {
  if (!existsSync(outputs)) return;
  const written = readdirSync(outputs, { recursive: true });
  for (const file of written.map(String)) {
    const source = file.replace(/(\.d\.ts|\.js|\.js\.map)$/, '.ts');
    if (source !== file && !existsSync(path.join(sources, source))) rmSync(path.join(outputs, file));
  }
}

/** Compiles and bundles. */
export async function buildServer() {
  for (const folder of ['server', 'test']) dropLeftovers(inRoot(folder), inRoot('dist', folder));
  await run(inRoot('node_modules', '.bin', 'tsc'), ['-p', 'tsconfig.json']);
  await bundle();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main('build-server', buildServer);
