import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import jsTokens from 'js-tokens';
import { describe, expect, test } from 'vitest';
import { originalFiles } from '../../src/connectors/connector.ts';
import { render, renderConnectorFile } from '../../src/connectors/daytona/daytona.ts';
import { RUNTIME_PROFILES } from '../../src/ecosystem/flue-runtimes.ts';
import { fingerprint } from '../../src/plan/fingerprint.ts';
import { readMarker, untouchedOriginal, withMarker } from '../../src/plan/marker.ts';
import { flue } from '../support/flue.ts';
import { type Format, FORMATTERS } from '../support/formatters.ts';
import { FLUE_0_7 } from '../support/sample-projects.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const CONNECTOR = '.flue/connectors/daytona.ts';

const MARKER = { connector: 'daytona', profile: '2.0.2' };

/** The files that are generated for all of the profiles. */
const GENERATED = [...new Set(RUNTIME_PROFILES.map(renderConnectorFile))].map((code) => withMarker(code, MARKER));

const ORIGINALS = originalFiles({ render });

function isStillOurs(file: string): boolean {
	const marker = readMarker(file);
	const made = RUNTIME_PROFILES.find((profile) => fingerprint(renderConnectorFile(profile)) === marker?.fingerprint);
	const named = made === undefined ? file : file.replace('profile=2.0.2', `profile=${made.since}`);
	return untouchedOriginal(named, ORIGINALS) !== undefined;
}

function formatter(name: string): Format {
	const [, format] = FORMATTERS.find(([words]) => words === name) ?? [];
	if (format === undefined) throw new Error(`There is no ${name}.`);
	return format;
}

const [prettier, biome] = ['prettier with everything unlike ours', 'Biome with its defaults'].map(formatter) as [
	Format,
	Format,
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
		const once = await prettier(GENERATED);
		expect((await biome(once)).map(isStillOurs)).toEqual(GENERATED.map(() => true));
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
	const [formatted = ''] = await prettier([readFileSync(path, 'utf8')]);
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
