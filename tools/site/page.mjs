// The HTML around a document: groups of pages at the side, its headings above it. One style sheet, nothing from elsewhere, no script.

const escaped = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const kMark = `<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><path d="M5 26V8l7 9 4-6 4 6 7-9v18" fill="none" stroke="currentColor" stroke-width="3.2" stroke-linejoin="round" stroke-linecap="round"/></svg>`;

const entry = (page, current) =>
  `<li><a href="${page.output}"${page.output === current ? ' aria-current="page"' : ''}>${escaped(page.title)}</a></li>`;

const navigation = (groups, current) =>
  groups
    .map(
      ({ title, pages }) =>
        `<p class="group">${escaped(title)}</p>\n<ul>${pages.map((page) => entry(page, current)).join('')}</ul>`,
    )
    .join('\n');

function contents(headings) {
  const sections = headings.filter(({ level }) => level === 2);
  if (sections.length < 3) return '';
  const items = sections.map(({ text, anchor }) => `<li><a href="#${anchor}">${escaped(text)}</a></li>`).join('');
  return `<nav class="contents" aria-label="On this page"><ul>${items}</ul></nav>`;
}

const layout = ({ title, groups, current, body }) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<link rel="stylesheet" href="style.css">
</head>
<body>
<a class="skip" href="#main">To the text</a>
<header><a class="home" href="index.html">${kMark}<span>mindird</span></a></header>
<div class="frame">
<details class="menu"><summary>Pages</summary><nav aria-label="Pages">${navigation(groups, current)}</nav></details>
<nav class="side" aria-label="Pages">${navigation(groups, current)}</nav>
<main id="main">${body}</main>
</div>
</body>
</html>
`;

/** The page of a document. */
export function documentPage({ groups, page, html, headings }) {
  // The contents stand behind the title.
  const end = html.indexOf('</h1>');
  const body = end < 0 ? html : `${html.slice(0, end + 5)}\n${contents(headings)}${html.slice(end + 5)}`;
  return layout({ title: `${page.title} · mindird`, groups, current: page.output, body });
}

/** The first page: what it is, and every page with a line about it. */
export function indexPage({ groups, description, version }) {
  const cards = groups.map(({ title, pages }) => {
    const items = pages.map(
      ({ output, title: name, says }) =>
        `<li><a href="${output}"><strong>${escaped(name)}</strong><span>${escaped(says)}</span></a></li>`,
    );
    return `<section><h2>${escaped(title)}</h2><ul>${items.join('\n')}</ul></section>`;
  });
  const body = `<div class="hero"><h1>A server for MindSpore models</h1>
<p>Give it a MindIR file: it optimises the graph, compiles it for an engine, and answers over gRPC and HTTP, with bounded latency and with metrics of every stage. Without MindSpore being installed.</p>
<p class="actions"><a class="button" href="getting-started.html">Getting started</a><a class="button quiet" href="overview.html">Overview</a></p></div>
<div class="cards">${cards.join('\n')}</div>
<p class="foot">mindird ${escaped(version)}. ${escaped(description)}. Apache-2.0.</p>`;
  return layout({ title: 'mindird', groups, current: 'index.html', body });
}
