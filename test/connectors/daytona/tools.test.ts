import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type ConnectedSandbox, importModule, type SandboxEnv } from '../../support/connector.ts';
import { installedPackages } from '../../support/packages.ts';
import { imageWithout } from '../../support/shells.ts';

interface Tool {
	readonly name: string;
	execute(id: string, parameters: object): Promise<{ content: readonly { text: string }[] }>;
}

type CreateTool = (sandbox: SandboxEnv, options?: object) => Tool;

/** The tools of an agent. The runtime exports them since 2.0; to an older one an export is added, in a copy. */
async function loadTools(
	runtime: '0.11.1' | '2.1.0',
	project: string,
): Promise<(sandbox: SandboxEnv) => readonly Tool[]> {
	const installed = await installedPackages({ '@flue/runtime': runtime });
	const dist = join(project, 'dist');
	cpSync(join(installed, 'node_modules/@flue/runtime/dist'), dist, { recursive: true });
	symlinkSync(join(installed, 'node_modules'), join(project, 'node_modules'));
	const creators = [
		'createReadTool',
		'createWriteTool',
		'createEditTool',
		'createBashTool',
		'createGrepTool',
		'createGlobTool',
	];
	const isModule = (text: string) => creators.every((name) => text.includes(`function ${name}(`));
	const file = readdirSync(dist)
		.map((name) => join(dist, name))
		.find((path) => path.endsWith('.mjs') && isModule(readFileSync(path, 'utf8')));
	if (file === undefined) throw new Error(`The tools of @flue/runtime ${runtime} are not where they were.`);
	writeFileSync(file, `${readFileSync(file, 'utf8')}\nexport const tools = { ${creators.join(', ')} };\n`);
	const { tools } = await importModule<{ tools: Record<string, CreateTool> }>(file);
	return (sandbox) => Object.values(tools).map((create) => create(sandbox, {}));
}

const withoutRipgrep = imageWithout('no rg', ['rg']).options;

describe.each(['0.11.1', '2.1.0'] as const)('the tools of @flue/runtime %s', (runtime) => {
	let connected: ConnectedSandbox;
	let project: string;
	let tools: readonly Tool[];
	beforeAll(async () => {
		project = mkdtempSync(join(tmpdir(), 'tools-'));
		connected = await connect({ runtime, double: withoutRipgrep });
		tools = (await loadTools(runtime, project))(connected.sandbox);
		const { cwd } = connected.sandbox;
		mkdirSync(join(cwd, 'src/deep.ts'), { recursive: true });
		writeFileSync(join(cwd, 'src/a.ts'), 'const a = 1;\nconst needle = 2;\n');
		writeFileSync(join(cwd, "src/it's b.ts"), 'needle\n');
		symlinkSync('nowhere', join(cwd, 'src/dangling.ts'));
	});
	afterAll(async () => {
		await connected.close();
		rmSync(project, { recursive: true });
	});

	const use = async (name: string, parameters: object): Promise<string> => {
		const tool = tools.find((candidate) => candidate.name === name);
		const { content } = (await tool?.execute('call-1', parameters)) ?? { content: [] };
		return content.map(({ text }) => text).join('');
	};

	it('grep finds lines, and nothing but lines', async () => {
		const found = (await use('grep', { pattern: 'needle', path: 'src' })).split('\n').toSorted();
		expect(found).toEqual(['src/a.ts:2:const needle = 2;', "src/it's b.ts:1:needle"]);
	});

	it('grep that finds nothing says so', async () => {
		expect(await use('grep', { pattern: 'no such thing', path: 'src' })).toBe('No matches found.');
	});

	it.each([
		['a pattern that is none', { pattern: 'a[', path: 'src' }, /grep failed: grep: ./],
		[
			'a path that does not exist',
			{ pattern: 'a', path: 'nope' },
			/grep failed: grep: nope: No such file or directory/,
		],
	])('grep that fails gives its reason: %s', async (_name, parameters, message) => {
		await expect(use('grep', parameters)).rejects.toThrow(message);
	});

	it('glob gives files, and only files', async () => {
		const found = (await use('glob', { pattern: '*.ts', path: 'src' })).split('\n').toSorted();
		expect(found).toEqual(['src/a.ts', "src/it's b.ts"]);
	});

	it('glob in a directory that does not exist finds no file', async () => {
		expect(await use('glob', { pattern: '*', path: 'nope' })).toBe('No files found matching pattern.');
	});

	it('bash returns both streams and the exit code', async () => {
		expect(await use('bash', { command: 'echo out; echo err >&2; exit 3' })).toBe(
			'out\n\nerr\n\nCommand exited with code 3',
		);
	});

	it('bash that starts a server comes back at once', async () => {
		expect(await use('bash', { command: 'sleep 300 & echo started' })).toBe('started');
	});

	it('bash that passes its deadline says so, and goes on', async () => {
		expect(await use('bash', { command: 'sleep 60', timeout: 0.5 })).toMatch(
			/0\.5 s.*\n\nCommand exited with code 124$/s,
		);
		expect(await use('bash', { command: 'echo next' })).toBe('next');
	});

	it('write, read and edit make parents, list directories and report a missing file', async () => {
		await use('write', { path: 'new/dir/file.txt', content: 'one two\n' });
		await use('edit', { path: 'new/dir/file.txt', oldText: 'two', newText: 'three' });
		expect(await use('read', { path: 'new/dir/file.txt' })).toBe('one three\n');
		await expect(use('read', { path: 'nope' })).rejects.toThrow(/nope failed: .*[Nn]o such file/);
	});
});
