import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { CONNECTORS } from '../src/connectors/index.ts';
import { RUNTIME_PROFILES } from '../src/ecosystem/flue-runtimes.ts';
import { COMMAND_LINES } from '../src/ecosystem/package-managers.ts';
import { EXCEPTIONS, MAIN_PATH, requestTable } from './connectors/daytona/requests.ts';
import { readPage } from './support/pages.ts';

const ROOT = join(import.meta.dirname, '..');

const README = readPage('README.md');

const DOCS = readdirSync(join(ROOT, 'docs'))
	.filter((file) => file.endsWith('.md'))
	.map((file) => `docs/${file}`);

const PAGES = ['README.md', 'CONTRIBUTING.md', 'AGENTS.md', ...DOCS];

test('lists how many requests the connector makes, as they are counted', () => {
	const page = readPage('docs/connector.md');
	expect(page).toContain(`\n${requestTable(MAIN_PATH)}\n\n`);
	expect(page).toContain(`\n${requestTable(EXCEPTIONS)}\n\n`);
});

test('begins with the two commands that a newcomer runs', () => {
	expect(README.indexOf('npm ci && npx flue add daytona\nnpm ci && npm test\n')).toBeGreaterThan(0);
	expect(README.indexOf('npm ci && npx flue add daytona')).toBeLessThan(README.indexOf('\n## '));
});

test.each(RUNTIME_PROFILES.map(({ since }) => since))('has a row for the runtimes since %s', (since) => {
	const rows = README.split('\n').filter((line) =>
		[since, since.replace(/\.0$/, '')].some((version) => line.startsWith(`| ${version}`)),
	);
	expect(rows).not.toEqual([]);
});

test.each(Object.values(COMMAND_LINES).map(({ add }) => add.join(' ')))('names the command %s', (command) => {
	expect(readPage('docs/package-managers.md')).toContain(`\`${command} <package>\``);
});

test.each(CONNECTORS)('names the connector $name and its examples', ({ name, examples }) => {
	expect(README).toContain(`flue add ${name}`);
	for (const example of examples) {
		expect(README).toContain(`--example ${example}`);
		expect(readPage('docs/connector.md')).toContain(`| \`--example ${example}\` |`);
	}
});

test('is read in a few minutes: no more than 180 lines, and every page of docs/ is one click away', () => {
	expect(README.split('\n').length).toBeLessThanOrEqual(181);
	for (const page of DOCS) expect(README).toContain(`(${page})`);
});

/** The sentences of a page, without code and tables. */
function readSentences(page: string): string[] {
	const prose = readPage(page)
		.replaceAll(/^```[^]*?^```$/gm, '\n\n')
		.replaceAll(/^(?:\||#).*$/gm, '\n')
		.replaceAll(/`[^`]*`/g, 'code')
		.replaceAll(/\]\([^)]*\)/g, ']');
	const paragraphs = prose.split(/\n\n+|\n(?=\s*(?:[*-]|\d+\.) )/);
	return paragraphs.flatMap((paragraph) => paragraph.split(/(?<=[.?!])\s+/));
}

test.each(['README.md', 'AGENTS.md', 'CONTRIBUTING.md'])('%s speaks in sentences of fewer than 25 words', (page) => {
	const long = readSentences(page).filter((sentence) => sentence.trim().split(/\s+/).length >= 25);
	expect(long).toEqual([]);
});

test.each(PAGES)('%s links to files that exist', (page) => {
	const links = Array.from(readPage(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g), ([, link = '']) => link);
	expect(links.filter((link) => !existsSync(join(ROOT, dirname(page), link)))).toEqual([]);
});
