import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AddOptions } from '../../src/commands/options.ts';
import { update } from '../../src/commands/update.ts';
import type { Connector, Templates } from '../../src/connectors/connector.ts';
import { plan } from '../../src/connectors/daytona/daytona.ts';
import { daytona } from '../../src/connectors/daytona/facts.ts';
import type { RuntimeProfile } from '../../src/ecosystem/flue-runtimes.ts';
import { readMarker, withMarker } from '../../src/plan/marker.ts';
import type { Context } from '../../src/terminal/context.ts';
import renderCurrent from '../fixtures/templates/made-up/sandbox.ts.hbs';
import renderFirst from '../fixtures/templates/made-up/v1/sandbox.ts.hbs';
import { addedProject, CONNECTOR, profileSince } from '../support/added-project.ts';

const view = ({ contract }: RuntimeProfile) => ({
	wrapper: contract === 'driver' ? 'sandboxFromDriver' : 'createSandboxSessionEnv',
});

const first = (profile: RuntimeProfile) => renderFirst(view(profile));

const second = (profile: RuntimeProfile) => first(profile).replace('RETRIES = 3', 'RETRIES = 4');

const third = (profile: RuntimeProfile) => renderCurrent(view(profile));

/** A connector with three versions of made-up templates; what it plans is made from the last. */
function madeUp(templates: Templates): Connector {
	const templateVersion = Math.max(...templates.keys());
	const code: Awaited<ReturnType<Connector['load']>> = {
		templates,
		plan: (project) => {
			const { profile } = project.runtime;
			const content = withMarker(third(profile), { connector: 'daytona', templateVersion, profile: profile.since });
			return { ...plan(project), files: [{ path: project.connectorPath.value, content }] };
		},
	};
	return { ...daytona, templateVersion, load: async () => code };
}

const CONNECTORS = [
	madeUp(
		new Map([
			[1, first],
			[2, second],
			[3, third],
		]),
	),
];

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

function fileOf(version: number, render: (profile: RuntimeProfile) => string, since: '0.9.0' | '2.0.2'): string {
	return withMarker(render(profileSince(since)), { connector: 'daytona', templateVersion: version, profile: since });
}

async function updated(content: string, options: Partial<AddOptions> = {}, connectors = CONNECTORS) {
	const cwd = addedProject('2.1.0', content);
	const { outcome } = await update({ ...OPTIONS, ...options }, contextIn(cwd), connectors);
	return { outcome, file: readFileSync(join(cwd, CONNECTOR), 'utf8'), cwd };
}

describe('a file from a template of an earlier release', () => {
	test.each([
		[1, first],
		[2, second],
	] as const)('of version %i is replaced when it is untouched', async (version, render) => {
		const { outcome, file } = await updated(fileOf(version, render, '2.0.2'));
		expect(outcome.status).toBe('written');
		expect(file).toBe(fileOf(3, third, '2.0.2'));
	});

	test.each([
		[1, first],
		[2, second],
	] as const)('of version %i is the base from which edits are merged', async (version, render) => {
		const edited = fileOf(version, render, '2.0.2').replace('import', '// Ours, since 2026.\nimport');
		const { outcome, file } = await updated(edited);
		expect(outcome.status).toBe('written');
		expect(file).toBe(fileOf(3, third, '2.0.2').replace('import', '// Ours, since 2026.\nimport'));
		expect(readMarker(file)).toEqual(readMarker(fileOf(3, third, '2.0.2')));
	});

	test('moves to the runtime and the template in one step', async () => {
		const edited = `${fileOf(1, first, '0.9.0')}\nexport const mine = 1;\n`;
		const { file } = await updated(edited);
		expect(file).toBe(`${fileOf(3, third, '2.0.2')}\nexport const mine = 1;\n`);
	});

	test('says why: the versions of the template and of the runtime', async () => {
		const { outcome } = await updated(fileOf(1, first, '0.9.0'), { write: false, yes: false, print: true });
		const instructions = outcome.status === 'printed' ? outcome.instructions : '';
		expect(instructions).toContain('The file is from template 1 of this tool; the current one is 3.');
		expect(instructions).toContain(
			'The file was made for @flue/runtime 0.9.0, and this project has @flue/runtime 2.1.0 (installed).',
		);
	});
});

describe('a base that cannot be told for sure', () => {
	const edited = fileOf(2, second, '2.0.2').replace('import', '// Mine.\nimport');

	test('is not made up: without that version the file is left alone', async () => {
		const { outcome, file } = await updated(edited, {}, [
			madeUp(
				new Map([
					[1, first],
					[3, third],
				]),
			),
		]);
		expect(outcome).toEqual({ status: 'conflict', marked: [] });
		expect(file).toBe(edited);
	});

	test('is not taken from a template that changed after its release', async () => {
		const changed = (profile: RuntimeProfile) => second(profile).replace('RETRIES', 'TRIES');
		const { outcome, file } = await updated(edited, {}, [
			madeUp(
				new Map([
					[1, first],
					[2, changed],
					[3, third],
				]),
			),
		]);
		expect(outcome).toEqual({ status: 'conflict', marked: [] });
		expect(file).toBe(edited);
	});
});

describe('without a name', () => {
	const [connector] = CONNECTORS;
	const other = (name: string): Connector => ({ ...connector!, name, aliases: [] });

	test('updates the one connector that was added', async () => {
		const { file } = await updated(fileOf(1, first, '2.0.2'), { words: [] }, [connector!, other('e2b')]);
		expect(file).toBe(fileOf(3, third, '2.0.2'));
	});

	test('asks which, where there are several', async () => {
		const cwd = addedProject('2.1.0', fileOf(1, first, '2.0.2'));
		writeFileSync(join(cwd, '.flue/connectors/e2b.ts'), 'export const e2b = 1;\n');
		const run = update({ ...OPTIONS, words: [] }, contextIn(cwd), [connector!, other('e2b')]);
		await expect(run).rejects.toThrow('There is more than one connector in this project: daytona, e2b.');
	});
});
