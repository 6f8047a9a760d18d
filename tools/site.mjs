// The documents as a static site: `npm run site [-- --out DIR]` writes build/site, which opens from the disk and from any server of files.

import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { inRoot } from './lib/paths.mjs';
import { main } from './lib/run.mjs';
import { isElsewhere, resolved } from './site/links.mjs';
import { render } from './site/markdown.mjs';
import { documentPage, indexPage } from './site/page.mjs';
import { groups as listed, outputOf, unlisted } from './site/pages.mjs';

/** Documents of docs/ that no group names. */
function otherPages() {
  const named = new Set(listed.flatMap(({ pages }) => pages.map(([file]) => file)));
  const files = readdirSync(inRoot('docs')).filter((name) => name.endsWith('.md') && !named.has(`docs/${name}`));
  return files.map((name) => {
    const { headings } = render(readFileSync(inRoot('docs', name), 'utf8'));
    return [`docs/${name}`, headings[0]?.text ?? name, ''];
  });
}

/** The groups with the pages that are there, as {file, output, title, says}. */
const presentGroups = () =>
  listed.map(({ title, pages }) => ({
    title,
    pages: [...pages, ...(title === unlisted ? otherPages() : [])]
      .filter(([file, , , { optional = false } = {}]) => !optional || existsSync(inRoot(file)))
      .map(([file, name, says]) => ({ file, output: outputOf(file), title: name, says })),
  }));

/** Where the links of a document lead in the site; pictures they show are copied to it. */
function placer(file, outputs, out) {
  return (target, attribute) => {
    if (isElsewhere(target)) return target;
    const to = resolved(file, target);
    if (attribute === 'src') {
      const name = to.file.replaceAll('/', '-');
      copyFileSync(inRoot(to.file), path.join(out, name));
      return name;
    }
    const output = outputs.get(to.file);
    // Sources are in the checkout alone.
    if (output === undefined) return undefined;
    return to.anchor === '' ? output : `${output}#${to.anchor}`;
  };
}

/** Writes the site; returns the names of its pages. */
export function buildSite(out) {
  const groups = presentGroups();
  const pages = groups.flatMap((group) => group.pages);
  const outputs = new Map(pages.map(({ file, output }) => [file, output]));
  const titles = new Map(pages.map(({ file, title }) => [file, title]));
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  for (const page of pages) {
    const titleOf = (target) => titles.get(resolved(page.file, target).file);
    const place = placer(page.file, outputs, out);
    const { html, headings } = render(readFileSync(inRoot(page.file), 'utf8'), { place, titleOf });
    writeFileSync(path.join(out, page.output), documentPage({ groups, page, html, headings }));
  }
  const { description, version } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
  writeFileSync(path.join(out, 'index.html'), indexPage({ groups, description, version }));
  copyFileSync(inRoot('tools', 'site', 'style.css'), path.join(out, 'style.css'));
  return ['index.html', ...outputs.values()];
}

async function fromCommandLine() {
  const { values } = parseArgs({ options: { out: { type: 'string', default: inRoot('build', 'site') } } });
  const pages = buildSite(path.resolve(values.out));
  console.log(`site: ${pages.length} pages in ${values.out}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main('site', fromCommandLine);
