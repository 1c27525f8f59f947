import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fakeManager, untilCalled } from '../support/fake-manager.ts';
import { flue, type Run, startFlue } from '../support/flue.ts';
import { readPage } from '../support/pages.ts';
import { refusing } from '../support/refuse.ts';
import { FLUE_0_7 } from '../support/sample-projects.ts';
import { type Files, temporaryFolder } from '../support/temporary-folder.ts';

const CONNECTOR = '.flue/connectors/daytona.ts';

const INSTALLS = `const [name, range] = process.argv.at(-1).split(/(?<=.)@/); declare(name, range);`;

const SECRET = 'dtn_s3cr3t';

const RICH: Files = {
	...FLUE_0_7,
	'.git/HEAD': 'ref: refs/heads/main\n',
	'.env': `ANTHROPIC_API_KEY=${SECRET}\nDAYTONA_API_KEY=${SECRET}\nDAYTONA_TARGET=\n`,
	'wrangler.toml': 'name = "bot"\n',
	'.github/workflows/agent.yml': 'jobs: { run: { steps: [{ run: npx flue run hello }] } }\n',
};

interface Case {
	readonly args: readonly string[];
	readonly files?: Files;
	/** Instead of the fake npm on PATH. */
	readonly env?: Readonly<Record<string, string>>;
	/** The fake npm. */
	readonly npm?: string;
	/** Sent as soon as npm runs. */
	readonly signal?: 'SIGTERM';
	readonly status: string;
	readonly exitCode: number;
}

const ADD = ['add', 'daytona', '--json'];

/** Every mode and every ending. */
const CASES: Readonly<Record<string, Case>> = {
	help: { args: ['--help', '--json'], status: 'shown', exitCode: 0 },
	'help of add': { args: ['add', '--json', '--help'], status: 'shown', exitCode: 0 },
	version: { args: ['--json', '--version'], status: 'shown', exitCode: 0 },
	'the list': { args: ['add', '--json'], status: 'listed', exitCode: 0 },
	'no flag': { args: ADD, status: 'printed', exitCode: 0 },
	'--print': { args: [...ADD, '--print'], status: 'printed', exitCode: 0 },
	'--dry-run': { args: [...ADD, '--dry-run'], status: 'previewed', exitCode: 0 },
	'--diff': { args: [...ADD, '--diff'], status: 'compared', exitCode: 0 },
	'--write': { args: [...ADD, '--write'], status: 'written', exitCode: 0 },
	'--write --force': {
		args: [...ADD, '--write', '--force'],
		files: { ...RICH, [CONNECTOR]: '// mine\n' },
		status: 'written',
		exitCode: 0,
	},
	'--yes': { args: [...ADD, '--yes', '--no-install'], status: 'written', exitCode: 0 },
	'a conflict': {
		args: [...ADD, '--write'],
		files: { ...RICH, [CONNECTOR]: '// mine\n' },
		status: 'conflict',
		exitCode: 3,
	},
	'a dry run of a conflict': {
		args: [...ADD, '--dry-run'],
		files: { ...RICH, [CONNECTOR]: '// mine\n' },
		status: 'previewed',
		exitCode: 3,
	},
	'a patch over a conflict': {
		args: [...ADD, '--diff'],
		files: { ...RICH, [CONNECTOR]: '// mine\n' },
		status: 'compared',
		exitCode: 3,
	},
	'a failed install': { args: [...ADD, '--write'], npm: 'process.exit(1);', status: 'install-failed', exitCode: 4 },
	'a termination': {
		args: [...ADD, '--write'],
		npm: 'setInterval(() => {}, 1000);',
		signal: 'SIGTERM',
		status: 'cancelled',
		exitCode: 143,
	},
	'a path that cannot be written': {
		args: [...ADD, '--write', '--no-install'],
		files: { ...RICH, '.flue/connectors': 'no folder\n' },
		status: 'usage',
		exitCode: 2,
	},
	'a disk that is full': {
		args: [...ADD, '--write', '--no-install'],
		env: refusing('renameSync:2:ENOSPC'),
		status: 'failed',
		exitCode: 1,
	},
	'no package manager': { args: [...ADD, '--write'], env: { PATH: '/nowhere' }, status: 'usage', exitCode: 2 },
	'no command': { args: ['--json'], status: 'usage', exitCode: 2 },
	'an example on Cloudflare': {
		args: [...ADD, '--print', '--example', 'basic', '--runtime', '2.1.0'],
		status: 'printed',
		exitCode: 0,
	},
	'a check': { args: ['check', 'daytona', '--json'], status: 'checked', exitCode: 5 },
	'an unknown command': { args: ['remove', 'daytona', '--json'], status: 'usage', exitCode: 2 },
	'an unknown option': { args: [...ADD, '--wirte'], status: 'usage', exitCode: 2 },
	'an option without its value': { args: [...ADD, '--path'], status: 'usage', exitCode: 2 },
	'an unknown connector': { args: ['add', 'daytoan', '--json'], status: 'usage', exitCode: 2 },
	'no connector for a mode': { args: ['add', '--write', '--json'], status: 'usage', exitCode: 2 },
	'flags that contradict each other': { args: [...ADD, '--print', '--write'], status: 'usage', exitCode: 2 },
	'no project': { args: ADD, files: {}, status: 'usage', exitCode: 2 },
	'a package manager that is not clear': {
		args: ADD,
		files: { ...RICH, 'yarn.lock': '' },
		status: 'printed',
		exitCode: 0,
	},
	'a write with a package manager that is not clear': {
		args: [...ADD, '--write'],
		files: { ...RICH, 'yarn.lock': '' },
		status: 'usage',
		exitCode: 2,
	},
	'a Deno project': {
		args: [...ADD, '--no-install'],
		files: { 'package.json': '{}', 'deno.lock': '{}' },
		status: 'printed',
		exitCode: 0,
	},
};

async function run({ args, files = RICH, npm = INSTALLS, signal, env }: Case): Promise<Run & { readonly cwd: string }> {
	const [cwd, bin] = [temporaryFolder(files), temporaryFolder()];
	fakeManager(bin, 'npm', npm);
	const running = startFlue(args, { cwd, ...(env === undefined ? { bin } : { env }) });
	if (signal !== undefined) {
		await untilCalled(bin, 'npm');
		running.kill(signal);
	}
	const { stdout, stderr, exitCode } = await running;
	return { stdout, stderr, exitCode, cwd };
}

interface Row {
	readonly field: string;
	readonly types: readonly string[];
	readonly present: string;
}

/** The table of docs/json.md. */
function readRows(): Row[] {
	const rows = readPage('docs/json.md').matchAll(/^\| `([\w.[\]]+)` \| ([\w ]+) \| ([^|]+) \|/gm);
	return Array.from(rows, ([, field = '', type = '', present = '']) => ({ field, types: type.split(' or '), present }));
}

function typeOf(value: unknown): string {
	if (value === null) return 'null';
	return Array.isArray(value) ? 'list' : typeof value;
}

function isExpected(
	{ present }: Row,
	{ status, action }: { readonly status?: unknown; readonly action?: unknown },
): boolean {
	const [, only] = /^for `([\w-]+)`$/.exec(present) ?? [];
	return only === undefined || only === (status ?? action);
}

/** What in the object is not as the table has it; notes the rows that were seen. */
function findProblems(value: unknown, rows: readonly Row[], seen: Set<string>, path = ''): string[] {
	if (Array.isArray(value)) return value.flatMap((item) => findProblems(item, rows, seen, `${path}[]`));
	if (typeof value !== 'object' || value === null) return [];
	const prefix = path === '' ? '' : `${path}.`;
	const own = rows.filter(({ field }) => field.startsWith(prefix) && !/[.[]/.test(field.slice(prefix.length)));
	const missing = own
		.filter((row) => isExpected(row, value) && !(row.field.slice(prefix.length) in value))
		.map(({ field }) => `${field} is missing`);
	const found = Object.entries(value).flatMap(([name, inner]) => {
		const field = prefix + name;
		seen.add(field);
		const row = own.find((other) => other.field === field);
		const isNested = rows.some((other) => other.field.startsWith(`${field}.`));
		if (row === undefined)
			return isNested ? findProblems(inner, rows, seen, field) : [`${field} is not in docs/json.md`];
		const isRight = row.types.includes(typeOf(inner)) && isExpected(row, value);
		return [...(isRight ? [] : [`${field} is a ${typeOf(inner)}`]), ...findProblems(inner, rows, seen, field)];
	});
	return [...missing, ...found];
}

test.each(Object.entries(CASES))(
	'is one object as docs/json.md has it, with nothing on stderr: %s',
	async (_, given) => {
		const { stdout, stderr, exitCode } = await run(given);
		expect({ exitCode, stderr }).toEqual({ exitCode: given.exitCode, stderr: '' });
		const report = JSON.parse(stdout);
		expect(report).toMatchObject({ schemaVersion: 1, ok: exitCode === 0, status: given.status, exitCode });
		expect(findProblems(report, readRows(), new Set())).toEqual([]);
		expect(report.error === null).toBe(report.ok);
		expect(stdout).not.toContain(SECRET);
	},
);

test('has every field of docs/json.md in some mode or ending', async () => {
	const [seen, rows] = [new Set<string>(), readRows()];
	for (const name of [
		'help',
		'the list',
		'an example on Cloudflare',
		'--print',
		'--diff',
		'--write --force',
		'a conflict',
		'a check',
	] as const) {
		findProblems(JSON.parse((await run(CASES[name]!)).stdout), rows, seen);
	}
	expect(rows.map(({ field }) => field).filter((field) => !seen.has(field))).toEqual([]);
});

test('tells the facts of the project, and where each comes from', async () => {
	const { stdout, cwd } = await run(CASES['--print']!);
	const { project, packages, env, install, connector } = JSON.parse(stdout);
	expect({ project, packages, env, install, connector }).toEqual({
		connector: 'daytona',
		project: {
			root: { value: cwd, from: 'package.json' },
			gitRoot: { value: cwd, from: '.git' },
			runtime: { value: '0.7.1', profile: '0.6.0', from: '^0.7.1 in package.json' },
			sourceDir: { value: '.flue', from: expect.any(String) },
			connectorPath: { value: CONNECTOR, from: '.flue/ is the source directory' },
			importExtension: { value: '', from: expect.any(String) },
			packageManager: { value: 'npm', from: 'package-lock.json' },
			modelKeyFile: { value: '.env', from: "the name of a model provider's key" },
			targets: [
				{ value: 'cloudflare', from: 'wrangler.toml' },
				{ value: 'node', from: 'package.json' },
				{ value: 'github-actions', from: '.github/workflows/agent.yml' },
			],
		},
		packages: [{ name: '@daytona/sdk', range: '^0.216.0', action: 'install' }],
		env: [
			{ name: 'DAYTONA_API_KEY', required: true, set: true, from: '.env' },
			{ name: 'DAYTONA_API_URL', required: false, set: false, from: null },
			{ name: 'DAYTONA_TARGET', required: false, set: false, from: null },
		],
		install: 'npm install --no-audit --no-fund "@daytona/sdk@^0.216.0"',
	});
});

test('tells that a variable is set in the environment, and not its value', async () => {
	const { stdout } = await flue(ADD, {
		cwd: temporaryFolder(FLUE_0_7),
		env: { DAYTONA_API_URL: SECRET, DAYTONA_TARGET: '' },
	});
	const from = Object.fromEntries(
		JSON.parse(stdout).env.map((key: { name: string; from: string }) => [key.name, key.from]),
	);
	expect(from).toEqual({ DAYTONA_API_KEY: null, DAYTONA_API_URL: 'environment', DAYTONA_TARGET: null });
	expect(stdout).not.toContain(SECRET);
});

test('tells the digest of what a write then writes', async () => {
	const cwd = temporaryFolder({ ...FLUE_0_7, '.env.example': '# caf\u00E9\r\nA=1' });
	const { changes } = JSON.parse((await flue([...ADD, '--dry-run', '--no-install'], { cwd })).stdout);
	await flue(['add', 'daytona', '--write', '--no-install'], { cwd });
	expect(changes.map(({ path, action }: { path: string; action: string }) => [path, action])).toEqual([
		[CONNECTOR, 'create'],
		['.env.example', 'update'],
	]);
	for (const { path, sha256, bytes } of changes) {
		const content = readFileSync(join(cwd, path));
		expect({ sha256, bytes }).toEqual({
			sha256: createHash('sha256').update(content).digest('hex'),
			bytes: content.length,
		});
	}
});

test('holds what the mode prints without it', async () => {
	const cwd = temporaryFolder(FLUE_0_7);
	const [printed, compared] = [
		await flue(['add', 'daytona', '--print'], { cwd }),
		await flue(['add', 'daytona', '--diff'], { cwd }),
	];
	expect(JSON.parse((await flue(ADD, { cwd })).stdout).instructions).toBe(printed.stdout);
	expect(JSON.parse((await flue([...ADD, '--diff'], { cwd })).stdout).patch).toBe(compared.stdout);
});

test('names the next commands and when to run them', async () => {
	const { next } = JSON.parse((await run(CASES['a conflict']!)).stdout);
	expect(next).toEqual([
		{ command: 'flue add daytona --diff', when: 'See the difference' },
		{ command: 'flue add daytona --write --force', when: 'Replace it, and keep the old one beside it' },
	]);
});
