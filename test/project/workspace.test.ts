import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { flue } from '../support/flue.ts';
import { flueManifest, inspect, inspectRefusal } from '../support/inspect.ts';
import { type Files, temporaryFolder, writeFiles } from '../support/temporary-folder.ts';

const MEMBERS = {
	'apps/agent/package.json': flueManifest('^2.1.0'),
	'apps/web/package.json': { name: 'web' },
	'tools/bot/package.json': { name: 'bot', devDependencies: { '@flue/runtime': 'workspace:*' } },
	'tools/old/package.json': { name: 'old' },
	'tools/old/.flue/agents/a.ts': '',
};

describe('at a workspace root that does not use Flue names the members that do', () => {
	it.each<[string, Files, string]>([
		['npm', { 'package.json': { workspaces: ['apps/*', 'tools/*'] } }, 'apps/agent, tools/bot, tools/old'],
		['Yarn 1', { 'package.json': { workspaces: { packages: ['./apps/*/', 'tools/bot'] } } }, 'apps/agent, tools/bot'],
		[
			'pnpm',
			{ 'package.json': {}, 'pnpm-workspace.yaml': "packages:\n  - 'apps/**'\n  - '{tools,x}/*'\n  - '!tools/old'\n" },
			'apps/agent, tools/bot',
		],
		['everything', { 'package.json': { workspaces: ['**'] } }, 'apps/agent, tools/bot, tools/old'],
	])('%s', async (_, files, names) => {
		const root = temporaryFolder({ ...files, ...MEMBERS, 'node_modules/x/package.json': flueManifest('*') });
		const { message, hint } = await inspectRefusal(root);
		expect(message).toBe(`This is the root of a workspace and does not use Flue itself; these members do: ${names}.`);
		expect(hint).toContain('--cwd ');
		expect(hint).toContain(join(root, 'apps/agent'));
	});

	it('from a folder below it that belongs to no member', async () => {
		const root = temporaryFolder({ 'package.json': { workspaces: ['apps/*'] }, ...MEMBERS, 'docs/': '' });
		expect((await inspectRefusal(join(root, 'docs'))).message).toContain('apps/agent');
	});

	it('ten of them at most', async () => {
		const members = Object.fromEntries(
			Array.from({ length: 14 }, (_, n) => [`apps/a${n + 10}/package.json`, flueManifest('*')]),
		);
		const { message } = await inspectRefusal(
			temporaryFolder({ 'package.json': { workspaces: ['apps/*'] }, ...members }),
		);
		expect(message).toMatch(/apps\/a10, .*apps\/a19 and 4 more\.$/);
	});

	it('with what could mislead a terminal taken out of their names', async () => {
		const root = temporaryFolder({
			'package.json': { workspaces: ['apps/*'] },
			'apps/a\u200bb/package.json': flueManifest('*'),
			'apps/c/package.json': flueManifest('*'),
		});
		const { message, hint } = await inspectRefusal(root);
		expect(message + hint).not.toMatch(/[\p{Cc}\p{Cf}]/u);
	});
});

it.each<[string, Files]>([
	[
		'declares the runtime',
		{ 'package.json': { workspaces: ['apps/*'], devDependencies: { '@flue/runtime': '^2.1.0' } } },
	],
	['has a .flue/ folder', { 'package.json': { workspaces: ['apps/*'] }, '.flue/agents/a.ts': '' }],
	['has a connector', { 'package.json': { workspaces: ['apps/*'] }, 'src/connectors/daytona.ts': '' }],
])('takes the workspace root for the project when it %s', async (_, files) => {
	const root = temporaryFolder({ ...MEMBERS, ...files });
	expect(await inspect(root)).toMatchObject({ root, workspaceRoot: root });
});

it.each<[string, Files]>([
	['has no member that uses Flue', { 'package.json': { workspaces: ['apps/*'] }, 'apps/web/package.json': {} }],
	['has no member at all', { 'package.json': {}, 'pnpm-workspace.yaml': 'onlyBuiltDependencies: []\n' }],
	['has a list of members that cannot be read', { 'package.json': {}, 'pnpm-workspace.yaml': '{ - [' }],
	['has members outside of it only', { 'package.json': { workspaces: ['../*', '/'] } }],
])('goes on, and says that there is no runtime, when the workspace %s', async (_, files) => {
	const { warnings } = await inspect(temporaryFolder(files));
	expect(warnings).toEqual([expect.stringContaining('There is no @flue/runtime in this project')]);
});

describe('where the search for members was cut short, and none that was seen uses Flue', () => {
	const hundreds = (name: (n: number) => string) =>
		Object.fromEntries(Array.from({ length: 600 }, (_, n) => [`${name(n)}/package.json`, {}]));
	const HUGE = {
		'package.json': { workspaces: ['apps/*'] },
		...hundreds((n) => `apps/a${n}`),
		'apps/z/package.json': flueManifest('*'),
	};

	it('refuses the root instead of writing for a Flue that nobody asked for, and tells how to name the member', async () => {
		const root = temporaryFolder(HUGE);
		const { stdout, stderr, exitCode } = await flue(['add', 'daytona'], { cwd: root });
		expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
		expect(stderr).toContain(
			'This is the root of a workspace and does not use Flue itself; the search for members ended after 500 folders, and none that was found uses Flue.',
		);
		expect(stderr).toContain('Name the folder of the member with --cwd.');
		expect((await flue(['add', 'daytona', '--write', '--no-install', '-C', 'apps/z'], { cwd: root })).exitCode).toBe(0);
	});

	it.each<[string, Parameters<typeof inspect>[1]]>([
		['--runtime', { runtime: '2.1.0' }],
		['--path', { path: 'daytona.ts' }],
	])('does not take the root for the project with %s either', async (_, options) => {
		expect((await inspectRefusal(temporaryFolder(HUGE), options)).message).toContain(
			'the search for members ended after 500 folders',
		);
	});

	it.each<[string, Files]>([
		[
			'declares the runtime',
			{ 'package.json': { workspaces: ['apps/*'], devDependencies: { '@flue/runtime': '^2.1.0' } } },
		],
		['has a .flue/ folder', { '.flue/agents/a.ts': '' }],
		['has a connector', { 'src/connectors/daytona.ts': '' }],
	])('takes the root for the project when it %s', async (_, files) => {
		const root = temporaryFolder({ ...HUGE, ...files });
		expect((await inspect(root)).root).toBe(root);
	});

	it.each<[string, string, Files]>([
		[
			'members may lie too deep',
			'6 folders',
			{ 'package.json': { workspaces: ['apps/**'] }, 'apps/b/c/d/e/f/g/package.json': flueManifest('*') },
		],
		[
			'a folder holds too many files',
			'1 folder',
			{
				'package.json': { workspaces: ['apps/*'] },
				...Object.fromEntries(Array.from({ length: 2100 }, (_, n) => [`apps/f${n}`, ''])),
			},
		],
	])('says so too when %s', async (_, looked, files) => {
		expect((await inspectRefusal(temporaryFolder(files))).message).toContain(
			`; the search for members ended after ${looked},`,
		);
	});

	it('says so too when a pattern is too long to be tried', async () => {
		const pattern = `${'a'.repeat(201)}/*`;
		const root = temporaryFolder({
			'package.json': { workspaces: [pattern] },
			'apps/a/package.json': flueManifest('*'),
		});
		expect((await inspectRefusal(root)).message).toContain(
			'; a pattern for members of more than 200 characters was left out,',
		);
		writeFiles(root, { 'package.json': { workspaces: [pattern, 'apps/*'] } });
		expect((await inspectRefusal(root)).message).toContain('these members do: apps/a.');
	});

	it('says of the runtime that only these do not have it', async () => {
		const app = { 'apps/a1/package.json': flueManifest('workspace:*') };
		const root = temporaryFolder({
			...HUGE,
			...app,
			'apps/z/package.json': { name: '@flue/runtime', version: '2.0.5' },
		});
		const { runtime, warnings } = await inspect(join(root, 'apps/a1'));
		expect(runtime.version).toBe('2.1.0');
		expect(warnings).toEqual([
			expect.stringContaining(
				'but the search for members ended after 500 folders, and none that was found has it: 2.1.0 is assumed.',
			),
		]);
	});

	it('is not cut short by folders in which no member can be', async () => {
		const root = temporaryFolder({
			'package.json': { workspaces: ['./apps/*/', 'libs/{a,b/c}'] },
			'apps/a/package.json': {},
			...hundreds((n) => `apps/a/src/s${n}`),
		});
		expect((await inspect(root)).root).toBe(root);
		writeFiles(root, { 'libs/b/c/package.json': flueManifest('*') });
		expect((await inspectRefusal(root)).message).toContain('these members do: libs/b/c.');
	});
});

it('says of a member that is the runtime that it names no version', async () => {
	const root = temporaryFolder({
		'package.json': { workspaces: ['apps/*'] },
		'apps/a/package.json': flueManifest('workspace:*'),
		'apps/z/package.json': { name: '@flue/runtime' },
	});
	const { warnings } = await inspect(join(root, 'apps/a'));
	expect(warnings).toEqual([
		expect.stringContaining('but the member of the workspace that has it names no version: 2.1.0 is assumed.'),
	]);
});

it('knows the git root and the workspace root of a member', async () => {
	const root = temporaryFolder({
		'.git/HEAD': '',
		'repo/package.json': { workspaces: ['apps/*'] },
		'repo/apps/a/package.json': flueManifest('*'),
	});
	expect(await inspect(join(root, 'repo/apps/a'))).toMatchObject({
		root: join(root, 'repo/apps/a'),
		workspaceRoot: join(root, 'repo'),
		gitRoot: root,
	});
});

it('looks for a workspace no further up than the git root', async () => {
	const root = temporaryFolder({
		'package.json': { workspaces: ['apps/*'] },
		'apps/a/.git': 'gitdir: elsewhere\n',
		'apps/a/package.json': flueManifest('*'),
	});
	expect(await inspect(join(root, 'apps/a'))).toMatchObject({
		workspaceRoot: undefined,
		gitRoot: join(root, 'apps/a'),
	});
});

describe('a package.json inside of .flue', () => {
	it('that only sets the module type belongs to the package around it', async () => {
		const root = temporaryFolder({
			'package.json': flueManifest('2.1.0'),
			'.flue/package.json': { type: 'module' },
			'.flue/agents/a.ts': '',
		});
		const places = await Promise.all(
			['', '.flue', '.flue/agents'].map(async (folder) => await inspect(join(root, folder))),
		);
		expect(places.map((place) => [place.root, place.connectorPath.value])).toEqual(
			places.map(() => [root, '.flue/connectors/daytona.ts']),
		);
	});

	it('that asks for the runtime is the project, seen from inside', async () => {
		const root = temporaryFolder({
			'package.json': {},
			'.flue/package.json': flueManifest('0.11.1'),
			'.flue/agents/a.ts': '',
		});
		expect(await inspect(join(root, '.flue/agents'))).toMatchObject({
			root: join(root, '.flue'),
			connectorPath: { value: 'connectors/daytona.ts' },
		});
	});

	it('without a package around it is the project', async () => {
		const root = temporaryFolder({ '.flue/package.json': {} });
		expect((await inspect(join(root, '.flue'))).root).toBe(join(root, '.flue'));
	});
});
