import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { renderConnectorFile } from '../../src/connectors/daytona/daytona.ts';
import { RUNTIME_PROFILES } from '../../src/ecosystem/flue-runtimes.ts';
import { mergeTexts, ownLines } from '../../src/plan/merge.ts';
import { profileSince, type Since } from '../support/added-project.ts';
import { installedPackages } from '../support/packages.ts';

const LABELS = { yours: 'yours', next: 'new' };

function merge(yours: string, base: string, next: string) {
	return mergeTexts({ yours, base, next, labels: LABELS });
}

const lines = (...all: readonly string[]) => all.map((line) => `${line}\n`).join('');

describe('a merge', () => {
	const base = lines('one();', 'two();', 'three();', 'four();', 'five();');
	const next = base.replace('two', 'zwei');

	test.each([
		['takes what only the template changed', base, next],
		['keeps what only the user changed', base.replace('four', 'vier'), next.replace('four', 'vier')],
		['takes the same change on both sides once', next, next],
		['keeps a line before a changed one', base.replace('two', 'mine();\ntwo'), next.replace('zwei', 'mine();\nzwei')],
		[
			'keeps a line behind a changed one',
			base.replace('two();', 'two();\nmine();'),
			next.replace('zwei();', 'zwei();\nmine();'),
		],
		[
			'keeps lines around a changed one',
			base.replace('two();', 'a();\ntwo();\nb();'),
			next.replace('zwei();', 'a();\nzwei();\nb();'),
		],
		['keeps a removal', base.replace('four();\n', ''), next.replace('four();\n', '')],
		['keeps CRLF', base.replaceAll('\n', '\r\n'), next.replaceAll('\n', '\r\n')],
		['keeps a missing line end', base.trimEnd(), next.trimEnd()],
		['keeps an indentation', base.replaceAll(/^/gm, '  ').trimEnd(), next.replaceAll(/^(?!zwei)/gm, '  ').trimEnd()],
		['keeps missing semicolons', base.replaceAll(';', ''), next.replaceAll(/(?<!zwei.*);/g, '')],
	])('%s', (_, yours, expected) => {
		expect(merge(yours, base, next)).toEqual({ text: expected, conflicts: 0 });
	});

	test('marks what both sides changed, and nothing else', () => {
		const { text, conflicts } = merge(base.replace('two', 'mine'), base, next);
		expect(conflicts).toBe(1);
		expect(text).toBe(
			lines(
				'one();',
				'<<<<<<< yours',
				'mine();',
				'=======',
				'zwei();',
				'>>>>>>> new',
				'three();',
				'four();',
				'five();',
			),
		);
	});

	test('marks a line that the user changed and the template removed', () => {
		const { text, conflicts } = merge(base.replace('two', 'mine'), base, base.replace('two();\n', ''));
		expect({ conflicts, text }).toEqual({
			conflicts: 1,
			text: expect.stringContaining('<<<<<<< yours\nmine();\n=======\n>>>>>>> new\n'),
		});
	});

	test('marks two different lines at the same place', () => {
		expect(merge(base.replace('two', 'mine();\ntwo'), base, base.replace('two', 'theirs();\ntwo')).conflicts).toBe(1);
	});

	test('takes a blank inside of a template for a change', () => {
		const [one, two] = ['const script = `\n\trun\n`;\n', 'const script = `\n\t\trun\n`;\n'];
		expect(merge(two, one, one).text).toBe(two);
		expect(merge(one, one, two).text).toBe(two);
		expect(merge(one.replace('run', 'walk'), one, two).conflicts).toBe(1);
	});

	test('takes a quote inside of a string for a change, and those around it for none', () => {
		const [one, two] = ['quote("it\'s");\n', 'quote("it\'s", 1);\n'];
		expect(merge("quote('it\\'s');\n", one, two)).toEqual({ text: two, conflicts: 0 });
		expect(merge('quote(`it"s`);\n', "quote(`it's`);\n", "quote(`it's`, 1);\n").conflicts).toBe(1);
	});

	test('is not misled by lines that are named as properties of objects', () => {
		const special = lines('constructor', '__proto__', 'toString');
		expect(merge(special, special, `${special}end\n`)).toEqual({ text: `${special}end\n`, conflicts: 0 });
	});
});

const PAIRS: readonly (readonly [Since, Since])[] = [
	['0.6.0', '0.9.0'],
	['0.9.0', '1.0.0-beta.3'],
	['0.9.0', '2.0.2'],
	['1.0.0-beta.3', '2.0.0'],
	['2.0.0', '2.0.2'],
	['2.0.2', '0.9.0'],
];

/** The same numbers in every run. */
function createRandom(seed: number): (below: number) => number {
	let state = seed;
	return (below) => {
		state = (Math.imul(state, 1103515245) + 12345) >>> 0;
		return (state >>> 8) % below;
	};
}

/** A file with lines inserted, changed and removed; each line of the user's is like no other. */
function editRandomly(file: string, random: (below: number) => number): { text: string; written: string[] } {
	const text = file.split('\n');
	const written: string[] = [];
	for (let n = 0; n <= random(4); n++) {
		const mine = `/* edit ${n} of ${random(1e6)} */`;
		const removed = random(3);
		text.splice(random(text.length), removed, ...(random(4) === 0 ? [] : [mine]));
		if (text.includes(mine)) written.push(mine);
	}
	return { text: text.join('\n'), written: written.filter((line) => text.includes(line)) };
}

describe('a merge of the real templates', () => {
	test.each(PAIRS)('from %s to %s is the new template where the user changed nothing', (from, to) => {
		const [base, next] = [renderConnectorFile(profileSince(from)), renderConnectorFile(profileSince(to))];
		expect(merge(base, base, next)).toEqual({ text: next, conflicts: 0 });
	});

	test.each(PAIRS)('from %s to %s never loses a line of the user, whatever was edited', (from, to) => {
		const [base, next] = [renderConnectorFile(profileSince(from)), renderConnectorFile(profileSince(to))];
		const random = createRandom(RUNTIME_PROFILES.length);
		for (let run = 0; run < 25; run++) {
			const { text: yours, written } = editRandomly(base, random);
			expect(merge(yours, base, base)).toEqual({ text: yours, conflicts: 0 });
			const { text, conflicts } = merge(yours, base, next);
			for (const line of written) expect(text.split('\n')).toContain(line);
			expect(text.match(/^<<<<<<< yours$/gm) ?? []).toHaveLength(conflicts);
			const theirs = text.replaceAll(
				/^<<<<<<< yours\n(?:(?!=======\n).*\n)*=======\n((?:(?!>>>>>>> ).*\n)*)>>>>>>> new\n/gm,
				'$1',
			);
			expect(theirs).not.toMatch(/^(?:<<<<<<<|>>>>>>>)/m);
		}
	});

	test.each([
		['its defaults', []],
		['tabs and single quotes', ['--use-tabs', '--single-quote', '--print-width=110']],
		['no semicolons', ['--no-semi']],
	])('keeps the edits of a file that prettier formatted with %s, and marks few lines at most', async (_, options) => {
		const [base, next] = [renderConnectorFile(profileSince('0.9.0')), renderConnectorFile(profileSince('2.0.2'))];
		const prettier = join(await installedPackages({ prettier: '3.6.2' }), 'node_modules/prettier/bin/prettier.cjs');
		const edited = `${base}\nexport const MINE = 1;\n`;
		const yours = execFileSync(process.execPath, [prettier, '--parser=typescript', ...options], {
			input: edited,
			encoding: 'utf8',
		});
		expect(yours).not.toBe(edited);
		const { text, conflicts } = merge(yours, base, next);
		expect(text).toContain('export const MINE = 1');
		expect(conflicts).toBeLessThanOrEqual(1);
		const marked = /^<<<<<<<[^]*?^>>>>>>>/m.exec(text)?.[0].split('\n').length ?? 0;
		expect(marked).toBeLessThan(20);
	});

	test('takes a moment, even for a long file of lines that are all alike', () => {
		const base = renderConnectorFile(profileSince('0.9.0'));
		const { text } = merge(`${base}${'}\n\n'.repeat(10_000)}`, base, renderConnectorFile(profileSince('2.0.2')));
		expect(text).toContain('createSandbox()');
	}, 30_000);
});

describe("the user's own lines", () => {
	const base = lines('one();', 'two();', '', 'three();');

	test.each([
		['a new line', base.replace('two', 'mine();\ntwo'), { own: ['11'], removed: 0 }],
		['several of them', base.replace('two', 'mine();\nmine2();\ntwo'), { own: ['11-12'], removed: 0 }],
		['a changed line', base.replace('two', 'zwei'), { own: ['11'], removed: 0 }],
		['a removed line', base.replace('two();\n', ''), { own: [], removed: 1 }],
		['a formatted file', base.replaceAll(';', '').replaceAll('\n', '\r\n'), { own: [], removed: 0 }],
	])('are numbered: %s', (_, yours, expected) => {
		expect(ownLines(yours, base, 10)).toEqual(expected);
	});
});
