import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CONNECTORS } from '../src/connectors/index.ts';
import { COMMAND_LINES } from '../src/package-managers.ts';
import { RUNTIME_PROFILES } from '../src/runtime-profiles.ts';
import { EXCEPTIONS, MAIN_PATH, requestTable } from './connector/requests.ts';

const README = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');

test('lists how many requests the connector makes, as they are counted', () => {
	expect(README).toContain(`\n${requestTable(MAIN_PATH)}\n\n`);
	expect(README).toContain(`\n${requestTable(EXCEPTIONS)}\n\n`);
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
	expect(README).toContain(`\`${command} <package>\``);
});

test.each(CONNECTORS)('names the connector $name and its examples', ({ name, examples }) => {
	expect(README).toContain(`flue add ${name}`);
	for (const example of examples) expect(README).toContain(`--example ${example}`);
});
