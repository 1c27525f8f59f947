import { join } from 'node:path';
import { expect, it } from 'vitest';
import { flue } from '../support/flue.ts';
import { flueManifest } from '../support/inspect.ts';
import { type Files, temporaryFolder } from '../support/temporary-folder.ts';

const MEMBER = { '.git/HEAD': '', 'apps/a/package.json': flueManifest('2.1.0'), 'apps/a/.flue/agents/a.ts': '' };
const yaml = (text: string) => `packages: ['apps/*']\n${text}`;

async function install(files: Files): Promise<string> {
	const cwd = join(temporaryFolder({ ...MEMBER, ...files }), 'apps/a');
	const { stdout } = await flue(['add', 'daytona', '--dry-run', '--json'], { cwd });
	return (JSON.parse(stdout) as { install: string }).install;
}

it.each<[string, Files, string]>([
	[
		'pnpm, in strict mode',
		{ 'package.json': {}, 'pnpm-workspace.yaml': yaml("catalogMode: strict\ncatalog:\n  '@daytona/sdk': ^0.200.0\n") },
		'pnpm add --ignore-workspace-root-check --config.strict-dep-builds=false "@daytona/sdk@catalog:"',
	],
	[
		'pnpm, with a catalog that has a name',
		{ 'package.json': {}, 'pnpm-workspace.yaml': yaml("catalogs:\n  agents:\n    '@daytona/sdk': ^0.200.0\n") },
		'pnpm add --ignore-workspace-root-check --config.strict-dep-builds=false "@daytona/sdk@catalog:agents"',
	],
	[
		'Bun',
		{ 'package.json': { workspaces: ['apps/*'], catalog: { '@daytona/sdk': '^0.200.0' } }, 'bun.lock': '' },
		'bun add "@daytona/sdk@catalog:"',
	],
	[
		'Yarn',
		{
			'package.json': { workspaces: ['apps/*'] },
			'yarn.lock': '__metadata:\n',
			'.yarnrc.yml': "catalog:\n  '@daytona/sdk': ^0.200.0\n",
		},
		'yarn add "@daytona/sdk@catalog:"',
	],
])('takes the SDK from the catalog of %s', async (_, files, command) => {
	expect(await install(files)).toBe(command);
});

it.each<[string, Files]>([
	['is too old', { 'package.json': {}, 'pnpm-workspace.yaml': yaml("catalog:\n  '@daytona/sdk': ^0.100.0\n") }],
	['is no range', { 'package.json': {}, 'pnpm-workspace.yaml': yaml("catalog:\n  '@daytona/sdk': 'file:../sdk'\n") }],
	['has another package', { 'package.json': {}, 'pnpm-workspace.yaml': yaml('catalog:\n  zod: ^3.0.0\n') }],
	[
		'belongs to another manager',
		{ 'package.json': { workspaces: ['apps/*'], catalog: { '@daytona/sdk': '^0.200.0' } }, 'package-lock.json': {} },
	],
	[
		'has a name in a strict workspace, where pnpm would take another',
		{
			'package.json': {},
			'pnpm-workspace.yaml': yaml("catalogMode: strict\ncatalogs:\n  agents:\n    '@daytona/sdk': ^0.200.0\n"),
		},
	],
	[
		'has a name that would steer a shell',
		{ 'package.json': {}, 'pnpm-workspace.yaml': yaml("catalogs:\n  'a;b':\n    '@daytona/sdk': ^0.200.0\n") },
	],
])('takes the tested range where the entry %s', async (_, files) => {
	expect(await install(files)).toMatch(/ "@daytona\/sdk@\^\d/);
});
