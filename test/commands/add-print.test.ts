import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { installed } from '../support/added-project.ts';
import { fakeManager, readCalls } from '../support/fake-manager.ts';
import { BIN, flue, plainEnv, readTree } from '../support/flue.ts';
import { readFences } from '../support/instructions.ts';
import { FLUE_0_7 } from '../support/sample-projects.ts';
import { type Files, temporaryFolder } from '../support/temporary-folder.ts';

const NO_RUNTIME = { 'package.json': { name: 'empty', private: true } };

function connectorFence(instructions: string): string {
	const fence = readFences(instructions).find(({ info }) => info.startsWith('ts file='));
	if (fence === undefined) throw new Error('There is no file in these instructions.');
	return fence.text;
}

test('prints Markdown for a coding agent on stdout and nothing else there', async () => {
	const { stdout, stderr, exitCode } = await flue(['add', 'daytona'], { cwd: temporaryFolder(FLUE_0_7) });
	expect(exitCode).toBe(0);
	expect(stderr).toBe('');
	expect(stdout).toMatch(/^# Add the Daytona connector to this project\n/);
	expect(stdout).toMatch(/^[\n\x20-\x7E\t]*$/);
	expect(stdout.endsWith('\n')).toBe(true);
});

test('prints the same bytes every time, with --print, from a subfolder, and for a coding agent', async () => {
	const cwd = temporaryFolder(FLUE_0_7);
	const { stdout } = await flue(['add', 'daytona'], { cwd });
	const others = await Promise.all([
		flue(['add', 'daytona', '--print'], { cwd }),
		flue(['add', 'daytona'], { cwd: join(cwd, '.flue/agents') }),
		flue(['add', 'sandbox', 'daytona'], { cwd }),
		flue(['add', '@daytona/sdk'], { cwd }),
		flue(['add', 'daytona'], { cwd, env: { CLAUDECODE: '1', CI: 'true' } }),
	]);
	expect(new Set(others.map((run) => run.stdout))).toEqual(new Set([stdout]));
});

test('changes nothing in the project when it prints', async () => {
	const cwd = temporaryFolder(FLUE_0_7);
	const before = readTree(cwd);
	await flue(['add', 'daytona'], { cwd });
	expect(readTree(cwd)).toEqual(before);
});

test('reads nothing from stdin: an open pipe that never ends does not hold it', async () => {
	const { exitCode, stdout } = await flue(['add', 'daytona'], { cwd: temporaryFolder(FLUE_0_7), stdin: 'open' });
	expect(exitCode).toBe(0);
	expect(stdout).not.toBe('');
});

test('prints with stdin closed, and into a file', async () => {
	const cwd = temporaryFolder(FLUE_0_7);
	execFileSync('sh', ['-c', `"$0" "$1" add daytona <&- > ../out.md`, process.execPath, BIN], {
		cwd: join(cwd, '.flue'),
		env: plainEnv(),
	});
	expect(readFileSync(join(cwd, 'out.md'), 'utf8')).toContain('.flue/connectors/daytona.ts');
});

test('ends with 0 when the reader closes early, and says nothing about it', async () => {
	const cwd = temporaryFolder(FLUE_0_7);
	const child = spawn(process.execPath, [BIN, 'add', 'daytona'], {
		cwd,
		env: plainEnv(),
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	child.stdout.destroy();
	let stderr = '';
	child.stderr.on('data', (chunk) => (stderr += chunk));
	const [code] = await once(child, 'close');
	expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

test('ends with 1 and says so when the file that stdout goes to is on a full disk', () => {
	const cwd = temporaryFolder(FLUE_0_7);
	const script = `"$0" "$1" add daytona > /dev/full`;
	const run = () => execFileSync('sh', ['-c', script, process.execPath, BIN], { cwd, env: plainEnv(), stdio: 'pipe' });
	expect(run).toThrow(expect.objectContaining({ status: 1, stderr: expect.objectContaining({}) }));
});

test('needs no network: the same text with every connection refused', async () => {
	const cwd = temporaryFolder(FLUE_0_7);
	const refuse = join(cwd, 'node_modules/refuse.cjs');
	mkdirSync(join(cwd, 'node_modules'));
	writeFileSync(
		refuse,
		`const refuse = () => { throw new Error('a connection was opened'); };
		require('node:net').Socket.prototype.connect = refuse;
		require('node:dns').lookup = refuse;
		globalThis.fetch = refuse;
		require('node:child_process').spawn = refuse;`,
	);
	const plain = await flue(['add', 'daytona'], { cwd });
	const offline = await flue(['add', 'daytona'], { cwd, env: { NODE_OPTIONS: `--require "${refuse}"` } });
	expect(offline).toEqual(plain);
});

test('starts no program to find out about the project', async () => {
	const [cwd, bin] = [temporaryFolder(FLUE_0_7), temporaryFolder()];
	for (const name of ['npm', 'pnpm', 'yarn', 'bun', 'git', 'npx', 'corepack']) fakeManager(bin, name);
	await flue(['add', 'daytona'], { cwd, bin });
	expect(['npm', 'pnpm', 'yarn', 'bun', 'git', 'npx', 'corepack'].flatMap((name) => readCalls(bin, name))).toEqual([]);
});

test('gives the file verbatim in a fence that nothing inside it closes, with its sha256', async () => {
	const { stdout } = await flue(['add', 'daytona'], { cwd: temporaryFolder(FLUE_0_7) });
	const file = connectorFence(stdout);
	expect(file).toMatch(/^\/\/ flue-connectors: daytona@\d+ profile=0\.6\.0 fingerprint=[0-9a-f]{32}\n/);
	expect(file).toContain('export function daytona(');
	expect(stdout).toContain(createHash('sha256').update(file).digest('hex'));
});

test('names the exact install command, and none when the SDK is declared already', async () => {
	const { stdout } = await flue(['add', 'daytona'], { cwd: temporaryFolder(FLUE_0_7) });
	const commands = readFences(stdout).filter(({ info }) => info === 'sh run');
	expect(commands.map(({ text }) => text)).toEqual(['npm install --no-audit --no-fund "@daytona/sdk@^0.216.0"\n']);

	const declared = { name: 'bot', dependencies: { '@flue/runtime': '^0.7.0', '@daytona/sdk': '^0.190.0' } };
	const again = await flue(['add', 'daytona'], { cwd: temporaryFolder({ ...FLUE_0_7, 'package.json': declared }) });
	expect(readFences(again.stdout).filter(({ info }) => info === 'sh run')).toEqual([]);
	expect(again.stdout).toContain('@daytona/sdk is in package.json already (^0.190.0): leave it as it is.');
});

test.each([
	['where it goes', 'Write `.flue/connectors/daytona.ts`'],
	['how it is imported', '`../connectors/daytona`'],
	['the command that does it all', 'add daytona --write --yes'],
	['what to do when the file is there', 'somebody edited the file. Leave it as it is, and see "Early stop"'],
	['the key', '`DAYTONA_API_KEY` is needed at run time'],
	['the optional variables', '`DAYTONA_API_URL` (a custom endpoint) and `DAYTONA_TARGET` (the region) are optional'],
	[
		'where the key goes',
		'same place as the key of the model provider: in a .env file, CI secrets or a Cloudflare secrets bundle',
	],
	['that no value is to be invented', 'Never invent, print or write a value of an environment variable'],
	['the basic usage', 'Basic usage'],
	['the full coding agent', 'Full coding agent'],
	['how it is served', 'flue dev --target node --env .env'],
	['how it is run, with an id', /flue run [\w-]+ --target node --id [\w-]+ --env \.env/],
	['whose the sandbox is', "The sandbox is the user's: Flue and the connector never start, stop or delete it."],
	['snapshots', "client.create({ snapshot: 'my-snapshot-id' })"],
	['images', "client.create({ image: 'debian:12.9' })"],
	['what not to do', 'Rules:\n\n* '],
	['how to verify', '## Step 5: verify'],
	['what to report', '## Step 6: report'],
])('tells %s', async (_, words) => {
	const { stdout } = await flue(['add', 'daytona'], { cwd: temporaryFolder(FLUE_0_7) });
	expect(stdout).toMatch(words);
});

test('says in the first lines and last on stderr that no runtime was found, and what to do about it', async () => {
	const { stdout, stderr, exitCode } = await flue(['add', 'daytona'], { cwd: temporaryFolder(NO_RUNTIME) });
	expect(exitCode).toBe(0);
	expect(stdout.split('\n').slice(0, 12).join('\n')).toContain('--runtime');
	expect(stderr.trimEnd().split('\n').at(-1)).toContain('--runtime');
	expect(stdout).toContain('Write `.flue/connectors/daytona.ts`');
});

test('refuses a Node that is too old with one sentence and exit code 2', () => {
	const guard = readFileSync(BIN, 'utf8').replace(/^#!.*/, '').replaceAll('process.versions.node', '"20.18.9"');
	const run = () => execFileSync(process.execPath, ['-e', guard], { stdio: 'pipe', encoding: 'utf8' });
	expect(run).toThrow(
		expect.objectContaining({ status: 2, stderr: 'flue needs Node.js 20.19 or later; this is 20.18.9.\n', stdout: '' }),
	);
});

test('begins with the shortcut and what it means, has the file last, and is short without it', async () => {
	const { stdout } = await flue(['add', 'daytona'], { cwd: temporaryFolder(FLUE_0_7) });
	const [head, file] = [stdout.slice(0, 400), connectorFence(stdout)];
	expect(head).toContain('```sh shortcut\nflue add daytona --write --yes\n```\n');
	expect(head).toContain('Any other exit code: see "Early stop".');
	expect(stdout.endsWith(`${file}\`\`\`\n`)).toBe(true);
	expect(stdout.length - file.length).toBeLessThan(20_000);
	for (const heading of ['## Step 6: report', '## Early stop', '## Usage'])
		expect(stdout.indexOf(heading)).toBeLessThan(stdout.indexOf(file));
});

test('names a shortcut without an @ for somebody whom npx has fetched it for', async () => {
	const env = { npm_command: 'exec', npm_config_user_agent: 'npm/11.0.0 node/v22.0.0 linux x64' };
	const { stdout } = await flue(['add', 'daytona'], { cwd: temporaryFolder(FLUE_0_7), env });
	expect(stdout).toContain('```sh shortcut\nnpx --yes flue-connectors add daytona --write --yes\n```\n');
});

test('prints the file of the connector alone, as a write leaves it', async () => {
	const cwd = temporaryFolder(FLUE_0_7);
	const { stdout, exitCode } = await flue(['add', 'daytona', '--print-file'], { cwd });
	await flue(['add', 'daytona', '--write', '--no-install'], { cwd });
	expect({ stdout, exitCode }).toEqual({
		stdout: readFileSync(join(cwd, '.flue/connectors/daytona.ts'), 'utf8'),
		exitCode: 0,
	});
});

test('prints the other examples when they are asked for', async () => {
	const cwd = temporaryFolder(FLUE_0_7);
	const { stdout } = await flue(['add', 'daytona', '--runtime', '2.1.0'], { cwd });
	const commands = [...stdout.matchAll(/`flue (add daytona --print --example .*)` prints it/g)].map(
		([, words]) => words,
	);
	expect(commands).toEqual([
		'add daytona --print --example coding-agent --runtime 2.1.0',
		'add daytona --print --example image --runtime 2.1.0',
	]);
	const example = await flue(commands[0]!.split(' '), { cwd });
	expect(readFences(example.stdout).map(({ info }) => info)).toContain('ts file=".flue/agents/code.ts"');
});

test('tells an older file of ours from one that somebody edited', async () => {
	const cwd = temporaryFolder(FLUE_0_7);
	await flue(['add', 'daytona', '--write', '--no-install'], { cwd });
	const file = readFileSync(join(cwd, '.flue/connectors/daytona.ts'));
	const same = await flue(['add', 'daytona', '--print'], { cwd });
	expect(same.stdout).toContain('`.flue/connectors/daytona.ts` is right already: leave it as it is.');
	const newer = await flue(['add', 'daytona', '--print', '--runtime', '2.1.0'], { cwd });
	const hash = createHash('sha256').update(file).digest('hex');
	expect(newer.stdout).toContain(`It prints \`${hash}\`: this tool wrote it for an older version.`);
});

test.each<[string, Files]>([
	['no lockfile yet', {}],
	[
		'everything installed',
		{
			'package-lock.json': { lockfileVersion: 3, packages: { 'node_modules/@flue/runtime': { version: '2.1.0' } } },
			'tsconfig.json': { compilerOptions: { strict: true, module: 'nodenext' } },
			...installed({ '@flue/cli': '2.0.3' }),
			'node_modules/@flue/runtime/package.json': { version: '2.1.0', engines: { node: '>=22.19.0' } },
		},
	],
])(
	'asks semver nothing in a project as npm writes it, with %s: that would take a tenth of a start',
	async (_, files) => {
		const cwd = temporaryFolder({ 'package.json': { dependencies: { '@flue/runtime': '^2.1.0' } }, ...files });
		const { stderr } = await flue(['add', 'daytona', '--print'], { cwd, env: { NODE_DEBUG: 'semver' } });
		expect(stderr).not.toContain('SEMVER');
	},
);
