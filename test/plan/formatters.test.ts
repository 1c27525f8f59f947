import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import jsTokens from 'js-tokens';
import { beforeAll, describe, expect, test } from 'vitest';
import { originalFiles } from '../../src/connectors/connector.ts';
import { renderConnectorFile, templates } from '../../src/connectors/daytona/daytona.ts';
import { RUNTIME_PROFILES } from '../../src/ecosystem/flue-runtimes.ts';
import { fingerprint } from '../../src/plan/fingerprint.ts';
import { readMarker, untouchedOriginal, withMarker } from '../../src/plan/marker.ts';
import { flue } from '../support/flue.ts';
import { installedPackages } from '../support/packages.ts';
import { FLUE_0_7 } from '../support/sample-projects.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const CONNECTOR = '.flue/connectors/daytona.ts';

const MARKER = { connector: 'daytona', templateVersion: 1, profile: '2.0.2' };

/** The files that are generated for all of the profiles. */
const GENERATED = [...new Set(RUNTIME_PROFILES.map(renderConnectorFile))].map((code) => withMarker(code, MARKER));

const ORIGINALS = originalFiles(templates);

function isStillOurs(file: string): boolean {
	const marker = readMarker(file);
	const made = RUNTIME_PROFILES.find((profile) => fingerprint(renderConnectorFile(profile)) === marker?.fingerprint);
	const named = made === undefined ? file : file.replace('profile=2.0.2', `profile=${made.since}`);
	return untouchedOriginal(named, ORIGINALS) !== undefined;
}

type Format = (files: readonly string[]) => Promise<string[]>;

const PRETTIER = {
	'its defaults': {},
	'no semicolons': { semi: false },
	'single quotes': { singleQuote: true },
	'four spaces': { tabWidth: 4 },
	tabs: { useTabs: true },
	'60 columns': { printWidth: 60 },
	'80 columns, tabs of eight': { printWidth: 80, useTabs: true, tabWidth: 8 },
	'100 columns': { printWidth: 100 },
	'120 columns': { printWidth: 120 },
	'200 columns': { printWidth: 200 },
	'no parentheses around one parameter': { arrowParens: 'avoid' },
	'no trailing commas': { trailingComma: 'none' },
	'trailing commas of ES5': { trailingComma: 'es5' },
	'no spaces in brackets': { bracketSpacing: false },
	'consistent quotes of properties': { quoteProps: 'consistent' },
	'operators at the start of a line': { experimentalOperatorPosition: 'start' },
	'objects on one line': { objectWrap: 'collapse' },
	CRLF: { endOfLine: 'crlf' },
	'the style of standard': {
		semi: false,
		singleQuote: true,
		arrowParens: 'avoid',
		trailingComma: 'none',
		bracketSpacing: false,
	},
	'everything unlike ours': {
		semi: false,
		singleQuote: false,
		printWidth: 60,
		tabWidth: 3,
		arrowParens: 'avoid',
		trailingComma: 'none',
		endOfLine: 'crlf',
	},
} as const;

const BIOME = {
	'its defaults': [],
	spaces: ['--indent-style=space', '--indent-width=4'],
	'60 columns': ['--line-width=60'],
	'120 columns and single quotes': ['--line-width=120', '--javascript-formatter-quote-style=single'],
	'no semicolons': ['--semicolons=as-needed'],
	'no parentheses, no trailing commas': ['--arrow-parentheses=as-needed', '--trailing-commas=none'],
	CRLF: ['--line-ending=crlf'],
} as const;

let prettier: { format(code: string, options: object): Promise<string> };

let biome: string;

beforeAll(async () => {
	const folder = await installedPackages({ prettier: '3.10.1', '@biomejs/biome': '2.6.8' });
	prettier = await import(join(folder, 'node_modules/prettier/index.mjs'));
	biome = join(folder, 'node_modules/.bin/biome');
}, 300_000);

function formatWithPrettier(options: object): Format {
	return (files) => Promise.all(files.map((file) => prettier.format(file, { parser: 'typescript', ...options })));
}

function formatWithBiome(args: readonly string[]): Format {
	return async (files) => {
		const cwd = temporaryFolder(Object.fromEntries(files.map((file, number) => [`${number}.ts`, file])));
		await execa(biome, ['format', '--write', ...args, '.'], { cwd });
		return files.map((_, number) => readFileSync(join(cwd, `${number}.ts`), 'utf8'));
	};
}

const FORMATTERS: readonly (readonly [string, Format])[] = [
	...Object.entries(PRETTIER).map(([name, options]) => [`prettier with ${name}`, formatWithPrettier(options)] as const),
	...Object.entries(BIOME).map(([name, args]) => [`biome with ${name}`, formatWithBiome(args)] as const),
];

function wordsOf(file: string): { readonly index: number; readonly length: number }[] {
	let index = 0;
	const words = [];
	for (const { type, value } of jsTokens(file)) {
		if (/^(StringLiteral|NumericLiteral|.*Template.*|RegularExpressionLiteral|.*Comment|IdentifierName)$/.test(type)) {
			words.push({ index, length: value.length });
		}
		index += value.length;
	}
	return words;
}

describe('takes for untouched what was written', () => {
	test.each(FORMATTERS)('and formatted by %s', async (_, format) => {
		const once = await format(GENERATED);
		expect(once).not.toEqual(GENERATED);
		expect(once.map(isStillOurs)).toEqual(GENERATED.map(() => true));
		expect((await format(once)).map(isStillOurs)).toEqual(GENERATED.map(() => true));
	});

	test('and formatted by one after the other', async () => {
		const once = await formatWithPrettier(PRETTIER['everything unlike ours'])(GENERATED);
		expect((await formatWithBiome(BIOME['its defaults'])(once)).map(isStillOurs)).toEqual(GENERATED.map(() => true));
	});

	test('and got CRLF line ends, no line end at the end, or a byte order mark', () => {
		for (const file of GENERATED) {
			const same = [file.replaceAll('\n', '\r\n'), file.trimEnd(), `\uFEFF${file}`];
			expect(same.map(isStillOurs)).toEqual([true, true, true]);
		}
	});
});

describe('takes for edited what was written', () => {
	test.each(GENERATED.map((file, number) => ({ number: number + 1, file })))(
		'and has another character in a string, a template, a number, a comment or a name: file $number',
		({ file }) => {
			const words = wordsOf(file);
			expect(words.length).toBeGreaterThan(500);
			// Every seventh of some two thousand: they do not come in sevens.
			for (const { index, length } of words.filter((_, number) => number % 7 === 0)) {
				const middle = index + Math.floor(length / 2);
				const edited = file.slice(0, middle) + (file[middle] === 'x' ? 'y' : 'x') + file.slice(middle + 1);
				expect([edited.slice(index - 20, index + length + 20), isStillOurs(edited)]).toEqual([
					expect.anything(),
					false,
				]);
			}
		},
	);

	test('and lacks a line, whichever', () => {
		const lines = GENERATED[0]!.split('\n');
		for (const [number, line] of lines.entries()) {
			if (line.trim() === '') continue;
			expect([line, isStillOurs(lines.toSpliced(number, 1).join('\n'))]).toEqual([line, false]);
		}
	});
});

test('does not touch a formatted connector, and leaves an edited one alone', async () => {
	const cwd = temporaryFolder(FLUE_0_7);
	const path = join(cwd, CONNECTOR);
	await flue(['add', 'daytona', '--write', '--no-install'], { cwd });
	const [formatted = ''] = await formatWithPrettier(PRETTIER['everything unlike ours'])([readFileSync(path, 'utf8')]);
	writeFileSync(path, formatted);
	const again = await flue(['add', 'daytona', '--write', '--no-install'], { cwd });
	expect(again.exitCode).toBe(0);
	expect(again.stderr).toContain('is already set up');
	expect(readFileSync(path, 'utf8')).toBe(formatted);

	const edited = formatted.replace(/"stopped"|"timeout"|"base64"/, '"other"');
	expect(edited).not.toBe(formatted);
	writeFileSync(path, edited);
	const refused = await flue(['add', 'daytona', '--write', '--no-install'], { cwd });
	expect(refused.exitCode).toBe(3);
	expect(refused.stderr).toContain(`${CONNECTOR} has local edits.\n`);
	expect(readFileSync(path, 'utf8')).toBe(edited);
});
