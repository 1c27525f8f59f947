import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { allowsNode } from '../../src/ecosystem/flue-versions.ts';
import { addedProject, connectorFile } from '../support/added-project.ts';
import { fakeManager, readCalls } from '../support/fake-manager.ts';
import { flue } from '../support/flue.ts';
import { flueManifest } from '../support/inspect.ts';
import { newerNode } from '../support/node.ts';
import { type Files, temporaryFolder } from '../support/temporary-folder.ts';

const RUNNING = process.versions.node;

/** No Node.js of these days is one. */
const NODE = '>=99.0.0';

function packageOf(node: string, version = '2.1.0'): object {
	return { name: '@flue/runtime', version, engines: { node } };
}

function installedWith(node: string): Files {
	return {
		'package.json': flueManifest('^2.0.0'),
		'.flue/': '',
		'node_modules/@flue/runtime/package.json': packageOf(node),
	};
}

function lockedWith(file: string, text: string | object): Files {
	return { 'package.json': flueManifest('^2.0.0'), '.flue/': '', [file]: text };
}

async function warningsOf(files: Files): Promise<readonly string[]> {
	const { stdout } = await flue(['add', 'daytona', '--dry-run', '--json', '--no-install'], {
		cwd: temporaryFolder(files),
	});
	const { warnings } = JSON.parse(stdout) as { readonly warnings: readonly string[] };
	return warnings.filter((warning) => warning.includes('Node.js'));
}

const PNPM = (key: string) =>
	`lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      '@flue/runtime':\n        specifier: ^2.0.0\n        version: 2.1.0(zod@4.0.0)\npackages:\n\n  '@flue/cli@2.1.0':\n    engines: {node: '>=1'}\n\n  ${key}:\n    resolution: {integrity: sha512-x}\n    engines: {node: '${NODE}', npm: '>=1'}\n`;

describe('a Node.js that the runtime does not run on', () => {
	it.each<[string, Files]>([
		['installed', installedWith(NODE)],
		[
			'in a package-lock.json of format 3',
			lockedWith('package-lock.json', {
				lockfileVersion: 3,
				packages: { '': {}, 'node_modules/@flue/runtime': packageOf(NODE) },
			}),
		],
		[
			'in an npm-shrinkwrap.json of format 2',
			lockedWith('npm-shrinkwrap.json', {
				lockfileVersion: 2,
				packages: { '': {}, 'node_modules/@flue/runtime': packageOf(NODE) },
			}),
		],
		['in a pnpm-lock.yaml', lockedWith('pnpm-lock.yaml', PNPM(`'@flue/runtime@2.1.0'`))],
		['in a pnpm-lock.yaml of format 6', lockedWith('pnpm-lock.yaml', PNPM(`/@flue/runtime@2.1.0(zod@4.0.0)`))],
	])('is named with what the engines ask for: %s', async (_, files) => {
		expect(await warningsOf(files)).toEqual([
			`@flue/runtime \`2.1.0\` needs Node.js \`${NODE}\`, and this is ${RUNNING}: Flue does not start on it, and a package manager may refuse to install (Yarn 1 does). Use another Node.js.`.replaceAll(
				'`',
				'',
			),
		]);
	});

	it.each<[string, Files]>([
		['any that is new enough', installedWith('>=18')],
		['several lines of releases', installedWith('^18.0.0 || >=20.0.0')],
		['what is no range', installedWith('the newest')],
		['nothing', { ...installedWith(''), 'node_modules/@flue/runtime/package.json': { version: '2.1.0' } }],
		[
			'a list, as old packages do',
			{
				...installedWith(''),
				'node_modules/@flue/runtime/package.json': { version: '2.1.0', engines: ['node >= 99'] },
			},
		],
	])('is not meant where the engines ask for %s', async (_, files) => {
		expect(await warningsOf(files)).toEqual([]);
	});

	const YARN_1 = '# yarn lockfile v1\n\n"@flue/runtime@^2.0.0":\n  version "2.1.0"\n';

	it('is known by the locked version where the lockfile has no engines, as that of Yarn', async () => {
		const cwd = temporaryFolder(lockedWith('yarn.lock', YARN_1));
		const warned = async (node: string) =>
			(await flue(['add', 'daytona', '--dry-run'], { cwd, node })).stderr.includes('needs Node.js >=22.19.0');
		expect(await warned(await newerNode())).toBe(false);
		// The one that runs the tests may be new enough itself.
		expect(await warned(process.execPath)).toBe(!allowsNode('>=22.19.0', RUNNING));
	});
});

test('every mode tells of the Node.js that the runtime needs, and check has a finding for it', async () => {
	const warning = `needs Node.js ${NODE}, and this is ${RUNNING}`;
	const cwd = temporaryFolder(installedWith(NODE));
	const bin = temporaryFolder();
	fakeManager(bin, 'npm', "declare('@daytona/sdk', '^0.216.0');");
	const run = (...args: readonly string[]) => flue([...args, 'daytona'], { cwd, bin });
	const instructions = (await run('add', '--print')).stdout;
	expect(instructions).toContain(`Node.js 99.0.0 or later, by its \`engines\``);
	// They are the same on every Node.js.
	expect(instructions).not.toContain('and this is');
	for (const mode of ['--print', '--dry-run', '--diff', '--write'])
		expect((await run('add', mode)).stderr.replaceAll('`', ''), mode).toContain(warning);
	expect(readCalls(bin, 'npm')).toHaveLength(1);
	const { stdout } = await run('check', '--json');
	const { checked } = JSON.parse(stdout);
	expect(checked[0].findings).toContainEqual({
		code: 'node-unfit',
		severity: 'note',
		message: expect.stringContaining(warning),
		command: null,
	});
	expect(checked[0].warnings).toEqual([]);
});

test('a Yarn 1 that refuses to install for it has been warned of before', async () => {
	const cwd = temporaryFolder({ ...installedWith(NODE), 'yarn.lock': '# yarn lockfile v1\n' });
	const bin = temporaryFolder();
	fakeManager(
		bin,
		'yarn',
		`console.error('error @flue/runtime@2.1.0: The engine "node" is incompatible with this module.'); process.exitCode = 1;`,
	);
	const { stderr, exitCode } = await flue(['add', 'daytona', '--write'], { cwd, bin });
	expect(exitCode).toBe(4);
	const [warning, run] = stderr.split('\n');
	expect(warning).toMatch(/^Warning: @flue\/runtime .* needs Node\.js/);
	expect(run).toMatch(/^Running yarn add/);
	expect(stderr).toContain('A package asks for another version of Node.js');
	const { stdout, stderr: nothing } = await flue(['add', 'daytona', '--write', '--json'], { cwd, bin });
	expect([nothing, JSON.parse(stdout).status]).toEqual(['', 'install-failed']);
});

test('a check with a Node.js that fits has nothing to say about it', async () => {
	const cwd = addedProject('2.1.0', connectorFile('2.0.2'), {
		[join('node_modules/@flue/runtime/package.json')]: packageOf('>=18.0.0'),
	});
	expect((await flue(['check', 'daytona'], { cwd })).stdout).not.toContain('Node.js');
});

test.each([
	['>=22.19.0', '22.18.9', false],
	['>=22.19.0', '22.19.0', true],
	['>=22.19.0', '100.0.0', true],
	['^22.19.0 || >=24.1.0', '23.5.0', false],
	['^22.19.0 || >=24.1.0', '24.1.0', true],
	['*', '18.0.0', true],
	[`>=${'9'.repeat(300)}`, '18.0.0', true],
])('engines that ask for %s allow Node.js %s: %s', (range, node, expected) => {
	expect(allowsNode(range, node)).toBe(expected);
});
