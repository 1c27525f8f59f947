import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AddOptions } from '../../src/commands/options.ts';
import { update } from '../../src/commands/update.ts';
import type { Connector } from '../../src/connectors/connector.ts';
import { CONNECTORS } from '../../src/connectors/index.ts';
import { RUNTIME_PROFILES } from '../../src/ecosystem/flue-runtimes.ts';
import type { Context } from '../../src/terminal/context.ts';
import { addedProject, CONNECTOR, connectorFile } from '../support/added-project.ts';

const OPTIONS: AddOptions = {
	words: ['daytona'],
	print: false,
	printFile: false,
	write: true,
	yes: true,
	dryRun: false,
	diff: false,
	json: false,
	force: false,
	install: true,
	cwd: undefined,
	path: undefined,
	runtime: undefined,
	packageManager: undefined,
	example: undefined,
	agent: undefined,
	output: undefined,
};

function contextIn(cwd: string): Context {
	return {
		cwd,
		env: { PATH: '' },
		terminals: { stdin: false, stdout: false, stderr: false },
		interruption: {
			signal: new AbortController().signal,
			received: async () => undefined,
			release: () => undefined,
			cancel: () => undefined,
		},
		say: () => undefined,
		withProgress: (_what, work) => work(() => undefined),
	};
}

async function updated(content: string, options: Partial<AddOptions> = {}, connectors = CONNECTORS) {
	const cwd = addedProject('2.1.0', content);
	const { outcome } = await update({ ...OPTIONS, ...options }, contextIn(cwd), connectors);
	return { outcome, file: readFileSync(join(cwd, CONNECTOR), 'utf8'), cwd };
}

const OWN_LINE = '// Ours, since 2026.\nimport';

const edit = (file: string) => file.replace('import', OWN_LINE);

describe.each(RUNTIME_PROFILES)('a file for the runtime from $since on', ({ since }) => {
	test('is replaced by the one for this runtime when it is untouched', async () => {
		const { file } = await updated(connectorFile(since));
		expect(file).toBe(connectorFile('2.0.2'));
	});

	test('is the base from which edits are merged', async () => {
		const { file } = await updated(edit(connectorFile(since)));
		expect(file).toBe(edit(connectorFile('2.0.2')));
	});
});

describe('a base that cannot be told for sure', () => {
	test.each([
		['of a template that only a newer version of this tool knows', connectorFile('0.9.0', 2)],
		['of a template that never was', connectorFile('0.9.0', 0)],
		['with a fingerprint of no template', connectorFile('0.9.0').replace(/fingerprint=\w{6}/, 'fingerprint=abcdef')],
	])('is not made up: a file %s is left alone', async (_name, content) => {
		for (const file of [content, edit(content)]) {
			expect(await updated(file)).toMatchObject({ outcome: { status: 'conflict', marked: [] }, file });
		}
	});
});

describe('without a name', () => {
	const [connector] = CONNECTORS;
	const other = (name: string): Connector => ({ ...connector!, name, aliases: [] });

	test('updates the one connector that was added', async () => {
		const { file } = await updated(connectorFile('2.0.0'), { words: [] }, [connector!, other('e2b')]);
		expect(file).toBe(connectorFile('2.0.2'));
	});

	test('asks which, where there are several', async () => {
		const cwd = addedProject('2.1.0', connectorFile('2.0.0'));
		writeFileSync(join(cwd, '.flue/connectors/e2b.ts'), 'export const e2b = 1;\n');
		const run = update({ ...OPTIONS, words: [] }, contextIn(cwd), [connector!, other('e2b')]);
		await expect(run).rejects.toThrow('There is more than one connector in this project: daytona, e2b.');
	});
});
