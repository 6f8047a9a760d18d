// Markdown to HTML by markdown-it; headings get the anchors that GitHub gives them, and links are handed to who knows where they lead.

import MarkdownIt from 'markdown-it';

/** The anchor of a heading: its words in lower case, joined by hyphens. */
const slug = (text) =>
  text
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
    .replaceAll(' ', '-');

const plain = (token) => token.children.map(({ type, content }) => (type === 'image' ? '' : content)).join('');

function* linksOf(tokens) {
  for (const token of tokens) {
    if (token.type === 'link_open') yield { token, attribute: 'href' };
    if (token.type === 'image') yield { token, attribute: 'src' };
    if (token.children) yield* linksOf(token.children);
  }
}

/** Gives every heading its anchor; {level, text, anchor} of each. */
function anchor(tokens) {
  const taken = new Map();
  const headings = [];
  for (const [at, token] of tokens.entries()) {
    if (token.type !== 'heading_open') continue;
    const text = plain(tokens[at + 1]);
    const base = slug(text);
    const times = taken.get(base) ?? 0;
    taken.set(base, times + 1);
    const name = times === 0 ? base : `${base}-${times}`;
    token.attrSet('id', name);
    headings.push({ level: Number(token.tag.slice(1)), text, anchor: name });
  }
  return headings;
}

const markdown = () => {
  const made = new MarkdownIt({ html: true, linkify: false });
  const { rules } = made.renderer;
  // A table wider than the page scrolls by itself.
  rules.table_open = () => '<div class="table"><table>\n';
  rules.table_close = () => '</table></div>\n';
  return made;
};

/** Where a link's text is the name of a document, the document's title takes its place. */
function rename(children, titleOf) {
  for (const [at, token] of children.entries()) {
    const text = children[at + 1];
    if (token.type !== 'link_open' || text?.type !== 'text' || children[at + 2]?.type !== 'link_close') continue;
    if (/^[\w./-]+\.md$/.test(text.content)) text.content = titleOf(token.attrGet('href')) ?? text.content;
  }
}

/**
 * Renders a document. `place(target, kind)` says where a link (href) or picture (src) of it leads in the site; undefined leaves a link's text alone.
 * `titleOf(target)` is the title of the page that it names, where there is one. Returns {html, headings, links: [{target, line}], blocks: [{language, text, line}]}.
 */
export function render(text, { place = (target) => target, titleOf = () => undefined } = {}) {
  const made = markdown();
  const tokens = made.parse(text, {});
  const headings = anchor(tokens);
  const links = [];
  for (const block of tokens) {
    rename(block.children ?? [], titleOf);
    for (const { token, attribute } of linksOf(block.children ?? [])) {
      const target = token.attrGet(attribute);
      links.push({ target, line: (block.map?.[0] ?? 0) + 1 });
      const placed = place(target, attribute);
      if (placed !== undefined) token.attrSet(attribute, placed);
      else token.attrs = token.attrs.filter(([name]) => name !== attribute);
    }
  }
  const blocks = tokens
    .filter(({ type }) => type === 'fence')
    .map(({ info, content, map }) => ({ language: info.split(' ')[0], text: content, line: map[0] + 1 }));
  return { blocks, html: made.renderer.render(tokens, made.options, {}), headings, links };
}
