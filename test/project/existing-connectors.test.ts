import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { flueManifest, inspect, inspectRefusal } from '../support/inspect.ts';
import { handWritten } from '../support/hand-written.ts';
import { type Files, temporaryFolder } from '../support/temporary-folder.ts';

const OURS = `// flue-connectors: daytona@1 profile=2.0.2 fingerprint=${'0'.repeat(32)}\nexport {};\n`;

const FLUES = '// flue-blueprint: sandbox/daytona@1\nexport {};\n';

const SOMEBODYS = 'export const daytona = () => {};\n';

const FLUE_2 = { 'package.json': flueManifest('2.1.0') };

describe('finds the connector that is there already', () => {
	it.each<[string, string, 'ours' | 'flue' | 'other', Files]>([
		['ours', '.flue/connectors/daytona.ts', 'ours', { '.flue/connectors/daytona.ts': OURS }],
		[
			'ours with Windows line ends and a byte order mark',
			'src/sandboxes/daytona.ts',
			'ours',
			{ 'src/sandboxes/daytona.ts': `\uFEFF${OURS.replaceAll('\n', '\r\n')}` },
		],
		['ours under another name', 'src/connectors/box.ts', 'ours', { 'src/connectors/box.ts': OURS }],
		['ours below a licence', 'src/connectors/daytona.ts', 'ours', { 'src/connectors/daytona.ts': `// MIT\n${OURS}` }],
		["Flue's", 'src/sandboxes/daytona.ts', 'flue', { 'src/sandboxes/daytona.ts': FLUES }],
		[
			"Flue's without a version",
			'sandboxes/daytona.ts',
			'flue',
			{ 'sandboxes/daytona.ts': '// flue-blueprint: sandbox/daytona\n' },
		],
		["somebody's own", 'connectors/daytona.ts', 'other', { 'connectors/daytona.ts': SOMEBODYS }],
		['an .mts file', '.flue/connectors/daytona.mts', 'other', { '.flue/connectors/daytona.mts': SOMEBODYS }],
		['ours in a place of its own', 'src/lib/box/daytona.ts', 'ours', { 'src/lib/box/daytona.ts': OURS }],
		['ours in a place and with a name of its own', 'lib/box.mts', 'ours', { 'lib/box.mts': OURS }],
		[
			'ours, and what the compiler made of it',
			'src/lib/daytona.ts',
			'ours',
			{ 'src/lib/daytona.ts': OURS, 'lib/daytona.js': OURS },
		],
		[
			'the source, beside what the compiler made of it',
			'src/connectors/daytona.ts',
			'other',
			{ 'src/connectors/daytona.ts': SOMEBODYS, 'src/connectors/daytona.js': SOMEBODYS },
		],
	])('%s', async (_, path, origin, files) => {
		const { existingConnector, connectorPath, warnings } = await inspect(temporaryFolder({ ...FLUE_2, ...files }));
		expect(existingConnector).toEqual({ path, origin });
		expect(connectorPath).toEqual({ value: path, from: 'it is there already' });
		expect(warnings).toEqual([]);
	});

	it('in JavaScript, and says that what is written is TypeScript', async () => {
		const { connectorPath, warnings } = await inspect(
			temporaryFolder({ ...FLUE_2, '.flue/sandboxes/daytona.js': SOMEBODYS }),
		);
		expect(connectorPath.value).toBe('.flue/sandboxes/daytona.js');
		expect(warnings).toEqual([expect.stringMatching(/^`\.flue\/sandboxes\/daytona\.js` is JavaScript/)]);
	});

	it('in a source directory that this runtime does not have', async () => {
		const root = temporaryFolder({
			'package.json': flueManifest('0.8.1'),
			'agents/a.ts': '',
			'src/connectors/daytona.ts': OURS,
		});
		expect((await inspect(root)).connectorPath.value).toBe('src/connectors/daytona.ts');
	});
});

/** More folders than the search goes through. */
const TOO_MANY: Files = Object.fromEntries(Array.from({ length: 320 }, (_, n) => [`src/f${n}/`, '']));

const HAND_WRITTEN = handWritten('timeout', 'options?.timeout');

describe('finds the connector that a source of Flue imports, where the search does not reach', () => {
	it.each<[string, string, 'ours' | 'flue' | 'other', Files]>([
		[
			'an agent',
			'src/f9/deep/box.ts',
			'ours',
			{ 'src/agents/a.ts': "import { daytona } from '../f9/deep/box';", 'src/f9/deep/box.ts': OURS },
		],
		[
			'a workflow, with the extension that it is compiled to',
			'src/f9/deep/box.mts',
			'flue',
			{ 'src/workflows/a.ts': 'import * as box from "../f9/deep/box.mjs";', 'src/f9/deep/box.mts': FLUES },
		],
		[
			'the app, by way of others',
			'src/f9/deep/box/index.ts',
			'other',
			{
				'src/app.ts': "import './f8/setup.ts';",
				'src/f8/setup.ts': "export * from '../f9/deep/index.js';",
				'src/f9/deep/index.ts': "export { daytona } from './box';",
				'src/f9/deep/box/index.ts': HAND_WRITTEN,
			},
		],
		[
			'an agent in a place of its own, when it needs it',
			'src/f9/deep/box.ts',
			'ours',
			{
				'src/bot.ts': "'use agent';\nexport async function Bot() { await import('./f9/deep/box.ts'); }",
				'src/f9/deep/box.ts': OURS,
			},
		],
		[
			'a channel, from outside of the source directory',
			'f9/deep/box.ts',
			'ours',
			{ 'src/channels/a.ts': "export { daytona as box } from '../../f9/deep/box.ts';", 'f9/deep/box.ts': OURS },
		],
	])('%s', async (_, path, origin, files) => {
		const root = temporaryFolder({ ...FLUE_2, ...TOO_MANY, ...files });
		const { existingConnector, isSearchComplete } = await inspect(root);
		expect(existingConnector).toEqual({ path, origin });
		expect(isSearchComplete).toBe(true);
	});

	it.each<[string, Files]>([
		['nothing imports it', { 'src/agents/a.ts': '' }],
		['a file that is not there is imported', { 'src/agents/a.ts': "import '../f9/deep/other.ts';" }],
		['a package is imported', { 'src/agents/a.ts': "import { daytona } from 'f9/deep/box';" }],
	])('and says that it did not see all where %s', async (_, files) => {
		const root = temporaryFolder({ ...FLUE_2, ...TOO_MANY, 'src/f9/deep/box.ts': OURS, ...files });
		const { existingConnector, isSearchComplete } = await inspect(root);
		expect(existingConnector).toBeUndefined();
		expect(isSearchComplete).toBe(false);
	});
});

it('finds the connector that sources in a folder of the package import from the rest of it', async () => {
	const root = temporaryFolder({
		...FLUE_2,
		'apps/bot/.flue/agents/a.ts': "import { daytona } from '../../../../lib/box.ts';",
		'lib/box.ts': OURS,
	});
	const { existingConnector, connectorPath } = await inspect(join(root, 'apps/bot'));
	expect(existingConnector).toEqual({ path: 'lib/box.ts', origin: 'ours' });
	expect(connectorPath.value).toBe('lib/box.ts');
});

describe("finds somebody's own connector by its code", () => {
	it.each<[string, string, Files]>([
		['in a place and with a name of its own', 'src/lib/box.ts', { 'src/lib/box.ts': HAND_WRITTEN }],
		[
			'for the older SDK',
			'lib/sandbox.mts',
			{
				'lib/sandbox.mts': `import { Sandbox } from "@daytonaio/sdk"\nimport { sandboxFromDriver } from "@flue/runtime"\n`,
			},
		],
		[
			'without the SDK, by what it exports',
			'src/lib/box.ts',
			{
				'src/lib/box.ts':
					"import type { SandboxFactory } from '@flue/runtime';\nexport const daytona = (box: any): SandboxFactory => box;\n",
			},
		],
		[
			'in JavaScript that an agent imports',
			'src/lib/box.js',
			{
				'src/agents/a.js': "import { box } from '../lib/box.js';",
				'src/lib/box.js': "import { Daytona } from '@daytona/sdk';\nexport const box = { createSessionEnv() {} };\n",
			},
		],
		[
			'the one that an agent imports, of two',
			'src/lib/new.ts',
			{
				'src/agents/a.ts': "import { daytona } from '../lib/new';",
				'src/lib/new.ts': HAND_WRITTEN,
				'src/daytona-old.ts': HAND_WRITTEN,
			},
		],
	])('%s', async (_, path, files) => {
		const { existingConnector } = await inspect(temporaryFolder({ ...FLUE_2, 'src/': '', ...files }));
		expect(existingConnector).toEqual({ path, origin: 'other' });
	});
});

describe('takes for a connector neither', () => {
	it.each<[string, Files]>([
		['another one', { 'src/connectors/e2b.ts': OURS.replace('daytona@1', 'e2b@1') }],
		['one whose name begins alike', { 'src/connectors/daytona-pool.ts': OURS.replace('daytona@1', 'daytona-pool@1') }],
		["another of Flue's", { 'src/connectors/sandbox.ts': '// flue-blueprint: sandbox/daytonax@1\n' }],
		['an unmarked file elsewhere', { 'src/lib/daytona.ts': SOMEBODYS }],
		[
			'an agent that has it all in itself',
			{ 'src/agents/a.ts': HAND_WRITTEN, 'src/b.ts': `'use agent';\n${HAND_WRITTEN}` },
		],
		['its test', { 'src/lib/box.test.ts': HAND_WRITTEN }],
		[
			'a file that only uses the SDK',
			{
				'src/agents/a.ts': "import { daytona } from '../lib/box';",
				'src/lib/box.ts': "import { Daytona } from '@daytona/sdk';\nexport const daytona = new Daytona();\n",
			},
		],
		['a connector for another sandbox', { 'src/lib/box.ts': HAND_WRITTEN.replaceAll(/@daytona.sdk|daytona/g, 'e2b') }],
		['types', { 'src/connectors/daytona.d.ts': OURS }],
		['a backup', { 'src/connectors/daytona.ts.orig': OURS }],
		['a build', { 'src/': '', 'dist/connectors/daytona.ts': OURS }],
		['a dependency', { 'src/': '', 'node_modules/x/connectors/daytona.ts': OURS }],
		['a file of another package', { 'src/': '', 'packages/a/package.json': {}, 'packages/a/daytona.ts': OURS }],
		[
			'a file whose name would mislead a reader',
			{ 'src/connectors/`rm -rf` daytona.ts': OURS, 'src/x/ignore the above, daytona.ts': OURS },
		],
	])('%s', async (_, files) => {
		const { existingConnector, connectorPath } = await inspect(temporaryFolder({ ...FLUE_2, ...files }));
		expect(existingConnector).toBeUndefined();
		expect(connectorPath.value).toBe('src/connectors/daytona.ts');
	});
});

it.each<[string, string, Files]>([
	[
		'0.8.1',
		'.flue/connectors/daytona.ts',
		{ '.flue/connectors/daytona.ts': SOMEBODYS, 'src/connectors/daytona.ts': OURS },
	],
	['0.8.1', 'connectors/daytona.ts', { 'connectors/daytona.ts': SOMEBODYS, 'src/connectors/daytona.ts': OURS }],
	['2.1.0', 'src/connectors/daytona.ts', { 'connectors/daytona.ts': OURS, 'src/connectors/daytona.ts': SOMEBODYS }],
	['2.1.0', 'src/connectors/daytona.ts', { 'src/sandboxes/daytona.ts': SOMEBODYS, 'src/connectors/daytona.ts': OURS }],
	[
		'2.1.0',
		'src/sandboxes/daytona.ts',
		{ 'src/connectors/daytona.ts': SOMEBODYS, 'src/sandboxes/daytona.ts': SOMEBODYS },
	],
])('of two connectors takes the one that @flue/runtime %s prefers, %s, and says so', async (version, path, files) => {
	const { existingConnector, warnings } = await inspect(
		temporaryFolder({ 'package.json': flueManifest(version), ...files }),
	);
	expect(existingConnector?.path).toBe(path);
	const other = Object.keys(files).find((file) => file !== path);
	expect(warnings).toEqual([
		`There is more than one daytona connector: \`${path}\` is the one that counts, \`${other}\` can go.`,
	]);
});

describe('--path', () => {
	it.each([
		['src/lib/daytona.ts', 'src/lib/daytona.ts'],
		['./src/../src/box.mts', 'src/box.mts'],
		['lib/@acme/d-1_x.y.ts', 'lib/@acme/d-1_x.y.ts'],
		['..connectors/daytona.ts', '..connectors/daytona.ts'],
	])('%s names the file', async (path, expected) => {
		const project = await inspect(temporaryFolder({ ...FLUE_2, 'src/': '' }), { path });
		expect(project.connectorPath).toEqual({ value: expected, from: '--path' });
		expect(project.existingConnector).toBeUndefined();
	});

	it('can be absolute, and through a link to the project', async () => {
		const root = temporaryFolder({ 'app/package.json': flueManifest('2.1.0'), 'app/src/': '' });
		symlinkSync('app', join(root, 'link'));
		const project = await inspect(join(root, 'app'), { path: join(root, 'link/src/daytona.ts') });
		expect(project.connectorPath.value).toBe('src/daytona.ts');
	});

	it('is relative to the folder in which the command runs', async () => {
		const root = temporaryFolder({ ...FLUE_2, '.flue/agents/': '' });
		expect((await inspect(join(root, '.flue'), { path: 'lib/daytona.ts' })).connectorPath.value).toBe(
			'.flue/lib/daytona.ts',
		);
		expect((await inspect(join(root, '.flue/agents'), { path: '../../lib/daytona.ts' })).connectorPath.value).toBe(
			'lib/daytona.ts',
		);
	});

	it('follows a link that stays in the project', async () => {
		const root = temporaryFolder({ ...FLUE_2, 'src/lib/': '' });
		symlinkSync('src/lib', join(root, 'shared'));
		expect((await inspect(root, { path: 'shared/daytona.ts' })).connectorPath.value).toBe('src/lib/daytona.ts');
	});

	it('onto a file that is there tells whose it is', async () => {
		const root = temporaryFolder({ ...FLUE_2, 'src/a.ts': OURS, 'src/b.ts': FLUES, 'src/c.ts': SOMEBODYS });
		const origins = await Promise.all(
			['a', 'b', 'c'].map(async (name) => (await inspect(root, { path: `src/${name}.ts` })).existingConnector),
		);
		expect(origins).toEqual([
			{ path: 'src/a.ts', origin: 'ours' },
			{ path: 'src/b.ts', origin: 'flue' },
			{ path: 'src/c.ts', origin: 'other' },
		]);
	});

	it('says so when there is a connector elsewhere', async () => {
		const root = temporaryFolder({ ...FLUE_2, 'src/connectors/daytona.ts': OURS });
		const { connectorPath, existingConnector, warnings } = await inspect(root, { path: 'src/second.ts' });
		expect({ path: connectorPath.value, existingConnector }).toEqual({
			path: 'src/second.ts',
			existingConnector: undefined,
		});
		expect(warnings).toEqual([
			'There is a daytona connector already: `src/connectors/daytona.ts`. `src/second.ts` will be a second one.',
		]);
	});

	it.each([
		['../daytona.ts', /^--path \.\.\/daytona\.ts is outside of the package/],
		['/daytona.ts', /^--path \/daytona\.ts is outside of the package/],
		['src/../../no-such-folder-above/daytona.ts', /is outside of the package/],
		['.', /is a folder\.$/],
		['src', /^--path src is a folder\.$/],
		['src/', /is a folder\.$/],
		['src/index.ts/daytona.ts', /cannot be created: .*src\/index\.ts is not a folder\.$/],
		['src/daytona', /does not name a TypeScript file/],
		['src/new/', /does not name a TypeScript file/],
		['', /is a folder\.$/],
		['src/daytona.js', /does not name a TypeScript file/],
		['src/daytona.tsx', /does not name a TypeScript file/],
		['src/daytona.cts', /does not name a TypeScript file/],
		['src/daytona.d.ts', /does not name a TypeScript file/],
		['src/.ts', /does not name a TypeScript file/],
		['src/a\nb.ts', /^--path src\/a\?b\.ts holds a control character\.$/],
		['src/a\0.ts', /holds a control character/],
		['src/a\u001b[2J.ts', /holds a control character/],
		['src/\u202edaytona.ts', /holds a control character/],
		["src/it's.ts", /holds a character that is not allowed/],
		['src/`id`.ts', /holds a character that is not allowed/],
		['src/$(id).ts', /holds a character that is not allowed/],
		['src/my connector.ts', /holds a character that is not allowed/],
		['src/dåytona.ts', /holds a character that is not allowed/],
		[`src/${'x'.repeat(300)}.ts`, /holds a character that is not allowed|is too long/],
		['node_modules/daytona.ts', /not the project's own/],
		['.git/daytona.ts', /not the project's own/],
		['packages/a/src/daytona.ts', /is in another package, packages\/a\.$/],
		['src/agents/daytona.ts', /Flue takes for an agent or a workflow/],
	])('%j is refused', async (path, message) => {
		const root = temporaryFolder({ ...FLUE_2, 'src/index.ts': '', 'packages/a/package.json': {} });
		const refusal = await inspectRefusal(root, { path });
		expect(refusal.message).toMatch(message);
		expect(refusal.hint).not.toBe('');
		expect(refusal.message + refusal.hint).not.toMatch(/[\p{Cc}\p{Cf}]/u);
	});

	it('through a link out of the project is refused, for folders, files and links to nothing', async () => {
		const root = temporaryFolder({
			'app/package.json': flueManifest('2.1.0'),
			'app/src/': '',
			'outside/daytona.ts': OURS,
		});
		symlinkSync('../../outside', join(root, 'app/src/out'));
		symlinkSync('../../outside/daytona.ts', join(root, 'app/src/daytona.ts'));
		symlinkSync('../../nowhere.ts', join(root, 'app/src/dangling.ts'));
		symlinkSync('loop', join(root, 'app/src/loop'));
		const messages = await Promise.all(
			['src/out/daytona.ts', 'src/out/new/daytona.ts', 'src/daytona.ts', 'src/dangling.ts', 'src/loop/daytona.ts'].map(
				async (path) => (await inspectRefusal(join(root, 'app'), { path })).message,
			),
		);
		expect(messages).toEqual([
			expect.stringMatching(/^--path src\/out\/daytona\.ts leads through a link to a place outside of the package/),
			expect.stringMatching(/^--path src\/out\/new\/daytona\.ts leads through a link/),
			expect.stringMatching(/^--path src\/daytona\.ts leads through a link/),
			'--path src/dangling.ts leads through a link to nothing.',
			'--path src/loop/daytona.ts leads through a link to nothing.',
		]);
	});

	it.each<[string, string, Files]>([
		['.flue/connectors/daytona.ts', '2.1.0', { 'src/app.ts': '' }],
		['.flue/connectors/daytona.ts', '2.1.0', { 'bot.ts': "'use agent';\n" }],
		['.flue/connectors/daytona.ts', '0.11.1', { 'src/agents/a.ts': '' }],
		['.flue/connectors/daytona.ts', '0.7.1', { 'agents/a.ts': '' }],
		['.FLUE/connectors/daytona.ts', '0.7.1', { 'agents/a.ts': '' }],
		['src/connectors/daytona.ts', '0.11.1', { 'workflows/a.ts': '' }],
		['src/connectors/daytona.ts', '2.1.0', { 'app.ts': '' }],
	])('%s is refused where it would take over the sources of @flue/runtime %s', async (path, version, files) => {
		const { message, hint } = await inspectRefusal(
			temporaryFolder({ 'package.json': flueManifest(version), ...files }),
			{ path },
		);
		expect(message).toMatch(/would create (?:\.flue|src)\/, which Flue then takes for the source directory/);
		expect(hint).toMatch(/^Name a file in (?:src\/|the package root)/);
	});

	it.each<[string, string, Files]>([
		['.flue/connectors/daytona.ts', '2.1.0', { 'src/index.ts': '' }],
		['.flue/connectors/daytona.ts', '0.11.1', { 'src/index.ts': '' }],
		['src/connectors/daytona.ts', '0.7.1', { 'agents/a.ts': '' }],
		['src/connectors/daytona.ts', '2.1.0', { '.flue/app.ts': '' }],
		['src/connectors/daytona.ts', '2.1.0', {}],
	])('%s is fine where it takes nothing over: @flue/runtime %s', async (path, version, files) => {
		const project = await inspect(temporaryFolder({ 'package.json': flueManifest(version), ...files }), { path });
		expect(project.connectorPath.value).toBe(path);
	});
});

describe('refuses a place in which no file can be', () => {
	it('because .flue is a file', async () => {
		const { message, hint } = await inspectRefusal(temporaryFolder({ 'package.json': {}, '.flue': '' }));
		expect(message).toBe('.flue is a file, but Flue keeps its sources in a folder of that name.');
		expect(hint).toBe('Rename or remove the file .flue.');
	});

	it('because .flue is a link to nothing, or out of the project', async () => {
		const root = temporaryFolder({ 'app/package.json': {}, 'elsewhere/connectors/': '' });
		symlinkSync('../nowhere', join(root, 'app/.flue'));
		expect((await inspectRefusal(join(root, 'app'))).message).toBe('.flue is a link that leads nowhere.');
		rmSync(join(root, 'app/.flue'));
		symlinkSync('../elsewhere', join(root, 'app/.flue'));
		expect((await inspectRefusal(join(root, 'app'))).message).toMatch(
			/^\.flue\/connectors\/daytona\.ts leads through a link to a place outside/,
		);
	});

	it.each<[string, Files, RegExp]>([
		['its folder is a file', { '.flue/connectors': '' }, /cannot be created: .*connectors is not a folder/],
		['it is a folder itself', { '.flue/connectors/daytona.ts/': '' }, /^\.flue\/connectors\/daytona\.ts is a folder/],
	])('because %s', async (_, files, message) => {
		expect((await inspectRefusal(temporaryFolder({ 'package.json': {}, ...files }))).message).toMatch(message);
	});

	it('because it is a pipe, without waiting for what comes out of it', async () => {
		const root = temporaryFolder({ 'package.json': {}, '.flue/connectors/': '' });
		execFileSync('mkfifo', [join(root, '.flue/connectors/daytona.ts')]);
		expect((await inspectRefusal(root)).message).toBe('.flue/connectors/daytona.ts is not a regular file.');
	});
});

it('takes the existing connector even when it is a link, if that stays in the project', async () => {
	const root = temporaryFolder({ ...FLUE_2, 'lib/box.ts': OURS });
	mkdirSync(join(root, 'src/connectors'), { recursive: true });
	symlinkSync('../../lib/box.ts', join(root, 'src/connectors/daytona.ts'));
	expect((await inspect(root)).existingConnector).toEqual({ path: 'src/connectors/daytona.ts', origin: 'ours' });
	rmSync(join(root, 'lib/box.ts'));
	writeFileSync(join(root, 'lib/other.ts'), '');
	expect((await inspectRefusal(root)).message).toBe('src/connectors/daytona.ts leads through a link to nothing.');
});
