import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transformWithOxc } from 'vite';
import { afterAll, describe, expect, test } from 'vitest';
import { renderConnectorFile } from '../../src/connectors/daytona/daytona.ts';
import { mergeTexts } from '../../src/plan/merge.ts';
import { profileSince, type Since, withMethod } from '../support/added-project.ts';
import { handWritten } from '../support/hand-written.ts';
import { installedPackages } from '../support/packages.ts';
import { linkPackages, STRICT_OPTIONS, typeCheck, writeFiles } from '../support/type-check.ts';

const nativeImport = createRequire(import.meta.url)('../support/native-import.cjs') as (
	url: string,
) => Promise<unknown>;

const root = mkdtempSync(join(tmpdir(), 'flue-consequences-'));

afterAll(() => rmSync(root, { recursive: true, force: true }));

async function projectWith(code: string, runtime: string): Promise<string> {
	const folder = mkdtempSync(join(root, `with-${runtime}-`));
	const [flue, sdk] = await Promise.all([
		installedPackages({ '@flue/runtime': runtime }),
		installedPackages({ '@daytona/sdk': '0.216.0' }),
	]);
	linkPackages(folder, {
		'@flue/runtime': join(flue, 'node_modules/@flue/runtime'),
		'@daytona/sdk': join(sdk, 'node_modules/@daytona/sdk'),
	});
	const compilerOptions = { ...STRICT_OPTIONS, module: 'preserve', moduleResolution: 'bundler', lib: ['es2022'] };
	writeFiles(folder, {
		'package.json': '{ "type": "module" }',
		'tsconfig.json': JSON.stringify({ compilerOptions, include: ['*.ts'] }),
		'daytona.ts': code,
		'daytona.mjs': (await transformWithOxc(code, 'daytona.ts', { sourcemap: false })).code,
	});
	return folder;
}

async function compile(code: string, runtime: string): Promise<string> {
	return typeCheck(join(await projectWith(code, runtime), 'tsconfig.json'), '7.0.2');
}

interface Loaded {
	daytona(sandbox: unknown): {
		createSessionEnv(options: object): Promise<{ exec(command: string, options: object): Promise<unknown> }>;
	};
}

/** The deadline that reaches Daytona of one that Flue gives to the connector. */
async function deadlineOf(code: string, runtime: string, options: object): Promise<unknown> {
	const folder = await projectWith(code, runtime);
	const { daytona } = (await nativeImport(pathToFileURL(join(folder, 'daytona.mjs')).href)) as Loaded;
	let deadline: unknown = 'never called';
	const executeCommand = (_command: string, _cwd: unknown, _env: unknown, seconds: unknown) => {
		deadline = seconds;
		return Promise.resolve({ result: '', exitCode: 0 });
	};
	const env = await daytona({ getWorkDir: async () => '/', process: { executeCommand } }).createSessionEnv({ id: 'x' });
	// The connector takes an answer without its mark for a failure; here only the question counts.
	await env.exec('true', options).catch(() => undefined);
	return deadline;
}

describe('the consequences that flue check names are those of the real runtimes and compiler', () => {
	test.each(['1.0.0-beta.9', '2.0.1'])(
		'with %s, code that reads seconds compiles and loses its deadline',
		async (runtime) => {
			const code = handWritten('timeout', 'options?.timeout');
			expect(await compile(code, runtime)).toBe('');
			expect(await deadlineOf(code, '0.11.1', { timeout: 7 })).toBe(7);
			expect(await deadlineOf(code, runtime, { timeoutMs: 7000 })).toBeUndefined();
		},
	);

	test('a generated file for seconds loses its deadline too', async () => {
		const code = renderConnectorFile(profileSince('0.9.0'));
		expect(await deadlineOf(code, '0.11.1', { timeout: 7 })).toBeGreaterThan(0);
		expect(await deadlineOf(code, '1.0.0-beta.9', { timeoutMs: 7000 })).toBe(0);
	});

	test.each<[Since, string, string]>([
		['0.9.0', '2.1.0', "Property 'createSandbox' is missing"],
		['1.0.0-beta.3', '0.11.1', "Property 'timeoutMs' does not exist"],
		['1.0.0-beta.3', '2.1.0', "Property 'createSandbox' is missing"],
		['2.0.0', '2.1.0', "Property 'createSandbox' is missing"],
		['2.0.2', '2.0.1', "no exported member 'sandboxFromDriver'"],
		['2.0.2', '0.11.1', "no exported member 'sandboxFromDriver'"],
		['2.0.0', '1.0.0-beta.9', "no exported member 'SandboxDiedError'"],
	])('a file for %s does not type-check with %s', async (since, runtime, error) => {
		expect(await compile(renderConnectorFile(profileSince(since)), runtime)).toContain(error);
	});
});

test.each<[Since, Since, string]>([
	['0.9.0', '2.0.2', '2.1.0'],
	['0.9.0', '1.0.0-beta.3', '1.0.0-beta.9'],
	['1.0.0-beta.3', '2.0.0', '2.0.1'],
	['2.0.2', '0.9.0', '0.11.1'],
])(
	"a file for %s with a method of the user's, merged with the template for %s, type-checks with %s",
	async (from, to, runtime) => {
		const [base, next] = [renderConnectorFile(profileSince(from)), renderConnectorFile(profileSince(to))];
		const { text, conflicts } = mergeTexts({
			yours: withMethod(base),
			base,
			next,
			labels: { yours: 'yours', next: 'new' },
		});
		expect({ conflicts, text }).toEqual({ conflicts: 0, text: withMethod(next) });
		expect(await compile(text, runtime)).toBe('');
	},
);
