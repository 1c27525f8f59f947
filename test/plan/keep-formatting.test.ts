import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { renderConnectorFile } from '../../src/connectors/daytona/daytona.ts';
import { RUNTIME_PROFILES } from '../../src/ecosystem/flue-runtimes.ts';
import { keepFormatting } from '../../src/plan/keep-formatting.ts';
import { isSameCode } from '../../src/plan/same-code.ts';
import { addedProject, CONNECTOR, connectorFile } from '../support/added-project.ts';
import { flue } from '../support/flue.ts';
import { FORMATTERS } from '../support/formatters.ts';

const GENERATED = [...new Set(RUNTIME_PROFILES.map(renderConnectorFile))];

/** Each template and the next one, and the first and the last. */
const UPDATES = [...GENERATED.slice(1).map((_, n) => [n, n + 1] as const), [0, GENERATED.length - 1] as const];

function linesOnlyIn(text: string, other: string): string[] {
	const lines = new Set(other.split('\n'));
	return text.split('\n').filter((line) => !lines.has(line));
}

describe.each(FORMATTERS)('after %s', (_, format) => {
	test('an update keeps the lines that are there, and says when the formatter has new ones to break', async () => {
		const formatted = await format(GENERATED);
		const updates = UPDATES.map(([from, to]) => ({
			before: formatted[from]!,
			next: GENERATED[to]!,
			...keepFormatting(formatted[from]!, GENERATED[from]!, GENERATED[to]!),
		}));
		const again = await format(updates.map(({ text }) => text));
		for (const [n, { text, before, next, needsFormatter }] of updates.entries()) {
			expect(isSameCode(next, text)).toBe(true);
			const touched = linesOnlyIn(text, again[n]!);
			const old = new Set(before.split('\n'));
			expect(touched.filter((line) => old.has(line))).toEqual([]);
			expect(touched.length === 0 || needsFormatter).toBe(true);
			expect(linesOnlyIn(text, before).length).toBeLessThan(20);
		}
	});
});

/** From 2.0.1 to 2.1.0, seven lines of the template are others. */
test.each(FORMATTERS.filter(([name]) => /(?:its defaults|80 columns|no semicolons)$/.test(name)))(
	'flue update and its --diff change the same few lines of a file that was formatted by %s',
	async (_, format) => {
		const [formatted = ''] = await format([connectorFile('2.0.0')]);
		const cwd = addedProject('2.1.0', formatted);
		const { stdout } = await flue(['update', 'daytona', '--diff'], { cwd });
		const changed = stdout.split('\n').filter((line) => /^[+-](?![+-])/.test(line));
		expect(changed.length).toBeLessThan(20);
		expect((await flue(['update', 'daytona', '--write'], { cwd })).exitCode).toBe(0);
		const after = readFileSync(join(cwd, CONNECTOR), 'utf8');
		expect(changed).toEqual(
			expect.arrayContaining([
				...linesOnlyIn(formatted, after).map((line) => `-${line}`),
				...linesOnlyIn(after, formatted).map((line) => `+${line}`),
			]),
		);
		const { stderr } = await flue(['check', 'daytona'], { cwd });
		expect(stderr).toContain('Daytona is in order: ');
	},
);

test('flue update says that the formatter is to be run where it breaks lines elsewhere', async () => {
	const [, narrow] = FORMATTERS.find(([name]) => name === 'prettier with 60 columns') ?? [];
	const [formatted = ''] = (await narrow?.([connectorFile('2.0.0')])) ?? [];
	const cwd = addedProject('2.1.0', formatted);
	const { stderr } = await flue(['update', 'daytona', '--write'], { cwd });
	expect(stderr).toContain(`updated ${CONNECTOR}: run your formatter on it`);
	const plain = addedProject('2.1.0', connectorFile('2.0.0'));
	expect((await flue(['update', 'daytona', '--write'], { cwd: plain })).stderr).not.toContain('formatter');
	writeFileSync(join(cwd, CONNECTOR), formatted);
	expect((await flue(['update', 'daytona', '--dry-run'], { cwd })).stderr).toContain(
		'(run your formatter on it afterwards)',
	);
});
