import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { flue, readTree } from '../support/flue.ts';
import { flueManifest, inspect, inspectRefusal } from '../support/inspect.ts';
import { type Files, temporaryFolder } from '../support/temporary-folder.ts';

const FLUE = flueManifest('^2.1.0');

describe('names the packages that use Flue, and writes nothing for another Flue into the wrong one', () => {
	it.each<[string, Files, string]>([
		[
			'in .flue/, beside a root without Flue',
			{ 'package.json': { name: 'web' }, '.flue/package.json': FLUE, '.flue/src/agents/a.ts': '' },
			'This package does not use Flue itself; the one in its .flue/ does: .flue.',
		],
		[
			'in .flue/, where a connector is already',
			{ 'package.json': {}, '.flue/package.json': FLUE, '.flue/connectors/daytona.ts': '' },
			'This package does not use Flue itself; the one in its .flue/ does: .flue.',
		],
		[
			'below a root outside of any workspace',
			{ 'package.json': { name: 'docs' }, 'examples/bot/package.json': FLUE, 'examples/web/package.json': {} },
			'This package does not use Flue itself; these below it do: examples/bot.',
		],
		[
			'below a root without package.json',
			{ 'one/package.json': FLUE, 'two/.flue/package.json': FLUE, 'three/package.json': {} },
			'these packages below it use Flue: one, two/.flue.',
		],
	])('%s', async (_, files, sentence) => {
		const root = temporaryFolder({ '.git/HEAD': '', ...files });
		const before = readTree(root);
		for (const mode of ['--print', '--write', '--dry-run', '--diff', '--json']) {
			const { stdout, stderr, exitCode } = await flue(['add', 'daytona', mode], { cwd: root });
			expect(exitCode).toBe(2);
			expect(stdout + stderr).toContain(sentence);
			expect(stdout + stderr).toContain('--cwd ');
		}
		expect(readTree(root)).toEqual(before);
	});

	it('and takes a root without Flue where --runtime says so', async () => {
		const root = temporaryFolder({ 'package.json': {}, 'examples/bot/package.json': FLUE });
		expect((await inspect(root, { runtime: '2.1.0' })).root).toBe(root);
	});
});

it.each<[string, Files, string]>([
	['.flue/src/', { '.flue/src/agents/a.ts': '' }, 'src/connectors/daytona.ts'],
	['.flue/', { '.flue/agents/a.ts': '' }, 'connectors/daytona.ts'],
	['.flue/, which are still to come', {}, 'connectors/daytona.ts'],
])('writes into the package in .flue/, whose sources are in %s', async (_, files, path) => {
	const root = temporaryFolder({ 'package.json': {}, '.flue/package.json': flueManifest('0.11.1'), ...files });
	const project = await inspect(join(root, '.flue'));
	expect(project).toMatchObject({ root: join(root, '.flue'), connectorPath: { value: path } });
});

describe('a package.json above the folder that has nothing of Flue', () => {
	it.each<[string, Files, string]>([
		['without git', { 'package.json': {}, 'new/': '' }, 'new'],
		['outside of the repository', { 'package.json': {}, 'work/.git/HEAD': '', 'work/new/': '' }, 'work/new'],
	])('is not written to %s', async (_, files, folder) => {
		const root = temporaryFolder(files);
		const { message, hint } = await inspectRefusal(join(root, folder));
		expect(message).toContain('does not use Flue');
		expect(hint).toContain(`--cwd`);
		expect((await inspect(root)).root).toBe(root);
	});

	it('is not written to in a home folder that is a repository', async () => {
		const home = temporaryFolder({ '.git/HEAD': '', 'package.json': {}, 'new/': '' });
		const before = process.env['HOME'];
		process.env['HOME'] = home;
		onTestFinished(() => void (process.env['HOME'] = before));
		expect((await inspectRefusal(join(home, 'new'))).message).toContain('does not use Flue');
	});

	it('is taken in its own repository, and where it does use Flue', async () => {
		const root = temporaryFolder({ '.git/HEAD': '', 'package.json': {}, 'docs/': '' });
		expect((await inspect(join(root, 'docs'))).root).toBe(root);
		const flueRoot = temporaryFolder({ 'package.json': FLUE, 'docs/': '' });
		expect((await inspect(join(flueRoot, 'docs'))).root).toBe(flueRoot);
	});
});

describe('the nearer .flue/ counts', () => {
	const files = {
		'.git/HEAD': '',
		'package.json': FLUE,
		'.flue/agents/a.ts': '',
		'apps/bot/.flue/agents/hello.ts': '',
		'apps/old/src/agents/hello.ts': '',
		'docs/': '',
	};

	it.each([
		['apps/bot', 'apps/bot/.flue/connectors/daytona.ts'],
		['apps/bot/.flue/agents', 'apps/bot/.flue/connectors/daytona.ts'],
		['apps/old', 'apps/old/src/connectors/daytona.ts'],
		['.', '.flue/connectors/daytona.ts'],
		['.flue/agents', '.flue/connectors/daytona.ts'],
		['docs', '.flue/connectors/daytona.ts'],
	])('from %s', async (folder, path) => {
		const root = temporaryFolder(files);
		const cwd = join(root, folder);
		const { exitCode } = await flue(['add', 'daytona', '--write', '--no-install', '--example', 'basic'], { cwd });
		expect(exitCode).toBe(0);
		const written = Object.keys(readTree(root)).filter((name) => name.includes('daytona'));
		const example = path.replace('connectors/daytona.ts', 'agents/hello-daytona.ts');
		expect(written.toSorted()).toEqual([path, example].toSorted());
		expect(readTree(root)[example]).toContain("from '../connectors/daytona'");
		const again = await flue(['add', 'daytona', '--write', '--no-install', '--json'], { cwd });
		expect(JSON.parse(again.stdout)).toMatchObject({ status: 'unchanged', project: { root: { value: root } } });
	});

	it('and the root is named where it is another folder, in every mode', async () => {
		const root = temporaryFolder(files);
		for (const mode of ['--print', '--dry-run', '--diff', '--write']) {
			const args = ['add', 'daytona', mode, '--no-install'];
			const { stderr } = await flue(args, { cwd: join(root, 'apps/bot') });
			expect(stderr).toContain('Project: ../..\n');
			expect((await flue(args, { cwd: root })).stderr).not.toContain('Project: ');
		}
	});
});
