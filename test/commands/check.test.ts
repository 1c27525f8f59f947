import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { addedFiles, addedProject, CONNECTOR, connectorFile, installed, type Since } from '../support/added-project.ts';
import { fakeManager, readCalls } from '../support/fake-manager.ts';
import { flue, readTree, type RunOptions } from '../support/flue.ts';
import { handWritten } from '../support/hand-written.ts';
import { type Files, temporaryFolder, writeFiles } from '../support/temporary-folder.ts';

const UNTOUCHED = connectorFile('2.0.2');

const EDITED = UNTOUCHED.replace('PROBE_INTERVAL_MS = ', 'PROBE_INTERVAL_MS = 2 * ');

interface ReportedFinding {
	readonly code: string;
	readonly severity: 'error' | 'note';
	readonly message: string;
	readonly command: string | null;
}

async function findingsIn(cwd: string, options: Partial<RunOptions> = {}): Promise<readonly ReportedFinding[]> {
	const { stdout, stderr, exitCode } = await flue(['check', 'daytona', '--json'], { cwd, ...options });
	expect(stderr).toBe('');
	const report = JSON.parse(stdout);
	const { findings } = report.checked[0];
	const isWrong = findings.some(({ severity }: ReportedFinding) => severity === 'error');
	expect({ exitCode, ok: report.ok }).toEqual(isWrong ? { exitCode: 5, ok: false } : { exitCode: 0, ok: true });
	return findings;
}

/** The only finding, or none. */
async function findingIn(cwd: string, options: Partial<RunOptions> = {}): Promise<ReportedFinding | undefined> {
	const findings = await findingsIn(cwd, options);
	expect(findings.map(({ code }) => code)).toEqual(findings.slice(0, 1).map(({ code }) => code));
	return findings[0];
}

describe('the words', () => {
	test('say that all is in order, with exit code 0, and leave stdout to programs', async () => {
		const { stdout, stderr, exitCode } = await flue(['check'], { cwd: addedProject('2.1.0', UNTOUCHED) });
		expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 0 });
		expect(stderr).toBe(`Daytona is in order: ${CONNECTOR}, for @flue/runtime 2.1.0 (installed).\n`);
	});

	test('name each finding with its code, its sentence and the command that mends it', async () => {
		const { stdout, stderr, exitCode } = await flue(['check'], { cwd: addedProject('2.1.0', connectorFile('0.9.0')) });
		expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 5 });
		expect(stderr).toBe(
			`Daytona has 1 error: ${CONNECTOR}, for @flue/runtime 2.1.0 (installed).\n` +
				`  error contract-mismatch: ${CONNECTOR} is made for @flue/runtime >=0.6.0 <1.0.0-beta.1, and this project has 2.1.0: ` +
				'it does not type-check, and every deadline is lost: this runtime gives it in milliseconds, as timeoutMs.\n' +
				'    flue update daytona --write\n',
		);
	});

	test('count a note, and do not fail for it', async () => {
		const { stderr, exitCode } = await flue(['check', 'daytona'], { cwd: addedProject('2.1.0', EDITED) });
		expect(exitCode).toBe(0);
		expect(stderr).toContain(`Daytona is in order, with 1 note: ${CONNECTOR}`);
		expect(stderr).toContain(`  note file-edited: ${CONNECTOR} has edits of yours`);
	});
});

describe('the file', () => {
	test('is in order when a formatter rewrote it', async () => {
		const formatted = UNTOUCHED.replaceAll(/ from '(.*)';/g, ' from "$1"').replaceAll('\n', '\r\n');
		expect(await findingIn(addedProject('2.1.0', formatted))).toBeUndefined();
	});

	test('may have edits', async () => {
		expect(await findingIn(addedProject('2.1.0', EDITED))).toMatchObject({ code: 'file-edited', severity: 'note' });
	});

	test('counts as edited with a licence above the marker', async () => {
		expect(await findingIn(addedProject('2.1.0', `// Licence: MIT\n${UNTOUCHED}`))).toMatchObject({
			code: 'file-edited',
		});
	});

	test("may be of Flue's own guide", async () => {
		const file = `// flue-blueprint: sandbox/daytona@1\nexport const daytona = () => ({});\n`;
		expect(await findingIn(addedProject('2.1.0', file))).toMatchObject({ code: 'file-of-flue', severity: 'note' });
	});

	test('may be written by hand', async () => {
		const found = await findingIn(addedProject('2.1.0', 'export const daytona = () => ({});\n'));
		expect(found).toMatchObject({ code: 'file-of-others', severity: 'note', command: 'flue update daytona --diff' });
	});

	test('is missing: the command that writes it is named', async () => {
		const cwd = addedProject('2.1.0', UNTOUCHED);
		rmSync(join(cwd, CONNECTOR));
		const found = await findingIn(cwd);
		expect(found).toMatchObject({ code: 'file-missing', severity: 'error', command: 'flue add daytona --write' });
		expect(found?.message).toContain(CONNECTOR);
	});

	test('is not right while it holds both sides of a merge', async () => {
		const unfinished = UNTOUCHED.replace(
			'\nexport function daytona(',
			'\n<<<<<<< yours\n=======\n>>>>>>> new\nexport function daytona(',
		);
		for (const content of [unfinished, unfinished.replaceAll('\n', '\r\n')]) {
			const findings = await findingsIn(addedProject('2.1.0', content));
			expect(findings.map(({ code, severity }) => [code, severity])).toEqual([
				['file-edited', 'note'],
				['merge-unfinished', 'error'],
			]);
		}
	});

	test('is not ours where the marker names another connector', async () => {
		expect(await findingIn(addedProject('2.1.0', UNTOUCHED.replace('daytona@1', 'other@1')))).toMatchObject({
			code: 'file-of-others',
		});
	});

	test('is edited where its marker names a template that never was', async () => {
		expect(await findingIn(addedProject('2.1.0', connectorFile('2.0.2', 0)))).toMatchObject({ code: 'file-edited' });
	});

	test('is from a newer template than this tool knows', async () => {
		const found = await findingIn(addedProject('2.1.0', connectorFile('2.0.2', 99)));
		expect(found).toMatchObject({
			code: 'template-newer',
			severity: 'note',
			command: 'npx flue-connectors@latest check daytona',
		});
	});

	test('is found where --path says', async () => {
		const cwd = addedProject('2.1.0', UNTOUCHED, { 'lib/sandbox.ts': UNTOUCHED });
		const { stdout, exitCode } = await flue(['check', 'daytona', '--path', 'lib/sandbox.ts', '--json'], { cwd });
		expect({ exitCode, file: JSON.parse(stdout).checked[0].file }).toEqual({
			exitCode: 0,
			file: { path: 'lib/sandbox.ts', state: 'untouched' },
		});
	});
});

describe('without a name', () => {
	test('checks what was added', async () => {
		const { stdout } = await flue(['check', '--json'], { cwd: addedProject('2.1.0', UNTOUCHED) });
		expect(JSON.parse(stdout).checked).toEqual([
			{
				connector: 'daytona',
				file: { path: CONNECTOR, state: 'untouched' },
				runtime: '@flue/runtime 2.1.0 (installed)',
				findings: [],
				warnings: [],
			},
		]);
	});

	test('fails where nothing was added, so that a check in CI does not pass by mistake', async () => {
		const cwd = temporaryFolder({ 'package.json': { dependencies: { '@flue/runtime': '2.1.0' } } });
		const { stderr, exitCode } = await flue(['check'], { cwd });
		expect(exitCode).toBe(5);
		expect(stderr).toContain('error nothing-added: No connector was added to this project.\n    flue add\n');
	});
});

const FITTING: readonly (readonly [Since, string])[] = [
	['0.6.0', '0.7.1'],
	['0.8.0', '0.8.1'],
	['0.9.0', '0.11.1'],
	['1.0.0-beta.1', '1.0.0-beta.2'],
	['1.0.0-beta.3', '1.0.0-beta.9'],
	['2.0.0', '2.0.1'],
	['2.0.2', '2.1.0'],
];

test.each(FITTING)('takes a file for %s with @flue/runtime %s installed', async (since, runtime) => {
	expect(await findingIn(addedProject(runtime, connectorFile(since)))).toBeUndefined();
});

const MISFITS: readonly (readonly [Since, string, string])[] = [
	['0.6.0', '1.0.0-beta.1', 'every deadline is lost without a word, even where the code compiles'],
	['0.9.0', '1.0.0-beta.9', 'every deadline is lost without a word, even where the code compiles'],
	['0.9.0', '2.0.1', 'every deadline is lost without a word, even where the code compiles'],
	['0.9.0', '2.0.3', 'it does not type-check, and every deadline is lost'],
	['1.0.0-beta.3', '0.11.1', 'it does not type-check, and every deadline is lost'],
	['2.0.0', '2.1.0', 'it does not type-check, because this runtime asks for createSandbox()'],
	['2.0.2', '2.0.1', 'it cannot be loaded, because this runtime has no sandboxFromDriver'],
	['2.0.2', '0.8.1', 'it cannot be loaded, because this runtime has no sandboxFromDriver'],
	[
		'2.0.0',
		'1.0.0-beta.9',
		'imports SandboxDiedError, which @flue/runtime 1.0.0-beta.9 does not have: it cannot be loaded',
	],
];

test.each(MISFITS)('refuses a file for %s with @flue/runtime %s installed: %s', async (since, runtime, consequence) => {
	const found = await findingIn(addedProject(runtime, connectorFile(since)));
	expect(found).toMatchObject({
		severity: 'error',
		message: expect.stringContaining(consequence),
		command: 'flue update daytona --write',
	});
});

test.each<[Since, string]>([
	['0.6.0', '0.11.1'],
	['1.0.0-beta.3', '2.0.1'],
])('only notes that a file for %s works with %s too', async (since, runtime) => {
	expect(await findingIn(addedProject(runtime, connectorFile(since)))).toMatchObject({
		code: 'profile-differs',
		severity: 'note',
	});
});

describe('a file of another hand', () => {
	test.each(['options?.timeout', 'options.timeout ?? 60', '(({ timeout }) => timeout)(options)'])(
		'loses its deadlines with %s on 1.0.0-beta.9',
		async (use) => {
			const findings = await findingsIn(addedProject('1.0.0-beta.9', handWritten('timeout', use)));
			expect(findings.map(({ code, severity }) => ({ code, severity }))).toEqual([
				{ code: 'file-of-others', severity: 'note' },
				{ code: 'contract-mismatch', severity: 'error' },
			]);
			expect(findings[1]?.message).toContain('every deadline is lost without a word');
		},
	);

	test.each([
		['reads milliseconds', '1.0.0-beta.9', handWritten('timeoutMs', 'options?.timeoutMs')],
		['reads seconds of a runtime that gives them', '0.11.1', handWritten('timeout', 'options?.timeout')],
		['reads both', '2.0.1', handWritten('timeout', 'options?.timeoutMs ?? options?.timeout')],
		['sets a timeout of its own', '2.0.1', handWritten('cwd2', '{ timeout: 30 }')],
		['speaks of a timeout in a comment', '2.0.1', handWritten('cwd2', 'undefined /* options.timeout */')],
		[
			'makes a driver',
			'2.1.0',
			`import { sandboxFromDriver } from '@flue/runtime';\nexport const daytona = { createSandbox() { return options.timeout; } };\n`,
		],
	])('is left in peace when it %s', async (_, runtime, code) => {
		expect(await findingIn(addedProject(runtime, code))).toMatchObject({ code: 'file-of-others' });
	});

	test('does not type-check without createSandbox() on 2.1.0', async () => {
		const findings = await findingsIn(addedProject('2.1.0', handWritten('timeoutMs', 'options?.timeoutMs')));
		expect(findings.at(-1)).toMatchObject({ code: 'contract-mismatch', severity: 'error' });
	});

	test('may import the SDK by its older name', async () => {
		const manifest = { dependencies: { '@flue/runtime': '2.1.0', '@daytonaio/sdk': '^0.190.0' } };
		const cwd = addedProject('2.1.0', 'export const daytona = 1;\n', { 'package.json': manifest });
		expect(await findingIn(cwd)).toMatchObject({ code: 'file-of-others' });
	});
});

function withManifest(dependencies: object, packages: Readonly<Record<string, string>>, others: Files = {}): string {
	const { 'package.json': _, ...files } = addedFiles('2.1.0', UNTOUCHED);
	const rest = Object.entries(files).filter(([path]) => !path.startsWith('node_modules/'));
	return temporaryFolder({
		...Object.fromEntries(rest),
		'package.json': { dependencies },
		...installed(packages),
		...others,
	});
}

describe('the packages', () => {
	const both = { '@flue/runtime': '^2.1.0', '@daytona/sdk': '^0.216.0' };

	test('include a runtime', async () => {
		const cwd = withManifest({ '@daytona/sdk': '^0.216.0' }, { '@daytona/sdk': '0.216.0' });
		expect(await findingIn(cwd)).toMatchObject({ code: 'runtime-missing', severity: 'error' });
	});

	test('are installed', async () => {
		const findings = await findingsIn(withManifest(both, {}));
		expect(findings.map(({ code, message, command }) => [code, message, command])).toEqual([
			['package-missing', '@flue/runtime is declared and not installed.', 'npm install'],
			['package-missing', '@daytona/sdk is declared and not installed.', 'npm install'],
		]);
	});

	test("are where only Yarn finds them with Plug'n'Play", async () => {
		const map = Object.keys(both)
			.map((name) => `["${name}", [["npm:1", {}]]],`)
			.join('\n');
		expect(await findingIn(withManifest(both, {}, { '.pnp.cjs': map }))).toBeUndefined();
		const empty = await findingsIn(withManifest(both, {}, { '.pnp.cjs': '' }));
		expect(empty.map(({ code }) => code)).toEqual(['package-missing', 'package-missing']);
	});

	test('are declared: the SDK', async () => {
		const found = await findingIn(
			withManifest({ '@flue/runtime': '^2.1.0' }, { '@flue/runtime': '2.1.0', '@daytona/sdk': '0.216.0' }),
		);
		expect(found).toMatchObject({
			code: 'package-undeclared',
			severity: 'error',
			command: 'npm install --no-audit --no-fund "@daytona/sdk@^0.216.0"',
		});
	});

	test('are installed with the manager of the project', async () => {
		const cwd = withManifest(
			{ '@flue/runtime': '^2.1.0' },
			{ '@flue/runtime': '2.1.0' },
			{ 'package.json': { packageManager: 'pnpm@10.34.8', dependencies: { '@flue/runtime': '^2.1.0' } } },
		);
		expect((await findingIn(cwd))?.command).toMatch(/^pnpm add .*"@daytona\/sdk@\^0.216.0"$/);
	});

	test.each(['catalog:', 'workspace:*', 'latest'])(
		'may be declared as %s, which tells no version, and are not installed then',
		async (specifier) => {
			expect(
				await findingIn(withManifest({ ...both, '@daytona/sdk': specifier }, { '@flue/runtime': '2.1.0' })),
			).toMatchObject({ code: 'package-missing' });
		},
	);

	test.each([
		['0.186.9', 'error', 'package-too-old'],
		['0.187.0', undefined, undefined],
		['0.216.4', undefined, undefined],
		['0.230.0', 'note', 'package-newer'],
	])('include an SDK that is neither too old nor unknown: %s', async (version, severity, code) => {
		const cwd = withManifest(
			{ ...both, '@daytona/sdk': `^${version}` },
			{ '@flue/runtime': '2.1.0', '@daytona/sdk': version },
		);
		const found = await findingIn(cwd);
		expect(found === undefined ? {} : { severity: found.severity, code: found.code }).toEqual(
			severity === undefined ? {} : { severity, code },
		);
	});
});

describe('copies of the runtime', () => {
	const cli = installed({ '@flue/cli': '2.0.3' });

	test('are wrong where flue runs with another one than the project', async () => {
		const nested = installed({ '@flue/runtime': '2.0.3' }, 'node_modules/@flue/cli/');
		const found = await findingIn(addedProject('2.1.0', UNTOUCHED, { ...cli, ...nested }));
		expect(found).toMatchObject({ code: 'runtime-copies', severity: 'error' });
		expect(found?.message).toContain(
			'node_modules/@flue/runtime (2.1.0), node_modules/@flue/cli/node_modules/@flue/runtime (2.0.3)',
		);
		expect(found?.message).toContain('"overrides": { "@flue/runtime": "$@flue/runtime" }');
	});

	test('are one when the same is found by way of links', async () => {
		const cwd = addedProject('2.1.0', UNTOUCHED, {});
		rmSync(join(cwd, 'node_modules/@flue/runtime'), { recursive: true });
		const store = join(cwd, 'node_modules/.pnpm/x/node_modules/@flue');
		mkdirSync(store, { recursive: true });
		const real = temporaryFolder({ 'package.json': { name: '@flue/runtime', version: '2.1.0' } });
		const realCli = temporaryFolder({ 'package.json': { name: '@flue/cli', version: '2.0.3' } });
		for (const folder of [store, join(cwd, 'node_modules/@flue')]) symlinkSync(real, join(folder, 'runtime'));
		symlinkSync(realCli, join(cwd, 'node_modules/@flue/cli'));
		expect(await findingIn(cwd)).toBeUndefined();
	});

	test('are found beside a @flue/cli that pnpm links to', async () => {
		const store = 'node_modules/.pnpm/@flue+cli@2.0.3/';
		const cwd = addedProject('2.1.0', UNTOUCHED, installed({ '@flue/cli': '2.0.3', '@flue/runtime': '2.0.3' }, store));
		symlinkSync(join(cwd, store, 'node_modules/@flue/cli'), join(cwd, 'node_modules/@flue/cli'));
		expect(await findingIn(cwd)).toMatchObject({ code: 'runtime-copies', severity: 'error' });
	});

	test('are only noted where one lies at the root of the workspace and flue does not use it', async () => {
		const root = temporaryFolder({
			'package.json': { private: true, workspaces: ['app'] },
			'.git/HEAD': '',
			...installed({ '@flue/runtime': '0.11.1' }),
		});
		const { '.git/HEAD': _head, ...member } = addedFiles('2.1.0', UNTOUCHED);
		writeFiles(join(root, 'app'), { ...member, ...cli });
		expect(await findingIn(join(root, 'app'))).toMatchObject({ code: 'runtime-copies', severity: 'note' });
	});

	test.each<[string, Files]>([
		['the repository', { 'bot/.git/HEAD': '' }],
		['the package, where there is no repository', {}],
		['the workspace', { 'package.json': { workspaces: ['bot'] } }],
	])('are not looked for above %s', async (_, files) => {
		const outer = temporaryFolder(installed({ '@flue/runtime': '0.11.1', '@flue/cli': '0.11.1' }));
		const { '.git/HEAD': _head, ...member } = addedFiles('2.1.0', UNTOUCHED);
		writeFiles(join(outer, 'inner'), files);
		writeFiles(join(outer, 'inner/bot'), member);
		expect(await findingIn(join(outer, 'inner/bot'))).toBeUndefined();
	});
});

function withoutKey(others: Files = {}): string {
	return addedProject('2.1.0', UNTOUCHED, { '.env': 'OPENAI_API_KEY=x\n', ...others });
}

describe('the key', () => {
	test('is missing where neither the environment nor an env file has its name', async () => {
		const found = await findingIn(withoutKey());
		expect(found).toMatchObject({
			code: 'key-missing',
			severity: 'error',
			message: expect.stringMatching(/^DAYTONA_API_KEY /),
		});
		expect(found?.message).toContain(".env, next to your model provider's key");
	});

	test('may be in the environment', async () => {
		expect(await findingIn(withoutKey(), { env: { DAYTONA_API_KEY: 'not-to-be-shown' } })).toBeUndefined();
	});

	const ignored = { '.gitignore': '.env*\n.dev.vars\n' };

	test.each(['.env.local', '.dev.vars'])('is of no use in %s, which flue run does not read', async (file) => {
		const found = await findingIn(withoutKey({ [file]: 'DAYTONA_API_KEY=not-to-be-read\n', ...ignored }));
		expect(found).toMatchObject({ code: 'key-file-unread', severity: 'error' });
		expect(found?.message).toContain(`only in ${file}, which flue run does not read`);
	});

	test('may be in .dev.vars of a Cloudflare project, and is passed over in .env beside that', async () => {
		const [key, cloudflare] = ['DAYTONA_API_KEY=not-to-be-read\n', { 'wrangler.toml': 'name = "bot"\n', ...ignored }];
		expect(await findingIn(withoutKey({ '.dev.vars': key, ...cloudflare }))).toBeUndefined();
		expect(await findingIn(withoutKey({ '.env.local': key, ...cloudflare }))).toBeUndefined();
		expect(await findingIn(withoutKey({ '.env': key, '.dev.vars': 'A=1\n', ...cloudflare }))).toMatchObject({
			code: 'key-missing',
			severity: 'note',
			message: expect.stringContaining('.dev.vars (beside it wrangler reads no .env)'),
		});
	});

	test('may be in any file for a Flue that reads the one that --env names', async () => {
		const cwd = addedProject('0.8.1', connectorFile('0.8.0'), {
			'.env': '',
			'.env.local': 'DAYTONA_API_KEY=not-to-be-read\n',
			...ignored,
		});
		expect(await findingIn(cwd)).toBeUndefined();
	});

	test('is hidden by an empty variable of the environment', async () => {
		expect(await findingIn(addedProject('2.1.0', UNTOUCHED), { env: { DAYTONA_API_KEY: '' } })).toMatchObject({
			code: 'key-hidden',
			severity: 'error',
			message: 'DAYTONA_API_KEY is set to nothing in the environment, which hides the one in .env: unset it.',
		});
	});

	test('is not found behind a byte order mark', async () => {
		const found = await findingIn(
			addedProject('2.1.0', UNTOUCHED, { '.env': '\uFEFFDAYTONA_API_KEY=not-to-be-read\n' }),
		);
		expect(found).toMatchObject({ code: 'key-behind-mark', severity: 'error' });
	});

	test('is not found in UTF-16, as Windows PowerShell writes files', async () => {
		const cwd = addedProject('2.1.0', UNTOUCHED);
		writeFileSync(join(cwd, '.env'), '\uFEFF# keys\r\nDAYTONA_API_KEY=not-to-be-read\r\n', 'utf16le');
		expect(await findingIn(cwd)).toMatchObject({ code: 'key-behind-mark', severity: 'error' });
	});

	test('is found behind a byte order mark and another line', async () => {
		const env = '\uFEFF# keys\nDAYTONA_API_KEY=not-to-be-read\n';
		expect(await findingIn(addedProject('2.1.0', UNTOUCHED, { '.env': env }))).toBeUndefined();
	});

	test('may be a secret that Cloudflare keeps: that it is not here is only a note', async () => {
		expect(await findingIn(withoutKey({ 'wrangler.toml': 'name = "bot"\n' }))).toMatchObject({
			code: 'key-missing',
			severity: 'note',
		});
	});

	test('must not lie in a file that git does not ignore', async () => {
		const found = await findingIn(addedProject('2.1.0', UNTOUCHED, { '.gitignore': 'node_modules\n' }));
		expect(found).toMatchObject({
			code: 'key-file-not-ignored',
			severity: 'error',
			message: expect.stringMatching(/^\.env /),
		});
		expect(found?.command).toContain("appendFileSync('.gitignore'");
	});

	test.each<[string, (cwd: string) => void]>([
		[
			'a .gitignore that is a link, which git does not follow',
			(cwd) => {
				renameSync(join(cwd, '.gitignore'), join(cwd, 'rules'));
				symlinkSync('rules', join(cwd, '.gitignore'));
			},
		],
		[
			'a rule far down that takes it back',
			(cwd) => writeFileSync(join(cwd, '.gitignore'), `.env\n${'# a comment\n'.repeat(8000)}!.env\n`),
		],
	])('must not rely on %s', async (_, change) => {
		const cwd = addedProject('2.1.0', UNTOUCHED, { '.gitignore': '.env\n' });
		expect(await findingIn(cwd)).toBeUndefined();
		change(cwd);
		expect(await findingIn(cwd)).toMatchObject({ code: 'key-file-not-ignored', severity: 'error' });
	});

	test('is never shown', async () => {
		const cwd = addedProject('2.1.0', UNTOUCHED, { '.gitignore': '' });
		const { stdout, stderr } = await flue(['check', '--json'], { cwd, env: { DAYTONA_API_KEY: 'not-to-be-shown' } });
		const { stderr: words } = await flue(['check'], { cwd, env: { DAYTONA_API_KEY: 'not-to-be-shown' } });
		expect(stdout + stderr + words).not.toMatch(/not-to-be/);
	});
});

test('changes nothing, starts no program but a git that looks, and opens no connection', async () => {
	const [cwd, bin] = [addedProject('2.1.0', EDITED), temporaryFolder()];
	for (const name of ['npm', 'git', 'npx']) fakeManager(bin, name);
	const refuse = join(
		temporaryFolder({
			'refuse.cjs': `const refuse = () => { throw new Error('a connection was opened'); };
		require('node:net').Socket.prototype.connect = refuse;
		require('node:dns').lookup = refuse;`,
		}),
		'refuse.cjs',
	);
	const before = readTree(cwd);
	const { exitCode } = await flue(['check'], { cwd, bin, env: { NODE_OPTIONS: `--require "${refuse}"` } });
	expect(exitCode).toBe(0);
	expect(readTree(cwd)).toEqual(before);
	expect(['npm', 'npx'].flatMap((name) => readCalls(bin, name))).toEqual([]);
	const [asked, ...others] = readCalls(bin, 'git').map(({ args }) => args.join(' '));
	expect(asked).toBe('-c core.fsmonitor=false check-ignore --quiet --no-index -- .env');
	expect(others).toEqual([]);
});

test('repeats the folder in the commands that it names', async () => {
	const cwd = addedProject('2.1.0', connectorFile('0.9.0'));
	const { stderr } = await flue(['check', '-C', cwd], { cwd: temporaryFolder() });
	expect(stderr).toContain(`flue update daytona --write -C "../${basename(cwd)}"`);
});

test('names commands of other programs that work from the folder it was started in', async () => {
	const cwd = addedProject('2.1.0', UNTOUCHED, { '.gitignore': '', 'app/': '' });
	rmSync(join(cwd, 'node_modules/@daytona/sdk'), { recursive: true });
	const commands = async (from: string, ...args: string[]) => {
		const { stdout } = await flue(['check', '--json', ...args], { cwd: join(cwd, from) });
		return JSON.parse(stdout).checked[0].findings.map(({ command }: ReportedFinding) => command);
	};
	const append = (file: string) => `node -e "require('node:fs').appendFileSync('${file}', '\\n.env\\n')"`;
	expect(await commands('')).toEqual(['npm install', append('.gitignore')]);
	expect(await commands('.flue')).toEqual(['npm install --prefix ..', append('../.gitignore')]);
	const [, ignore = ''] = await commands('app', '-C', '..');
	execFileSync('sh', ['-c', ignore], { cwd: join(cwd, 'app') });
	expect(readFileSync(join(cwd, '.gitignore'), 'utf8')).toBe('\n.env\n');
});

test.each([
	[['check', 'daytonna'], 'Did you mean daytona?'],
	[['check', '--write'], "Unknown option '--write'"],
])('refuses %s with exit code 2', async (args, words) => {
	const { stderr, exitCode } = await flue(args, { cwd: addedProject('2.1.0', UNTOUCHED) });
	expect(exitCode).toBe(2);
	expect(stderr).toContain(words);
});
