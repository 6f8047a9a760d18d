// Sizes of files and functions, and words that say something is unfinished.

import { budgetExceptions, budgets } from './tables.mjs';

const kWords = ['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'];
const kUnfinished = new RegExp(`\\b(${kWords.join('|')})\\b`);

const kControl =
  /^(if|else|for|while|switch|do|try|catch|namespace|class|struct|enum|union|return|case|default)\b|^\} (else|catch|while)\b/;
const kHeader = /(\)[^;={}]*|=>\s*|\)\s*:\s*[^;]+)\{$/;
// A group of tests is a list, not a function.
const kGroup = /^(describe|suite)\(/;

/**
 * Functions as {line, lines}. The code is formatted, so a function that starts on a line ends at the next line with the same
 * indentation that closes a brace; text inside strings and comments cannot mislead that.
 */
export function functionsOf(text) {
  const lines = text.split('\n');
  const found = [];
  for (const [index, line] of lines.entries()) {
    const code = line.trimStart();
    if (!kHeader.test(line) || kControl.test(code) || kGroup.test(code) || code.startsWith('//')) continue;
    const indent = line.slice(0, line.length - code.length);
    const end = lines.findIndex((other, at) => at > index && other.startsWith(`${indent}}`));
    if (end > 0) found.push({ line: index + 1, lines: end - index + 1 });
  }
  return found;
}

/** What is wrong with the size and the words of one file. */
export function checkBudgets(file, text, limits = budgets, exceptions = budgetExceptions) {
  const lines = text.split('\n');
  const problems = [];
  if (!(file in exceptions)) {
    const count = lines.length - (text.endsWith('\n') ? 1 : 0);
    if (count > limits.fileLines) problems.push(`${file}: has ${count} lines, want at most ${limits.fileLines}`);
    if (/\.(cc|h|ts|mjs)$/.test(file)) {
      for (const { line, lines: size } of functionsOf(text)) {
        if (size > limits.functionLines)
          problems.push(`${file}:${line}: a function of ${size} lines, want at most ${limits.functionLines}`);
      }
    }
  }
  for (const [index, line] of lines.entries()) {
    const word = kUnfinished.exec(line)?.[1];
    if (word !== undefined) problems.push(`${file}:${index + 1}: has the word ${word}`);
  }
  return problems;
}
