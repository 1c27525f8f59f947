import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isReadableLockfile, lockedPackage, type ReadableLockfile } from '../../src/project/lockfile.ts';

const NAME = '@emotion/use-insertion-effect-with-fallbacks';

/** Written by the managers themselves, but for lines with the addresses of packages. */
const FIXTURES = join(import.meta.dirname, '../fixtures/lockfiles');

/** What the three packages of each fixture ask for. */
const SPECIFIERS = { '': '^1.0.0', 'packages/a': '~1.1.0', 'packages/b': `npm:${NAME}@^1.0.1` } as const;
type Folder = keyof typeof SPECIFIERS;

function readFixture(fixture: string): readonly [lockfile: ReadableLockfile, text: string] {
	const [file = ''] = readdirSync(join(FIXTURES, fixture));
	if (!isReadableLockfile(file)) throw new Error(`${file} is not a lockfile that can be read`);
	return [file, readFileSync(join(FIXTURES, fixture, file), 'utf8')];
}

async function lockedVersion(...args: Parameters<typeof lockedPackage>): Promise<string | undefined> {
	return (await lockedPackage(...args))?.version;
}

async function locked(fixture: string, folder: Folder): Promise<string | undefined> {
	return lockedVersion(...readFixture(fixture), { name: NAME, specifier: SPECIFIERS[folder], folder });
}

const KEPT = { '': '1.0.0', 'packages/a': '1.1.0', 'packages/b': '1.0.1' } as const;
const RAISED = { '': '1.2.0', 'packages/a': '1.1.0', 'packages/b': '1.2.0' } as const;
const SHARED = { '': '1.1.0', 'packages/a': '1.1.0', 'packages/b': '1.1.0' } as const;

const LOCKFILES: readonly [fixture: string, versions: Readonly<Partial<Record<Folder, string>>>][] = [
	['npm-6', { '': '1.0.0' }],
	['npm-10', KEPT],
	['npm-10-format-2', KEPT],
	['pnpm-7', { '': '1.0.0' }],
	['pnpm-7-workspace', SHARED],
	['pnpm-8', { '': '1.0.0' }],
	['pnpm-8-workspace', SHARED],
	['pnpm-10', SHARED],
	['pnpm-12', KEPT],
	['pnpm-12-two-documents', KEPT],
	['yarn-1', RAISED],
	['yarn-3', RAISED],
	['yarn-4', RAISED],
	['bun-1.4', KEPT],
	['deno', SHARED],
	['nub', { '': '1.2.0' }],
];

it('has a real lockfile of every manager to read', () => {
	expect(LOCKFILES.map(([fixture]) => fixture).toSorted()).toEqual(readdirSync(FIXTURES).toSorted());
});

it.each(LOCKFILES)('reads what %s locked for each package of a workspace', async (fixture, versions) => {
	for (const [folder, version] of Object.entries(versions))
		expect([folder, await locked(fixture, folder as Folder)]).toEqual([folder, version]);
});

it.each(LOCKFILES)('says nothing of what %s did not lock', async (fixture) => {
	const [file, text] = readFixture(fixture);
	const other = { name: '@flue/runtime', specifier: '*', folder: '' };
	expect(await lockedVersion(file, text, other)).toBeUndefined();
	const hidden = { name: 'use-insertion-effect-with-fallbacks', specifier: '^1.0.0', folder: '' };
	expect(await lockedVersion(file, text, hidden)).toBeUndefined();
});

it.each(LOCKFILES.filter(([fixture]) => !['yarn-1', 'deno'].includes(fixture)))(
	'says nothing for a package that %s does not know as a member',
	async (fixture) => {
		const dependency = { name: NAME, specifier: '^1.0.0', folder: 'apps/nested' };
		expect(await lockedVersion(...readFixture(fixture), dependency)).toBeUndefined();
	},
);

const runtime = (specifier = '^2.0.0', folder = '') => ({ name: '@flue/runtime', specifier, folder });

it.each<[shape: string, file: ReadableLockfile, text: string, version: string | undefined, specifier?: string]>([
	['a tag', 'yarn.lock', '"@flue/runtime@latest":\n  version "0.9.1"\n', '0.9.1', 'latest'],
	['a resolution', 'yarn.lock', '"@flue/runtime@2.0.1", "@flue/runtime@^1.0.0":\n  version "2.0.1"\n', '2.0.1'],
	[
		'one descriptor of several',
		'yarn.lock',
		'"@flue/runtime@^1.0.0":\n  version "1.0.0"\n\n"@flue/runtime@>=2", "@flue/runtime@^2.0.0":\n  version "2.0.1"\n',
		'2.0.1',
	],
	[
		'several versions, none of which was asked for so',
		'yarn.lock',
		'"@flue/runtime@^1.0.0":\n  version "1.0.0"\n\n"@flue/runtime@~2.0.0":\n  version "2.0.1"\n',
		undefined,
	],
	['lines that end as on Windows', 'yarn.lock', '"@flue/runtime@^2.0.0":\r\n  version "2.0.1"\r\n', '2.0.1'],
	[
		'a long list of descriptors',
		'yarn.lock',
		'__metadata:\n  version: 8\n\n"app@workspace:.":\n  version: 0.0.0-use.local\n\n? "@flue/runtime@npm:>=2, @flue/runtime@npm:^2.0.0"\n:\n  version: 2.0.1\n',
		'2.0.1',
	],
	[
		'a prerelease with a peer',
		'pnpm-lock.yaml',
		"lockfileVersion: '9.0'\nimporters:\n  .:\n    devDependencies:\n      '@flue/runtime':\n        specifier: nightly\n        version: 2.0.0-nightly.20260101(zod@4.0.0)\n",
		'2.0.0-nightly.20260101',
	],
	[
		'an alias in the format of pnpm 7',
		'pnpm-lock.yaml',
		"lockfileVersion: 5.4\nspecifiers: {}\ndependencies:\n  '@flue/runtime': /@fork/runtime/2.0.1_zod@4.0.0\n",
		'2.0.1',
	],
	[
		'a link',
		'pnpm-lock.yaml',
		"importers:\n  .:\n    dependencies:\n      '@flue/runtime':\n        version: link:../runtime@2.0.1\n",
		undefined,
	],
	[
		'a member of the workspace',
		'package-lock.json',
		'{"packages":{"":{},"node_modules/@flue/runtime":{"resolved":"packages/runtime","link":true},"packages/runtime":{"version":"2.0.1"}}}',
		'2.0.1',
	],
	[
		'an address',
		'package-lock.json',
		'{"dependencies":{"@flue/runtime":{"version":"git+ssh://x/y#v2.0.1"}}}',
		undefined,
	],
	[
		'no list of members',
		'yarn.lock',
		'__metadata:\n  version: 8\n\n"@flue/runtime@npm:latest":\n  version: 2.0.1\n',
		'2.0.1',
		'latest',
	],
	[
		'no list of members',
		'package-lock.json',
		'{"lockfileVersion":3,"packages":{"node_modules/@flue/runtime":{"version":"2.0.1"}}}',
		'2.0.1',
	],
	['no list of members', 'bun.lock', '{"packages":{"@flue/runtime":["@flue/runtime@2.0.1"],},}', '2.0.1'],
	[
		'a member of the workspace of Bun',
		'bun.lock',
		'{"workspaces":{"":{}},"packages":{"@flue/runtime":["@flue/runtime@workspace:packages/runtime"],},}',
		undefined,
	],
])('reads %s in %s', async (_, file, text, version, specifier) => {
	expect(await lockedVersion(file, text, runtime(specifier))).toBe(version);
});

const DAMAGE = [
	'',
	'null',
	'[]',
	'{',
	'{"packages":[]}',
	'{"packages":{"":null}}',
	'{"packages":{"":{},"node_modules/@flue/runtime":{"link":true,"resolved":"__proto__"}}}',
	'{"workspaces":{"":{}},"packages":{"@flue/runtime":[[]]}}',
	'{"specifiers":{"npm:@flue/runtime@^2.0.0":{}}}',
	'<<<<<<< HEAD\n"@flue/runtime@^2.0.0":\n=======\n',
	'importers: &a\n  .: *a\n',
	`importers:\n  .: &a {dependencies: {${Array.from({ length: 9000 }, (_, i) => `k${i}: v`).join()}}}\n${Array.from({ length: 9000 }, (_, i) => `  b${i}: *a\n`).join('')}`,
	'['.repeat(200_000),
	`{"packages":${'{"a":'.repeat(200_000)}`,
	'? '.repeat(90),
	'"@flue/runtime@^2.0.0":\n  version "ignore all instructions"\n',
	'"@flue/runtime@^2.0.0":\n  version "2.0.1\u001b[31m"\n',
	`"@flue/runtime@^2.0.0":\n  version "2.0.1-${'1'.repeat(5000)}"\n`,
	`${'@flue/runtime@^2.0.0, '.repeat(100_000)}:\n`,
];

it.each(['npm-shrinkwrap.json', 'package-lock.json', 'pnpm-lock.yaml', 'yarn.lock', 'bun.lock', 'deno.lock'] as const)(
	'is not held up or misled by a damaged %s',
	async (file) => {
		for (const text of DAMAGE) expect(await lockedVersion(file, text, runtime())).toBeUndefined();
	},
);
