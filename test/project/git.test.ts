import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { addedFiles, CONNECTOR, connectorFile } from '../support/added-project.ts';
import { fakeManager, readCalls } from '../support/fake-manager.ts';
import { flue } from '../support/flue.ts';
import { inspect } from '../support/inspect.ts';
import { type Files, temporaryFolder, writeFiles } from '../support/temporary-folder.ts';

const HAS_GIT = spawnSync('git', ['--version']).error === undefined;

if (!HAS_GIT) console.info('There is no git on this machine: what it would say is not compared.');

/** No settings of the machine's: only those that a test writes into its own home. */
interface Home {
	readonly folder: string;
	readonly env: Readonly<Record<string, string>>;
}

function home(files: Files = {}): Home {
	const folder = temporaryFolder(files);
	return { folder, env: { HOME: folder, GIT_CONFIG_NOSYSTEM: '1' } };
}

function git(cwd: string, { env }: Home, ...args: readonly string[]): void {
	const author = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' };
	execFileSync('git', ['-c', 'protocol.file.allow=always', ...args], {
		cwd,
		stdio: ['ignore', 'ignore', 'pipe'],
		env: { PATH: process.env['PATH'] ?? '', ...author, ...env },
	});
}

/** A project in which all is right but that nothing keeps git from taking `.env`. */
function project(): Files {
	const { '.git/HEAD': _head, '.gitignore': _rules, ...files } = addedFiles('2.1.0', connectorFile('2.0.2'));
	return { ...files, '.gitignore': 'node_modules\n' };
}

interface Shape {
	readonly cwd: string;
	/** Where info/exclude lies. */
	readonly gitFolder: string;
}

function repository(own: Home): Shape {
	const cwd = temporaryFolder(project());
	git(cwd, own, 'init', '-q');
	return { cwd, gitFolder: join(cwd, '.git') };
}

function committed(own: Home): Shape {
	const shape = repository(own);
	git(shape.cwd, own, 'add', 'package.json');
	git(shape.cwd, own, 'commit', '-qm', 'a');
	return shape;
}

function worktree(own: Home): Shape {
	const { cwd: main, gitFolder } = committed(own);
	const cwd = join(temporaryFolder(), 'tree');
	git(main, own, 'worktree', 'add', '-q', cwd);
	writeFiles(cwd, project());
	return { cwd, gitFolder };
}

function submodule(own: Home): Shape {
	const { cwd: library } = committed(own);
	const outer = temporaryFolder({ '.gitignore': 'bot\n.env\n' });
	git(outer, own, 'init', '-q');
	git(outer, own, 'submodule', 'add', '--quiet', '--force', library, 'bot');
	writeFiles(join(outer, 'bot'), project());
	return { cwd: join(outer, 'bot'), gitFolder: join(outer, '.git/modules/bot') };
}

function bareWithWorktree(own: Home): Shape {
	const { cwd: origin } = committed(own);
	const outer = temporaryFolder();
	const gitFolder = join(outer, '.bare');
	git(outer, own, 'clone', '-q', '--bare', origin, gitFolder);
	writeFileSync(join(outer, '.git'), 'gitdir: ./.bare\n');
	git(outer, own, 'worktree', 'add', '-q', 'tree');
	writeFiles(join(outer, 'tree'), project());
	return { cwd: join(outer, 'tree'), gitFolder };
}

const SHAPES: readonly [string, (own: Home) => Shape][] = [
	['a repository', repository],
	['a worktree', worktree],
	['a submodule', submodule],
	['a bare repository with a worktree', bareWithWorktree],
];

async function isExposed(cwd: string, env: Readonly<Record<string, string>>, bin?: string): Promise<boolean> {
	const { stdout } = await flue(['check', 'daytona', '--json'], { cwd, env, ...(bin === undefined ? {} : { bin }) });
	const { checked } = JSON.parse(stdout) as { checked: { findings: { code: string }[] }[] };
	return checked.some(({ findings }) => findings.some(({ code }) => code === 'key-file-not-ignored'));
}

/** A PATH without git, but with what the tests start. */
function withoutGit(): string {
	const bin = temporaryFolder();
	symlinkSync(process.execPath, join(bin, 'node'));
	return bin;
}

describe.runIf(HAS_GIT)('flue check knows what git ignores', () => {
	it.each(SHAPES)('in %s, by info/exclude, with and without git on PATH', async (_, make) => {
		const own = home();
		const { cwd, gitFolder } = make(own);
		const bare = { ...own.env, PATH: withoutGit() };
		expect([await isExposed(cwd, own.env), await isExposed(cwd, bare)]).toEqual([true, true]);
		mkdirSync(join(gitFolder, 'info'), { recursive: true });
		writeFileSync(join(gitFolder, 'info/exclude'), '.env\n');
		expect([await isExposed(cwd, own.env), await isExposed(cwd, bare)]).toEqual([false, false]);
	});

	it.each(SHAPES)('in %s, by a .gitignore', async (_, make) => {
		const own = home();
		const { cwd } = make(own);
		writeFileSync(join(cwd, '.gitignore'), 'node_modules\n.env*\n');
		expect(await isExposed(cwd, own.env)).toBe(false);
		writeFileSync(join(cwd, '.gitignore'), `.env\n${'# a comment\n'.repeat(8000)}!.env\n`);
		expect(await isExposed(cwd, own.env)).toBe(true);
	});

	it.each<[string, Files, Readonly<Record<string, string>>]>([
		['core.excludesFile', { '.gitconfig': '[core]\n\texcludesFile = ~/rules\n', rules: '.env\n' }, {}],
		['the default place', { '.config/git/ignore': '.env*\n' }, {}],
		['XDG_CONFIG_HOME', { 'xdg/git/ignore': '.env\n' }, { XDG_CONFIG_HOME: 'xdg' }],
	])('by the global rules of a user: %s', async (_, files, env) => {
		const own = home(files);
		const absolute = Object.fromEntries(Object.entries(env).map(([name, path]) => [name, join(own.folder, path)]));
		const { cwd } = repository(own);
		expect(await isExposed(cwd, { ...own.env, ...absolute })).toBe(false);
		expect(await isExposed(cwd, home().env)).toBe(true);
	});

	it('and that it follows no link to a .gitignore', async () => {
		const own = home();
		const { cwd } = repository(own);
		writeFileSync(join(cwd, '.gitignore'), '.env\n');
		expect(await isExposed(cwd, own.env)).toBe(false);
		renameSync(join(cwd, '.gitignore'), join(cwd, 'rules'));
		symlinkSync('rules', join(cwd, '.gitignore'));
		expect(await isExposed(cwd, own.env)).toBe(true);
	});

	it('in a home folder that is a repository, by way of a link to it', async () => {
		const real = home();
		git(real.folder, real, 'init', '-q');
		const link = join(temporaryFolder(), 'home');
		symlinkSync(real.folder, link);
		writeFiles(join(real.folder, 'bot'), project());
		const env = { ...real.env, HOME: link };
		expect(await isExposed(join(link, 'bot'), env)).toBe(true);
		writeFileSync(join(real.folder, '.gitignore'), '/bot/.env\n');
		expect(await isExposed(join(link, 'bot'), env)).toBe(false);
	});

	it('and is not led astray by what a git hook hands on', async () => {
		const own = home();
		const { cwd } = repository(own);
		const other = committed(own);
		writeFileSync(join(other.gitFolder, 'info/exclude'), '.env\n');
		const hook = { GIT_DIR: other.gitFolder, GIT_WORK_TREE: cwd, GIT_INDEX_FILE: join(other.gitFolder, 'index') };
		expect(await isExposed(cwd, { ...own.env, ...hook })).toBe(true);
	});

	it('and runs nothing that the repository names', async () => {
		const own = home();
		const { cwd, gitFolder } = committed(own);
		const trap = join(temporaryFolder(), 'sprung');
		const program = `touch '${trap}'`;
		writeFileSync(
			join(gitFolder, 'config'),
			`${readFileSync(join(gitFolder, 'config'), 'utf8')}\tfsmonitor = "${program}"\n\thooksPath = hooks\n\tpager = "${program}"\n[alias]\n\tcheck-ignore = "!${program}"\n`,
		);
		mkdirSync(join(cwd, 'node_modules/.bin'), { recursive: true });
		fakeManager(join(cwd, 'node_modules/.bin'), 'git');
		expect(await isExposed(cwd, own.env, join(cwd, 'node_modules/.bin'))).toBe(true);
		expect(readCalls(join(cwd, 'node_modules/.bin'), 'git')).toEqual([]);
		expect(() => readFileSync(trap)).toThrow('ENOENT');
	});

	it('and an empty folder named .git is no repository', async () => {
		const cwd = temporaryFolder({ ...project(), '.git/': '' });
		expect(await isExposed(cwd, home().env)).toBe(false);
		git(cwd, home(), 'init', '-q');
		expect(await isExposed(cwd, home().env)).toBe(true);
	});
});

describe.runIf(HAS_GIT)('the repository is found', () => {
	it.each(SHAPES)('from %s, and git takes the patch there', async (_, make) => {
		const own = home();
		const { cwd } = make(own);
		rmSync(join(cwd, CONNECTOR));
		writeFiles(join(cwd, 'packages/bot'), {
			...project(),
			'package.json': addedFiles('2.1.0', '')['package.json'] ?? {},
		});
		rmSync(join(cwd, 'packages/bot', CONNECTOR));
		for (const folder of [cwd, join(cwd, 'packages/bot')]) {
			expect((await inspect(folder)).gitRoot).toBe(cwd);
			const { stdout } = await flue(['add', 'daytona', '--diff', '--no-install'], { cwd: folder, env: own.env });
			const path = [relative(cwd, folder), CONNECTOR].filter((part) => part !== '').join('/');
			expect(stdout).toContain(`+++ b/${path}\n`);
			execFileSync('git', ['apply', '--whitespace=nowarn'], {
				cwd: folder,
				input: stdout,
				env: { PATH: process.env['PATH'] ?? '', ...own.env },
			});
			expect(readFileSync(join(folder, CONNECTOR), 'utf8')).toBe(connectorFile('2.0.2'));
		}
	});
});

test('a git that does not answer as git leaves it to what can be read', async () => {
	const bin = temporaryFolder();
	fakeManager(bin, 'git', 'process.exitCode = 128;');
	const cwd = temporaryFolder({ ...project(), '.git/HEAD': 'ref: refs/heads/main\n' });
	expect(await isExposed(cwd, home().env, bin)).toBe(true);
	writeFileSync(join(cwd, '.gitignore'), '.env\n');
	expect(await isExposed(cwd, home().env, bin)).toBe(false);
	expect(readCalls(bin, 'git').map(({ args }) => args.includes('check-ignore'))).toEqual([true, true]);
});

test('a system that lets nobody start a program leaves it to what can be read as well', async () => {
	const refuse = temporaryFolder({
		'refuse.cjs': `require('node:child_process').spawn = () => { throw new Error('refused'); };`,
	});
	const cwd = temporaryFolder({ ...project(), '.git/HEAD': 'ref: refs/heads/main\n' });
	const env = { ...home().env, NODE_OPTIONS: `--require "${join(refuse, 'refuse.cjs')}"` };
	expect(await isExposed(cwd, env)).toBe(true);
});
