import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { inRoot, root } from '../lib/paths.mjs';
import { buildSite } from '../site.mjs';
import { brokenLinks } from './links.mjs';
import { render } from './markdown.mjs';
import { groups, outputOf, unlisted } from './pages.mjs';

const out = mkdtempSync(path.join(tmpdir(), 'mindird-site-'));
let pages = [];
before(() => {
  pages = buildSite(out);
});
after(() => rmSync(out, { recursive: true }));

const textOf = (page) => readFileSync(path.join(out, page), 'utf8');

function unreadableJson(text) {
  try {
    JSON.parse(text);
    return [];
  } catch (error) {
    return [error];
  }
}

/** Every Markdown file of the project. */
function documents() {
  const ignored = /^(node_modules|build|dist|\.git)$/;
  const below = (folder) =>
    readdirSync(inRoot(folder), { withFileTypes: true }).flatMap((entry) => {
      const file = path.posix.join(folder, entry.name);
      if (entry.isDirectory()) return ignored.test(entry.name) ? [] : below(file);
      return entry.name.endsWith('.md') ? [file] : [];
    });
  return below('.');
}

test('documents: every link leads to a file, and its anchor to a heading', () => {
  const files = documents();
  assert.ok(files.length > 15, root);
  assert.deepEqual(brokenLinks(files), []);
});

test('documents: links that lead nowhere are found', () => {
  const text = '# One\n\n[a](gone.md) [b](#two) [c](#one) [d](https://example.org/#x) [e](docs/RELIABILITY.md)\n';
  assert.deepEqual(brokenLinks(['README.md'], { read: () => text }), [
    'README.md:3: gone.md: no such file',
    'README.md:3: #two: no such heading',
  ]);
});

test('documents: blocks of YAML and JSON can be read', () => {
  const readers = { yaml: (text) => parseAllDocuments(text).flatMap(({ errors }) => errors), json: unreadableJson };
  let count = 0;
  for (const file of documents())
    for (const { language, text, line } of render(readFileSync(inRoot(file), 'utf8')).blocks) {
      if (!(language in readers)) continue;
      count += 1;
      assert.deepEqual(readers[language](text), [], `${file}:${line}`);
    }
  assert.ok(count >= 5, String(count));
});

test('documents: anchors are those of GitHub', () => {
  const { headings } = render("# A `b.c`, d's\n\n## e: f\n\n## e: f\n");
  assert.deepEqual(
    headings.map(({ anchor }) => anchor),
    ['a-bc-ds', 'e-f', 'e-f-1'],
  );
});

test('site: has every document of docs/, and its pages lead to each other', () => {
  const own = readdirSync(inRoot('docs')).filter((name) => name.endsWith('.md'));
  assert.deepEqual(
    own.filter((name) => !pages.includes(outputOf(`docs/${name}`))),
    [],
  );
  assert.ok(groups.some(({ title }) => title === unlisted));
  assert.equal(new Set(pages).size, pages.length);
  for (const page of pages)
    for (const [, target, anchor] of textOf(page).matchAll(/(?:href|src)="([^":#]*)(?:#([^"]*))?"/g)) {
      const to = target === '' ? page : target;
      assert.ok(existsSync(path.join(out, to)), `${page}: ${target}`);
      if (anchor !== undefined) assert.ok(textOf(to).includes(`id="${anchor}"`), `${page}: ${target}#${anchor}`);
    }
});

test('site: nothing comes from elsewhere', () => {
  for (const page of pages) {
    const text = textOf(page);
    assert.doesNotMatch(text, /<script|<iframe|(?:src|srcset)="[^"]*:\/\/|<link[^>]*:\/\//, page);
    assert.match(text, /<title>[^<]+<\/title>/, page);
  }
  assert.doesNotMatch(textOf('style.css'), /url\(|@import/);
});

test('site: a link whose text is the name of a document has its title', () => {
  const { html } = render('[CONFIG.md](CONFIG.md#a) [a.md](a.md)\n', {
    titleOf: (target) => (target === 'CONFIG.md#a' ? 'Configuration' : undefined),
  });
  assert.match(html, />Configuration<\/a> <a href="a\.md">a\.md</);
});

test('site: the tool says what it wrote', () => {
  const to = path.join(out, 'again');
  const said = execFileSync(process.execPath, [inRoot('tools', 'site.mjs'), '--out', to], { encoding: 'utf8' });
  assert.equal(said, `site: ${pages.length} pages in ${to}\n`);
});
