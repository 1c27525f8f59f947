import { execFileSync } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { flue, readTree } from '../support/flue.ts';
import { FLUE_0_7 } from '../support/sample-projects.ts';
import { type Files, temporaryFolder } from '../support/temporary-folder.ts';

const WRITE = ['add', 'daytona', '--write', '--no-install'];

const ADDED = {
	key: '# API key from the Daytona dashboard\nDAYTONA_API_KEY=\n',
	url: '# Custom Daytona endpoint\n# DAYTONA_API_URL=\n',
	target: '# Daytona region\n# DAYTONA_TARGET=\n',
} as const;

const ALL = ADDED.key + ADDED.url + ADDED.target;

/** One character per byte; undefined for no file. */
function project(envExample: string | undefined, files: Files = {}): string {
	const { '.env.example': _, ...others } = FLUE_0_7;
	const cwd = temporaryFolder({ ...others, ...files });
	if (envExample !== undefined) writeFileSync(join(cwd, '.env.example'), envExample, 'latin1');
	return cwd;
}

function envExampleOf(cwd: string): string {
	return readFileSync(join(cwd, '.env.example'), 'latin1');
}

/** Path -> what it is, without opening anything. */
function kindsIn(cwd: string): Record<string, string> {
	const entries = readdirSync(cwd, { recursive: true, withFileTypes: true });
	return Object.fromEntries(
		entries.map((entry) => {
			const kind = entry.isDirectory() ? 'folder' : entry.isFile() ? 'file' : entry.isFIFO() ? 'pipe' : 'other';
			return [relative(cwd, join(entry.parentPath, entry.name)), kind];
		}),
	);
}

function crlf(text: string): string {
	return text.replaceAll('\n', '\r\n');
}

describe('.env.example', () => {
	test.each([
		['ends with a line end', 'A=1\n', `A=1\n\n${ALL}`],
		['ends without one', 'A=1', `A=1\n\n${ALL}`],
		['is empty', '', ALL],
		['has CRLF', 'A=1\r\nB=2\r\n', `A=1\r\nB=2\r\n\r\n${crlf(ALL)}`],
		['has CRLF and ends without', 'A=1\r\nB=2', `A=1\r\nB=2\r\n\r\n${crlf(ALL)}`],
		['ends with empty lines', 'A=1\n\n\n', `A=1\n\n\n\n${ALL}`],
		['holds bytes that are no UTF-8', '# caf\xE9 \xFF\x80\nA=1\n', `# caf\xE9 \xFF\x80\nA=1\n\n${ALL}`],
		['begins with a byte order mark', '\xEF\xBB\xBFA=1\n', `\xEF\xBB\xBFA=1\n\n${ALL}`],
		['has a name already', 'DAYTONA_API_KEY=\n', `DAYTONA_API_KEY=\n\n${ADDED.url}${ADDED.target}`],
		[
			'has a name behind a byte order mark',
			'\xEF\xBB\xBFDAYTONA_API_KEY=\n',
			`\xEF\xBB\xBFDAYTONA_API_KEY=\n\n${ADDED.url}${ADDED.target}`,
		],
		[
			'has a name with a value',
			'  DAYTONA_TARGET = "eu"\r\n',
			`  DAYTONA_TARGET = "eu"\r\n\r\n${crlf(ADDED.key + ADDED.url)}`,
		],
		[
			'has a name commented out',
			'#DAYTONA_API_URL=https://x\n',
			`#DAYTONA_API_URL=https://x\n\n${ADDED.key}${ADDED.target}`,
		],
		[
			'has a name commented out twice',
			'## # DAYTONA_API_URL=\n',
			`## # DAYTONA_API_URL=\n\n${ADDED.key}${ADDED.target}`,
		],
		['has an exported name', 'export DAYTONA_API_KEY=\n', `export DAYTONA_API_KEY=\n\n${ADDED.url}${ADDED.target}`],
		[
			'has names that only look alike',
			'MY_DAYTONA_API_KEY=\nDAYTONA_API_KEY_OLD=\n# about DAYTONA_TARGET\n',
			`MY_DAYTONA_API_KEY=\nDAYTONA_API_KEY_OLD=\n# about DAYTONA_TARGET\n\n${ALL}`,
		],
	])('gets what it lacks at its end, when it %s, and nothing the second time', async (_, before, after) => {
		const cwd = project(before);
		expect((await flue(WRITE, { cwd })).stderr).toContain('updated .env.example');
		expect(envExampleOf(cwd)).toBe(after);
		const again = await flue(WRITE, { cwd });
		expect(again.stderr).not.toContain('.env.example');
		expect(envExampleOf(cwd)).toBe(after);
	});

	test('is left alone when it has every name', async () => {
		const before = 'DAYTONA_TARGET=\n# DAYTONA_API_URL=\nexport DAYTONA_API_KEY=x';
		const cwd = project(before);
		const { stderr } = await flue(WRITE, { cwd });
		expect(stderr).not.toContain('.env.example');
		expect(envExampleOf(cwd)).toBe(before);
	});

	const NAMES = 'DAYTONA_API_KEY, DAYTONA_API_URL, DAYTONA_TARGET';

	test.each<[string, string, (cwd: string) => void]>([
		[
			'is UTF-16',
			'is not UTF-8',
			(cwd) => writeFileSync(join(cwd, '.env.example'), '\xFF\xFEA\0=\x001\0\n\0', 'latin1'),
		],
		['is a folder', 'is not a plain file', (cwd) => mkdirSync(join(cwd, '.env.example'))],
		['is a pipe', 'is not a plain file', (cwd) => void execFileSync('mkfifo', [join(cwd, '.env.example')])],
		['is a link to a file of the project', 'is a link', (cwd) => symlinkSync('README.md', join(cwd, '.env.example'))],
		['is a link to nothing', 'is a link', (cwd) => symlinkSync('nothing', join(cwd, '.env.example'))],
	])('is left alone when it %s, and that is said in every mode', async (_, words, make) => {
		const cwd = project(undefined);
		make(cwd);
		const before = kindsIn(cwd);
		const warning = `.env.example ${words}, so it is left alone: add ${NAMES} to it yourself.`;
		for (const flag of ['--dry-run', '--write']) {
			const { exitCode, stderr } = await flue(['add', 'daytona', '--no-install', flag], { cwd });
			expect(exitCode).toBe(0);
			expect(stderr).toContain(`Warning: ${warning}\n`);
		}
		expect((await flue(['add', 'daytona', '--print'], { cwd })).stdout).toContain(`Warning: ${warning}\n`);
		expect(kindsIn(cwd)).toEqual({ ...before, '.flue/connectors': 'folder', '.flue/connectors/daytona.ts': 'file' });
	});

	test.each([
		[
			'is UTF-16',
			(cwd: string) => writeFileSync(join(cwd, '.env.example'), NAMES.replaceAll(', ', '=\n') + '=\n', 'utf16le'),
		],
		['is a link', (cwd: string) => symlinkSync('names', join(cwd, '.env.example'))],
	])('is not mentioned when it %s and has every name', async (_, make) => {
		const cwd = project(undefined, { names: `${NAMES.replaceAll(', ', '=\n')}=\n` });
		make(cwd);
		expect((await flue(WRITE, { cwd })).stderr).not.toContain('.env.example');
	});

	test('is not created, and neither is any other env file', async () => {
		const cwd = project(undefined);
		await flue(WRITE, { cwd });
		expect(Object.keys(readTree(cwd)).filter((path) => /^\.env|^\.dev/.test(path))).toEqual([]);
	});

	test.each([0o600, 0o644, 0o666, 0o755])('keeps its permissions: %o', async (mode) => {
		const cwd = project('A=1\n');
		chmodSync(join(cwd, '.env.example'), mode);
		await flue(WRITE, { cwd });
		expect(envExampleOf(cwd)).toContain('DAYTONA_API_KEY');
		expect((lstatSync(join(cwd, '.env.example')).mode & 0o777).toString(8)).toBe(mode.toString(8));
	});

	test('is left alone when it is a link out of the project', async () => {
		const [inside, outside] = [project(undefined), temporaryFolder({ profile: 'A=1\n' })];
		symlinkSync(join(outside, 'profile'), join(inside, '.env.example'));
		const { exitCode, stderr } = await flue(WRITE, { cwd: inside });
		expect(exitCode).toBe(0);
		expect(stderr).toContain('.env.example is a link, so it is left alone');
		expect(readTree(outside)).toEqual({ profile: 'A=1\n' });
	});
});

describe('the last lines of a write', () => {
	const WRANGLER: Files = { 'wrangler.toml': 'name = "bot"\n' };
	const WORKFLOW: Files = { '.github/workflows/bot.yml': 'run: npx flue run hello\n' };
	const setKey = (place: string) => `Set DAYTONA_API_KEY ${place}. Get one at https://app.daytona.io/dashboard/keys`;
	const MODEL_KEY = 'ANTHROPIC_API_KEY=sk-ant-not-to-be-read\n';

	test.each<[string, Files, readonly string[]]>([
		['nothing is known', {}, [setKey('in a .env file, CI secrets or a Cloudflare secrets bundle')]],
		[
			'.env holds the key of the model provider',
			{ '.env': MODEL_KEY },
			[setKey("in .env, next to your model provider's key")],
		],
		[
			'.env.local does',
			{ '.env': 'PORT=1\n', '.env.local': MODEL_KEY, '.gitignore': '.env*\n' },
			[setKey("in .env.local, next to your model provider's key")],
		],
		[
			'.dev.vars does, for Cloudflare',
			{ '.dev.vars': MODEL_KEY, '.gitignore': '.dev.vars\n', ...WRANGLER },
			[
				setKey(
					"in .dev.vars, next to your model provider's key (beside it wrangler reads no .env) or with `wrangler secret put DAYTONA_API_KEY` for Cloudflare",
				),
			],
		],
		[
			'it is deployed to Cloudflare',
			WRANGLER,
			[setKey('in .env or with `wrangler secret put DAYTONA_API_KEY` for Cloudflare')],
		],
		['it runs in GitHub Actions', WORKFLOW, [setKey("in .env or in the repository's secrets for GitHub Actions")]],
		[
			'it does both, with .env',
			{ '.env': MODEL_KEY, ...WRANGLER, ...WORKFLOW },
			[
				setKey(
					"in .env, next to your model provider's key, with `wrangler secret put DAYTONA_API_KEY` for Cloudflare or in the repository's secrets for GitHub Actions",
				),
			],
		],
		[
			'the key is there already',
			{ '.env': `${MODEL_KEY}DAYTONA_API_KEY=dtn_x\n` },
			['DAYTONA_API_KEY is set already (.env).'],
		],
		[
			'only its name is there',
			{ '.env': `${MODEL_KEY}DAYTONA_API_KEY=\n` },
			[setKey("in .env, next to your model provider's key")],
		],
		[
			'git does not ignore that file',
			{ '.env': MODEL_KEY, '.gitignore': 'node_modules\n' },
			[
				setKey("in .env, next to your model provider's key"),
				'Warning: .env is not ignored by git: add it to .gitignore before a key is in it.',
			],
		],
		[
			'git does not ignore .env.local',
			{ '.env.local': MODEL_KEY, '.gitignore': '.env\n' },
			[
				setKey("in .env.local, next to your model provider's key"),
				'Warning: .env.local is not ignored by git: add it to .gitignore before a key is in it.',
			],
		],
	])('say where the key belongs when %s', async (_, files, last) => {
		const cwd = project('A=1\n', { '.git/HEAD': 'ref: refs/heads/main\n', ...files });
		const before = readTree(cwd);
		const { stderr } = await flue(WRITE, { cwd });
		expect(stderr.trimEnd().split('\n').slice(-last.length)).toEqual(last);
		expect(stderr).not.toContain('not-to-be-read');
		for (const path of ['.env', '.env.local', '.dev.vars']) expect(readTree(cwd)[path]).toBe(before[path]);
	});

	test('say that the key is set in the environment, and not its value', async () => {
		const { stderr } = await flue(WRITE, { cwd: project('A=1\n'), env: { DAYTONA_API_KEY: 'dtn_not-to-be-read' } });
		expect(stderr).toMatch(/\nDAYTONA_API_KEY is set already \(environment\)\.\n$/);
		expect(stderr).not.toContain('not-to-be-read');
	});
});
