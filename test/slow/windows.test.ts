import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shellWords, windowsForms } from '../../src/lib/shell.ts';
import { fakeManager, readCalls } from '../support/fake-manager.ts';
import { flue, readTree, type Run } from '../support/flue.ts';
import { FLUE_0_7 } from '../support/sample-projects.ts';
import { type Files, temporaryFolder, writeFiles } from '../support/temporary-folder.ts';
import { missingForWine, startWindows, type Windows, windowsPath } from '../support/wine.ts';

const CONNECTOR = '.flue/connectors/daytona.ts';
const DECLARE = `const [name, range] = process.argv.at(-1).split(/(?<=.)@/); declare(name, range);`;
const FAIL = `console.error('npm error code E404'); process.exit(1);`;
const WRITE = ['add', 'daytona', '--write'];

interface Story {
	readonly files?: Files;
	/** Below the temporary folder; the files are in it. */
	readonly folder?: string;
	/** Where the user is, below the folder. */
	readonly cwd?: string;
	/** What npm does; without it there is none. */
	readonly npm?: string;
	/** The runs of the program, one after the other. */
	readonly runs: readonly (readonly string[])[];
}

const MINE: Files = { ...FLUE_0_7, [CONNECTOR]: '// mine\r\n' };
const CRLF: Files = { ...FLUE_0_7, '.env.example': '\uFEFFANTHROPIC_API_KEY=\r\n' };
const MEMBERS: Files = {
	'package.json': { name: 'all', private: true, workspaces: ['apps/*'] },
	'package-lock.json': { name: 'all', lockfileVersion: 3, packages: {} },
	'apps/bot/package.json': { name: 'bot', type: 'module', dependencies: { '@flue/runtime': '^2.0.0' } },
	'apps/bot/src/agents/hello.ts': "'use agent';\nexport function Hello() {}\n",
};

/** The same on both systems: what is printed, the exit codes, what npm is given, and every file in the end. */
const STORIES: Record<string, Story> = {
	'the version, the help and the list': { runs: [['--version'], ['--help'], ['add', '--help'], ['add']] },
	'what cannot be': { runs: [['ad', 'daytona'], ['add', 'daytonna'], ['add', 'daytona', '--print', '--write'], []] },
	'printed instructions': {
		runs: [
			['add', 'daytona', '--print'],
			['add', 'daytona'],
		],
	},
	'one JSON object': {
		npm: DECLARE,
		runs: [
			['add', 'daytona', '--print', '--json'],
			[...WRITE, '--json'],
		],
	},
	'a dry run and a patch': {
		npm: DECLARE,
		runs: [
			['add', 'daytona', '--dry-run'],
			['add', 'daytona', '--diff'],
		],
	},
	'a write, and a second one': { npm: DECLARE, runs: [WRITE, WRITE, ['check'], ['check', '--json']] },
	'a write without npm': { runs: [WRITE, [...WRITE, '--no-install']] },
	'an install that fails': { npm: FAIL, runs: [WRITE] },
	'a file of the user': {
		files: MINE,
		npm: DECLARE,
		runs: [WRITE, ['add', 'daytona', '--diff'], [...WRITE, '--force'], ['update', '--dry-run']],
	},
	'CRLF and a byte order mark': { files: CRLF, npm: DECLARE, runs: [WRITE] },
	'an example': {
		npm: DECLARE,
		runs: [
			[...WRITE, '--example', 'basic'],
			['check', 'daytona'],
		],
	},
	'a folder with everything in its name': {
		folder: "it's a & b ^ (c) ! 100% Jörg 日本",
		npm: DECLARE,
		runs: [WRITE, ['check']],
	},
	'another folder': {
		cwd: '..',
		folder: 'app',
		npm: DECLARE,
		runs: [
			[...WRITE, '-C', 'app'],
			['check', '-C', 'app'],
		],
	},
	'a folder inside': { cwd: '.flue/agents', npm: DECLARE, runs: [['add', 'daytona', '--diff'], WRITE] },
	'a path': {
		npm: DECLARE,
		runs: [
			[...WRITE, '--path', '.flue/sandboxes/box.ts'],
			[...WRITE, '--path', '../x.ts'],
		],
	},
	'names that Windows keeps for devices': {
		runs: [
			'con.ts',
			'NUL.ts',
			'src/aux.mts',
			'.flue/com1.ts',
			'lpt9.box.ts',
			'.flue/prn/box.ts',
			'.flue/x./box.ts',
			'box.ts.',
		].map((path) => [...WRITE, '--path', path]),
	},
	'a member of a workspace': { files: MEMBERS, npm: DECLARE, runs: [WRITE, [...WRITE, '-C', 'apps/bot']] },
	'another manager': {
		files: { ...FLUE_0_7, 'pnpm-lock.yaml': '' },
		npm: DECLARE,
		runs: [WRITE, [...WRITE, '--package-manager', 'npm']],
	},
};

interface Told {
	readonly runs: readonly Run[];
	readonly installs: readonly (readonly string[])[];
	readonly tree: Readonly<Record<string, string>>;
}

const missing = await missingForWine();
if (missing !== undefined) console.info(`The Windows tests are passed over: they need Wine, and ${missing}.`);

describe.runIf(missing === undefined)('on Windows', () => {
	let windows: Windows;
	beforeAll(async () => void (windows = await startWindows()));
	afterAll(() => windows.close());

	/** The folder's own name is left out of what is compared; it is the only thing that may differ. */
	async function tell(story: Story, system: 'windows' | 'here'): Promise<Told> {
		const [top, bin] = [temporaryFolder(), system === 'here' ? temporaryFolder() : windows.binFolder()];
		const root = story.folder === undefined ? top : `${top}/${story.folder}`;
		writeFiles(root, { ...(story.files ?? FLUE_0_7), '.git/': '' });
		if (story.npm !== undefined) (system === 'here' ? fakeManager : windows.fakeManager)(bin, 'npm', story.npm);
		const options = { cwd: story.cwd === undefined ? root : `${root}/${story.cwd}`, bin };
		const run = (args: readonly string[]) =>
			system === 'here' ? flue(args, { ...options, env: { PATH: '/nowhere' } }) : windows.flue(args, options);
		const names = [windowsPath(top), windowsPath(top).replaceAll('\\', '\\\\'), top];
		const neutral = (text: string) =>
			names
				.reduce((rest, name) => rest.replaceAll(name, '<top>'), text)
				.replaceAll(/<top>[^\s"]*/g, (path) => path.replaceAll(/\\+/g, '/'));
		const runs: Run[] = [];
		for (const args of story.runs) {
			const { stdout, stderr, exitCode } = await run(args);
			runs.push({ stdout: neutral(stdout), stderr: neutral(stderr), exitCode });
		}
		return { runs, installs: readCalls(bin, 'npm').map(({ args }) => args), tree: readTree(root) };
	}

	test.for(Object.entries(STORIES))('tells the same story as here: %s', async ([, story]) => {
		const [here, there] = [await tell(story, 'here'), await tell(story, 'windows')];
		expect(there).toEqual(here);
	});

	describe('in cmd', () => {
		/** As somebody types it; `tell` is a program that tells its words. */
		async function typed(line: string): Promise<unknown> {
			const bin = windows.binFolder();
			windows.fakeManager(bin, 'tell', '');
			await windows.cmd(line, { cwd: temporaryFolder(), bin });
			return readCalls(bin, 'tell').map(({ args }) => args);
		}

		test.each([
			[['add', 'daytona', '-C', 'my project', '@daytona/sdk@^0.216.0', 'a,b', 'a&b', '(c)', "it's"]],
			[['run', 'hello', '-m', 'Which Linux is this?']],
		])('a printed command is taken as it is meant: %j', async (words) => {
			expect(await typed(`tell ${shellWords(words)}`)).toEqual([words]);
		});

		test('JSON has a form of its own', async () => {
			const words = ['run', 'code', '--data', '{"repo":"https://x.test/a","prompt":"Run the tests."}', '--env', '.env'];
			expect(await typed(windowsForms('tell', words)?.cmd ?? '')).toEqual([words]);
		});
	});

	test('two spellings of a folder are one: its case, and that of the drive', async () => {
		const [top, bin] = [temporaryFolder(), windows.binFolder()];
		const cwd = join(top, 'App');
		writeFiles(cwd, { ...FLUE_0_7, '.git/HEAD': '' });
		windows.fakeManager(bin, 'npm', DECLARE);
		const full = windowsPath(cwd);
		expect((await windows.flue([...WRITE, '-C', full.toLowerCase()], { cwd: top, bin })).exitCode).toBe(0);
		const spellings = ['../APP', full.replace('Z:', 'z:'), full.toUpperCase(), full.replaceAll('\\', '/')];
		for (const folder of spellings) {
			const { stderr } = await windows.flue(
				[...WRITE, '-C', folder, '--path', `${folder}/.FLUE/Connectors/DAYTONA.TS`],
				{
					cwd,
					bin,
				},
			);
			expect(stderr).toBe(`Daytona is already set up (${CONNECTOR}). Nothing to do.\n`);
			const patch = await windows.flue(['add', 'daytona', '--diff', '--force', '-C', folder], { cwd, bin });
			expect(patch.stderr).toBe(`Daytona is already set up (${CONNECTOR}). Nothing to do.\n`);
		}
		expect(Object.keys(readTree(top)).filter((path) => /daytona/i.test(path))).toEqual([`App/${CONNECTOR}`]);
	});

	test('no program is taken from the project: npm, node, git and taskkill are those of the system', async () => {
		const [cwd, bin] = [temporaryFolder(FLUE_0_7), windows.binFolder()];
		windows.fakeManager(bin, 'npm', DECLARE);
		const names = ['npm', 'node', 'taskkill', 'git', 'cmd'];
		for (const name of names) {
			windows.fakeManager(cwd, name);
			copyFileSync(join(cwd, `${name}.cmd`), join(cwd, `${name}.bat`));
		}
		writeFiles(cwd, { '.git/HEAD': '', '.env': 'DAYTONA_API_KEY=x\n' });
		const { exitCode } = await windows.flue([...WRITE, '--json'], { cwd, bin });
		expect(exitCode).toBe(0);
		expect(readCalls(bin, 'npm')).toHaveLength(1);
		// The processes of an install that fails are ended by taskkill.
		windows.fakeManager(bin, 'npm', FAIL);
		writeFiles(cwd, FLUE_0_7);
		expect((await windows.flue(WRITE, { cwd, bin })).exitCode).toBe(4);
		await windows.flue(['check'], { cwd, bin });
		for (const name of names) expect(readCalls(cwd, name)).toEqual([]);
	});

	test('a console with another code page than UTF-8 shows the names as they are', async () => {
		const cwd = temporaryFolder({ 'Jörg/x': '' });
		expect(await windows.console('850', ['check', '-C', 'Jörg'], join(cwd, 'Jörg'))).toContain('Jörg');
	});
});
