import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importSpecifier } from '../../src/project/tsconfig.ts';
import { flueManifest, inspect } from '../support/inspect.ts';
import { installedPackages } from '../support/packages.ts';
import { type Files, temporaryFolder, writeFiles } from '../support/temporary-folder.ts';

const PROJECT = { 'package.json': flueManifest('2.1.0'), 'src/': '' };

function tsconfig(compilerOptions: object, rest: object = {}): object {
	return { ...rest, compilerOptions };
}

/** What a package.json maps, and an `extends` that leads through it to the same file. */
const EXPORTS: readonly (readonly [shape: string, specifier: string, manifest: object])[] = [
	['the exports in one string', 'acme', { exports: './cfg/node.json' }],
	['the export "."', 'acme', { exports: { '.': './cfg/node.json' } }],
	['conditions', 'acme', { exports: { '.': { import: './no.json', require: './cfg/node.json' } } }],
	[
		'nested conditions',
		'acme/x',
		{ exports: { './x': { node: { import: './no.json', default: './cfg/node.json' } } } },
	],
	['types', 'acme', { exports: { types: './cfg/node.json' } }],
	['a subpath', 'acme/node', { exports: { './node': './cfg/node.json' } }],
	['a wildcard', 'acme/node', { exports: { './*': './cfg/*.json' } }],
	['a wildcard with an ending', 'acme/node.json', { exports: { './*.json': './cfg/*.json' } }],
	['an array', 'acme', { exports: { '.': ['./gone.json', './cfg/node.json'] } }],
	['the field tsconfig', 'acme', { tsconfig: './cfg/node' }],
];

/** A name, the extension in an import of a `.ts` connector, of an `.mts` connector, and the tsconfig files. */
const cases: [string, string, string, Files][] = [
	['no tsconfig', '', '.mjs', {}],
	['an empty tsconfig', '', '.mjs', { 'tsconfig.json': '' }],
	['a tsconfig without options', '', '.mjs', { 'tsconfig.json': {} }],
	['bundler', '', '.mjs', { 'tsconfig.json': tsconfig({ module: 'esnext', moduleResolution: 'bundler' }) }],
	[
		'bundler with ts extensions allowed',
		'',
		'.mjs',
		{ 'tsconfig.json': tsconfig({ module: 'esnext', moduleResolution: 'bundler', allowImportingTsExtensions: true }) },
	],
	['preserve', '', '.mjs', { 'tsconfig.json': tsconfig({ module: 'preserve' }) }],
	['nodenext', '.js', '.mjs', { 'tsconfig.json': tsconfig({ module: 'nodenext' }) }],
	[
		'NodeNext in capitals',
		'.js',
		'.mjs',
		{ 'tsconfig.json': tsconfig({ module: 'NodeNext', moduleResolution: 'NodeNext' }) },
	],
	['node16', '.js', '.mjs', { 'tsconfig.json': tsconfig({ module: 'Node16' }) }],
	['node20', '.js', '.mjs', { 'tsconfig.json': tsconfig({ module: 'node20' }) }],
	[
		'nodenext with ts extensions allowed',
		'.ts',
		'.mts',
		{ 'tsconfig.json': tsconfig({ module: 'nodenext', allowImportingTsExtensions: true, noEmit: true }) },
	],
	[
		'nodenext with ts extensions rewritten',
		'.ts',
		'.mts',
		{ 'tsconfig.json': tsconfig({ module: 'nodenext', rewriteRelativeImportExtensions: true }) },
	],
	[
		'comments and trailing commas',
		'.js',
		'.mjs',
		{ 'tsconfig.json': '\uFEFF{\n// Node\n"compilerOptions": { /* x */ "module": "nodenext", },\n}\n' },
	],
	['extends', '.js', '.mjs', { 'tsconfig.json': { extends: './base' }, 'base.json': tsconfig({ module: 'nodenext' }) }],
	[
		'extends, with its own options on top',
		'',
		'.mjs',
		{
			'tsconfig.json': tsconfig({ module: 'esnext', moduleResolution: 'bundler' }, { extends: './base.json' }),
			'base.json': tsconfig({ module: 'nodenext', moduleResolution: 'nodenext' }),
		},
	],
	[
		'extends of several, of which the last counts',
		'.ts',
		'.mts',
		{
			'tsconfig.json': { extends: ['./a.json', './b.json'] },
			'a.json': tsconfig({ module: 'preserve' }),
			'b.json': tsconfig({ module: 'nodenext', allowImportingTsExtensions: true }),
		},
	],
	[
		'extends of a package',
		'.js',
		'.mjs',
		{
			'tsconfig.json': { extends: '@tsconfig/node20/tsconfig.json' },
			'node_modules/@tsconfig/node20/tsconfig.json': tsconfig({ module: 'node16' }),
		},
	],
	[
		'extends of a package by its name',
		'.js',
		'.mjs',
		{
			'tsconfig.json': { extends: '@tsconfig/node20' },
			'node_modules/@tsconfig/node20/tsconfig.json': tsconfig({ module: 'node16' }),
		},
	],
	[
		'extends of a package that names its file',
		'.js',
		'.mjs',
		{
			'tsconfig.json': { extends: 'acme' },
			'node_modules/acme/package.json': { tsconfig: 'configs/node.json' },
			'node_modules/acme/configs/node.json': tsconfig({ module: 'nodenext' }),
		},
	],
	[
		'extends in a circle',
		'.js',
		'.mjs',
		{
			'tsconfig.json': { extends: './a.json' },
			'a.json': tsconfig({ module: 'nodenext' }, { extends: './tsconfig.json' }),
		},
	],
	['extends of what is not there', '', '.mjs', { 'tsconfig.json': { extends: ['./gone.json', 'gone', '../..', '/'] } }],
	[
		'references only',
		'.js',
		'.mjs',
		{
			'tsconfig.json': { files: [], references: [{ path: './tsconfig.app.json' }, { path: './tools' }] },
			'tsconfig.app.json': tsconfig({ strict: true }, { include: ['app'] }),
			'tools/tsconfig.json': tsconfig({ module: 'nodenext' }),
		},
	],
	[
		'a tsconfig nearer to the connector',
		'.js',
		'.mjs',
		{
			'tsconfig.json': tsconfig({ module: 'preserve' }),
			'src/connectors/tsconfig.json': tsconfig({ module: 'nodenext' }),
		},
	],
	...EXPORTS.map(([shape, specifier, manifest]): (typeof cases)[number] => [
		`extends through ${shape} of a package`,
		'.js',
		'.mjs',
		{
			'tsconfig.json': { extends: specifier },
			'node_modules/acme/package.json': manifest,
			'node_modules/acme/cfg/node.json': tsconfig({ module: 'nodenext' }),
			'node_modules/acme/tsconfig.json': tsconfig({ module: 'preserve' }),
		},
	]),
	[
		'extends of what a package does not export',
		'',
		'.mjs',
		{
			'tsconfig.json': { extends: 'acme/cfg/node.json' },
			'node_modules/acme/package.json': { exports: { './base': './base.json' } },
			'node_modules/acme/cfg/node.json': tsconfig({ module: 'nodenext' }),
		},
	],
	[
		"extends of the package's own exports and imports",
		'.ts',
		'.mts',
		{
			'package.json': { ...flueManifest('2.1.0'), exports: { './a': './a.json' }, imports: { '#b': './b.json' } },
			'tsconfig.json': { extends: ['app/a', '#b'] },
			'a.json': tsconfig({ module: 'nodenext' }),
			'b.json': tsconfig({ rewriteRelativeImportExtensions: true }),
		},
	],
	[
		'extends of a package that is not installed, with options of its own',
		'.js',
		'.mjs',
		{ 'tsconfig.json': tsconfig({ module: 'nodenext' }, { extends: '@tsconfig/strictest' }) },
	],
	[
		'a solution, of which the project that includes the file decides',
		'.js',
		'.mjs',
		{
			'tsconfig.json': { files: [], references: [{ path: './tsconfig.web.json' }, { path: './tsconfig.node.json' }] },
			'tsconfig.web.json': tsconfig({ module: 'esnext', moduleResolution: 'bundler' }, { include: ['web'] }),
			'tsconfig.node.json': tsconfig({ module: 'nodenext' }, { include: ['src/**/*.ts', 'src/**/*.mts'] }),
		},
	],
	[
		'a tsconfig with files of its own, beside a project that includes the file',
		'.js',
		'.mjs',
		{
			'tsconfig.json': tsconfig({ module: 'preserve' }, { include: ['web'], references: [{ path: 'server' }] }),
			'server/tsconfig.json': tsconfig({ module: 'nodenext' }, { include: ['../src'] }),
		},
	],
	[
		'a solution whose project takes its files and options from a base',
		'.js',
		'.mjs',
		{
			'tsconfig.json': { files: [], references: [{ path: './a.json' }, { path: './packages/b/tsconfig.json' }] },
			'a.json': tsconfig({ module: 'preserve' }, { include: ['web'] }),
			'packages/b/tsconfig.json': { extends: '../../base.json' },
			'base.json': tsconfig({ module: 'node20' }, { include: ['./src/**/*'] }),
		},
	],
	[
		'a solution in which no project includes the file: the first with options',
		'.js',
		'.mjs',
		{
			'tsconfig.json': { files: [], references: [{ path: './a.json' }, { path: './b.json' }] },
			'a.json': { include: ['a'] },
			'b.json': tsconfig({ module: 'nodenext' }, { include: ['b'] }),
		},
	],
	[
		'references in a circle',
		'.js',
		'.mjs',
		{
			'tsconfig.json': { files: [], references: [{ path: './a.json' }, { path: '.' }] },
			'a.json': tsconfig({ module: 'nodenext' }, { files: [], references: [{ path: './tsconfig.json' }] }),
		},
	],
	[
		'comments in strings, block comments and commas at the end',
		'.js',
		'.mjs',
		{
			'tsconfig.json':
				'/* a\n// b */ {"x": "// no /* comment", "compilerOptions": {"module" /**/ : "nodenext",}, // end\n"files": [,],}',
		},
	],
	['a tsconfig that is no JSON', '', '.mjs', { 'tsconfig.json': 'module.exports = {}' }],
	[
		'options of odd types',
		'',
		'.mjs',
		{ 'tsconfig.json': tsconfig({ module: 7, moduleResolution: ['nodenext'], allowImportingTsExtensions: 'yes' }) },
	],
	['a tsconfig that is a folder', '', '.mjs', { 'tsconfig.json/': '' }],
];

describe('writes an import as the tsconfig wants it', () => {
	it.each(cases)('%s', async (_, extension, extensionOfMts, files) => {
		const root = temporaryFolder({ ...PROJECT, ...files });
		expect((await inspect(root)).importExtension.value).toBe(extension);
		expect((await inspect(root, { path: 'src/connectors/daytona.mts' })).importExtension.value).toBe(extensionOfMts);
	});

	it('of the workspace, where the member has none, and says which', async () => {
		const root = temporaryFolder({
			'package.json': { workspaces: ['apps/*'] },
			'tsconfig.json': tsconfig({ module: 'nodenext' }),
			'apps/a/package.json': flueManifest('2.1.0'),
		});
		expect((await inspect(join(root, 'apps/a'))).importExtension).toEqual({
			value: '.js',
			from: '../../tsconfig.json resolves modules as Node.js does',
		});
	});

	it('but not of a folder above the project', async () => {
		const root = temporaryFolder({ 'tsconfig.json': tsconfig({ module: 'nodenext' }), 'app/package.json': {} });
		expect((await inspect(join(root, 'app'))).importExtension).toEqual({
			value: '',
			from: 'there is no tsconfig.json',
		});
	});

	it('within bounds, in a maze of extends', async () => {
		const files = Object.fromEntries(
			Array.from({ length: 12 }, (_, n) => [
				`t${n}.json`,
				{ extends: Array.from({ length: 200 }, () => `./t${n + 1}.json`) },
			]),
		);
		const root = temporaryFolder({ ...PROJECT, ...files, 'tsconfig.json': { extends: './t0.json' } });
		expect((await inspect(root)).importExtension.value).toBe('');
	});
});

it('writes imports that TypeScript accepts', async () => {
	const typescript = join(await installedPackages({ typescript: '5.9.3' }), 'node_modules/typescript/bin/tsc');
	const options = [
		{ module: 'nodenext' },
		{ module: 'nodenext', rewriteRelativeImportExtensions: true },
		{ module: 'nodenext', allowImportingTsExtensions: true },
		{ module: 'preserve' },
		{ module: 'esnext', moduleResolution: 'bundler', allowImportingTsExtensions: true },
	];
	for (const compilerOptions of options) {
		const root = temporaryFolder({
			...PROJECT,
			'tsconfig.json': tsconfig({ ...compilerOptions, target: 'es2022', noEmit: true, types: [] }),
			'src/connectors/daytona.ts': 'export const daytona = 1;\n',
			'src/other/daytona.mts': 'export const daytona = 1;\n',
		});
		for (const path of ['src/connectors/daytona.ts', 'src/other/daytona.mts']) {
			const { importExtension } = await inspect(root, { path });
			const specifier = importSpecifier('src/agents/a.ts', path, importExtension.value);
			const source = `import { daytona } from '${specifier}';\nexport default daytona;\n`;
			writeFiles(root, { 'src/agents/a.ts': source });
			expect(
				() => execFileSync(process.execPath, [typescript, '-p', root], { encoding: 'utf8', stdio: 'pipe' }),
				source,
			).not.toThrow();
		}
	}
});

it.each([
	['src/agents/a.ts', 'src/connectors/daytona.ts', '', '../connectors/daytona'],
	['.flue/agents/a.ts', '.flue/connectors/daytona.ts', '.js', '../connectors/daytona.js'],
	['a.ts', 'connectors/daytona.ts', '.ts', './connectors/daytona.ts'],
	['src/a.ts', 'src/daytona.mts', '.mjs', './daytona.mjs'],
	['src/agents/a.ts', '.flue/daytona.v1.ts', '', '../../.flue/daytona.v1'],
	['a.ts', '.flue/connectors/daytona.ts', '', './.flue/connectors/daytona'],
] as const)('imports from %s what is in %s', (from, to, extension, expected) => {
	expect(importSpecifier(from, to, extension)).toBe(expected);
});
