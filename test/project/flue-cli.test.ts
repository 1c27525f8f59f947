import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { VALUE_OPTIONS } from '../../src/commands/flue.ts';
import { BIN, flue, plainEnv, readTree } from '../support/flue.ts';
import { type Files, temporaryFolder } from '../support/temporary-folder.ts';

const PROGRAM_ROOT = dirname(dirname(BIN));

/** Tells all that a program can know of how it was started. */
const TELL = `const { argv, env, pid, execArgv } = process;
process.stdout.write(JSON.stringify({ args: argv.slice(2), main: argv[1], env, pid, cwd: process.cwd(), execArgv }));`;

/** Flue's own program as a project has it installed, with this module as its bin. */
function flueCli(bin: string, folder = ''): Files {
	return {
		[`${folder}node_modules/@flue/cli/package.json`]: {
			name: '@flue/cli',
			version: '0.11.1',
			type: 'module',
			bin: { flue: 'bin/flue.mjs' },
		},
		[`${folder}node_modules/@flue/cli/bin/flue.mjs`]: bin,
	};
}

function flueProject(bin = TELL): Files {
	return { 'package.json': { name: 'bot', dependencies: { '@flue/runtime': '^0.11.1' } }, ...flueCli(bin) };
}

const lacking = (name: string) => `"${name}" is a command of @flue/cli, and this project does not have it.\n`;

describe("a command of Flue's own", () => {
	test.each([
		['dev', '--target', 'node', '--env', '.env'],
		['run', 'my-agent', '--target', 'node', '--env', '.env'],
		['run', 'x', '--help'],
		['run', 'x', '--json', '--yes', '--dry-run', '-C', 'elsewhere', '--cwd=elsewhere', '--path', 'x'],
		['run', 'x', '--input', '{"a": "b c", "d": "$HOME"}', '', '--', '*', 'ä\u200B\n'],
		['build'],
		['init', '--force'],
		['connect', 'agent', 'one'],
		['logs', 'run_1', '-f'],
		['docs', 'search', 'durable execution'],
	])('gets its arguments as they were typed: %s %s %s', async (...args) => {
		const cwd = temporaryFolder(flueProject());
		const { stdout, stderr, exitCode } = await flue(args, { cwd });
		expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
		expect(JSON.parse(stdout)).toMatchObject({ args, main: join(cwd, 'node_modules/@flue/cli/bin/flue.mjs'), cwd });
	});

	test('runs as it would without us: the same process, environment, folder and options of Node', async () => {
		const cwd = temporaryFolder(flueProject());
		const env = plainEnv({ CI: '1', FORCE_COLOR: '', DAYTONA_API_KEY: 'a b', NODE_OPTIONS: '--no-warnings' });
		const start = async (main: string) => {
			const child = spawn(process.execPath, ['--stack-trace-limit=50', main, 'dev'], {
				cwd,
				env,
				stdio: ['ignore', 'pipe', 'inherit'],
			});
			const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
			const { pid, main: _, ...told } = JSON.parse(chunk.toString('utf8'));
			return { isOurChild: pid === child.pid, ...told };
		};
		const direct = await start(join(cwd, 'node_modules/@flue/cli/bin/flue.mjs'));
		expect(direct).toMatchObject({ isOurChild: true, env, execArgv: ['--stack-trace-limit=50'] });
		expect(await start(BIN)).toEqual(direct);
	});

	test('reads our stdin, and its bytes go to our stdout and stderr', async () => {
		const cwd = temporaryFolder(flueProject(`process.stdin.pipe(process.stdout); process.stderr.write('warned');`));
		const input = Buffer.from([0, 255, 10, 13, 200, 1]);
		const { stdout, stderr } = await execa(process.execPath, [BIN, 'run', 'x'], { cwd, input, encoding: 'buffer' });
		expect(Buffer.from(stdout)).toEqual(input);
		expect(Buffer.from(stderr).toString()).toBe('warned');
	});

	test.each([0, 1, 7, 130, 255])('ends with its own exit code %i', async (code) => {
		const later = temporaryFolder(flueProject(`setTimeout(() => { process.exitCode = ${code}; }, 20);`));
		const atOnce = temporaryFolder(flueProject(`process.exit(${code});`));
		expect((await flue(['run', 'x'], { cwd: later })).exitCode).toBe(code);
		expect((await flue(['run', 'x'], { cwd: atOnce })).exitCode).toBe(code);
	});

	test.each([
		['SIGTERM', '', { code: null, signal: 'SIGTERM' }],
		['SIGINT', '', { code: null, signal: 'SIGINT' }],
		['SIGHUP', '', { code: null, signal: 'SIGHUP' }],
		['SIGINT', `process.on('SIGINT', () => process.exit(130));`, { code: 130, signal: null }],
		['SIGTERM', `process.on('SIGTERM', () => process.exit(143));`, { code: 143, signal: null }],
	] as const)('gets %s itself and ends as it would: %s', async (signal, handler, end) => {
		const cwd = temporaryFolder(flueProject(`${handler} setInterval(() => {}, 1000); console.log('up');`));
		const child = spawn(process.execPath, [BIN, 'dev'], { cwd, env: plainEnv(), stdio: ['ignore', 'pipe', 'inherit'] });
		await once(child.stdout, 'data');
		child.kill(signal);
		const [code, endedBy] = await once(child, 'exit');
		expect({ code, signal: endedBy }).toEqual(end);
	});

	test('says why it failed in its own words', async () => {
		const cwd = temporaryFolder(flueProject(`throw new Error('no agents found');`));
		const { stderr, exitCode } = await flue(['build'], { cwd });
		expect({ stderr, exitCode }).toEqual({ stderr: expect.stringContaining('Error: no agents found'), exitCode: 1 });
	});

	test('is found from a subfolder, from a workspace member, and through the links of pnpm', async () => {
		const cwd = temporaryFolder({
			...flueProject(),
			'package.json': { workspaces: ['packages/*'] },
			'packages/bot/package.json': {},
			'packages/bot/.flue/agents/': '',
		});
		for (const folder of ['packages/bot', 'packages/bot/.flue/agents']) {
			const { stdout } = await flue(['run', 'x'], { cwd: join(cwd, folder) });
			expect(JSON.parse(stdout)).toMatchObject({ args: ['run', 'x'], cwd: join(cwd, folder) });
		}
		const linked = temporaryFolder({ 'node_modules/@flue/': '' });
		symlinkSync(join(cwd, 'node_modules/@flue/cli'), join(linked, 'node_modules/@flue/cli'));
		expect((await flue(['run', 'x'], { cwd: linked })).exitCode).toBe(0);
	});

	test.each<[string, Files, string]>([
		['above a project without git', { 'bot/package.json': {} }, 'bot'],
		['above the repository', { 'bot/.git/HEAD': '', 'bot/package.json': {} }, 'bot'],
		['above the workspace', { 'w/package.json': { workspaces: ['bot'] }, 'w/bot/package.json': {} }, 'w/bot'],
		['above a folder that is no project', { 'notes/': '' }, 'notes'],
	])('is not run from %s: it is a stranger', async (_, files, folder) => {
		const { 'package.json': _manifest, ...stranger } = flueProject(`console.log('stranger');`);
		const cwd = join(temporaryFolder({ ...stranger, ...files }), folder);
		const { stdout, exitCode } = await flue(['dev'], { cwd });
		expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
	});

	test.each<[string, Files, string]>([
		['the top of the repository', { '.git/HEAD': '', 'bot/package.json': {} }, 'bot'],
		['the workspace', { 'pnpm-workspace.yaml': 'packages: [bot]\n', 'bot/package.json': {} }, 'bot'],
		['the folder itself, which is no project', {}, '.'],
	])('is run from %s', async (_, files, folder) => {
		const { 'package.json': _manifest, ...installed } = flueProject(`console.log('ours');`);
		const cwd = join(temporaryFolder({ ...installed, ...files }), folder);
		expect((await flue(['dev'], { cwd })).stdout).toBe('ours\n');
	});

	test('is found where the manifest has its bin in one string, and the nearest one is taken', async () => {
		const cwd = temporaryFolder({ ...flueProject(`console.log('far');`), ...flueCli(`console.log('near');`, 'bot/') });
		expect((await flue(['docs'], { cwd: join(cwd, 'bot') })).stdout).toBe('near\n');
		const text = { name: '@flue/cli', version: '9.0.0', bin: './run.cjs' };
		const single = temporaryFolder({
			'node_modules/@flue/cli/package.json': text,
			'node_modules/@flue/cli/run.cjs': `console.log('one');`,
		});
		expect((await flue(['docs'], { cwd: single })).stdout).toBe('one\n');
	});

	test('loads nothing of what our own commands need', async () => {
		const [cwd, coverage] = [temporaryFolder(flueProject('')), temporaryFolder()];
		await flue(['dev'], { cwd, env: { NODE_V8_COVERAGE: coverage } });
		const [report = ''] = readdirSync(coverage);
		const { result } = JSON.parse(readFileSync(join(coverage, report), 'utf8')) as { result: { url: string }[] };
		const ours = result
			.map(({ url }) => url)
			.filter((url) => url.startsWith('file:'))
			.map((url) => fileURLToPath(url))
			.filter((path) => path.startsWith(PROGRAM_ROOT));
		const code = ours.map((path) => readFileSync(path, 'utf8')).join('');
		expect(ours).toContain(BIN);
		expect(code).not.toContain('commander.unknownOption');
	});
});

describe('without @flue/cli', () => {
	test.each([
		['package-lock.json', '{}', 'npm install --no-audit --no-fund "@flue/cli@^0.11.0"'],
		[
			'pnpm-lock.yaml',
			'',
			'pnpm add --ignore-workspace-root-check --config.strict-dep-builds=false "@flue/cli@^0.11.0"',
		],
		['yarn.lock', '# yarn lockfile v1\n', 'yarn add --ignore-workspace-root-check "@flue/cli@^0.11.0"'],
		['bun.lock', '{}', 'bun add "@flue/cli@^0.11.0"'],
	])('a project with %s is told in one sentence how to install it', async (lockfile, content, command) => {
		const cwd = temporaryFolder({
			'package.json': { dependencies: { '@flue/runtime': '^0.11.1' } },
			[lockfile]: content,
		});
		const before = readTree(cwd);
		const { stdout, stderr, exitCode } = await flue(['dev', '--target', 'node'], { cwd });
		expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
		expect(stderr).toBe(`${lacking('dev')}Install it:  ${command}\n`);
		expect(readTree(cwd)).toEqual(before);
	});

	test.each([
		['0.8.1', '@^0.8.0'],
		['0.10.2', '@^0.10.0'],
		['1.0.0-beta.9', '@1.0.0-beta.9'],
		['2.0.3', '@^2.0.0'],
		['2.1.0', '@^2.0.0'],
	])('the command fits @flue/runtime %s', async (runtime, range) => {
		const cwd = temporaryFolder({ 'package.json': { dependencies: { '@flue/runtime': runtime } } });
		expect((await flue(['run', 'x'], { cwd })).stderr).toContain(`@flue/cli${range}`);
	});

	test('a folder without a package.json, and one whose manager is not clear, are told too', async () => {
		const { stderr, exitCode } = await flue(['init'], { cwd: temporaryFolder() });
		expect({ stderr, exitCode }).toEqual({
			stderr: `${lacking('init')}Install it:  npm install --no-audit --no-fund "@flue/cli"\n`,
			exitCode: 2,
		});
		const unclear = temporaryFolder({ 'package.json': {}, 'pnpm-lock.yaml': '', 'package-lock.json': '{}' });
		expect((await flue(['init'], { cwd: unclear })).stderr).toBe(`${lacking('init')}Install @flue/cli.\n`);
	});

	test('--json gives the same as an object', async () => {
		const { stdout, exitCode } = await flue(['dev', '--json'], { cwd: temporaryFolder({ 'package.json': {} }) });
		expect(JSON.parse(stdout)).toMatchObject({
			ok: false,
			exitCode: 2,
			error: { message: lacking('dev').trimEnd(), hint: expect.stringContaining('npm install') },
		});
		expect(exitCode).toBe(2);
	});

	test('a flue on PATH is not taken for it', async () => {
		const bin = temporaryFolder({ flue: '#!/bin/sh\necho taken from PATH\n' });
		chmodSync(join(bin, 'flue'), 0o755);
		const { stdout, exitCode } = await flue(['dev'], { cwd: temporaryFolder({ 'package.json': {} }), bin });
		expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
	});
});

describe('this program never starts itself', () => {
	test('when it is installed under the name of @flue/cli', async () => {
		const cwd = temporaryFolder({ 'package.json': {}, 'node_modules/@flue/': '' });
		symlinkSync(PROGRAM_ROOT, join(cwd, 'node_modules/@flue/cli'));
		const { stderr, exitCode } = await flue(['dev'], { cwd });
		expect({ stderr, exitCode }).toEqual({ stderr: expect.stringContaining('does not have it'), exitCode: 2 });
	});

	test('when another copy of it is', async () => {
		const manifest = JSON.parse(readFileSync(join(PROGRAM_ROOT, 'package.json'), 'utf8'));
		const copy = {
			'node_modules/@flue/cli/package.json': manifest,
			'node_modules/@flue/cli/bin/flue.js': `console.log('a copy');`,
		};
		const { stdout, exitCode } = await flue(['dev'], { cwd: temporaryFolder({ 'package.json': {}, ...copy }) });
		expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
	});

	test("when a package of that name leads to this program's bin", async () => {
		const cwd = temporaryFolder({
			'package.json': {},
			'node_modules/@flue/cli/package.json': { name: '@flue/cli', bin: { flue: 'bin/flue.mjs' } },
			'node_modules/@flue/cli/bin/': '',
		});
		symlinkSync(BIN, join(cwd, 'node_modules/@flue/cli/bin/flue.mjs'));
		expect((await flue(['dev'], { cwd })).exitCode).toBe(2);
	});

	test.each([
		['no bin', {}],
		['a bin of another name', { bin: { other: 'bin/flue.mjs' } }],
		['a bin that is not there', { bin: { flue: 'gone.mjs' } }],
		['a bin that is no text', { bin: { flue: 1 } }],
	])('nor a package with %s', async (_, manifest) => {
		const cwd = temporaryFolder({
			...flueProject(),
			'node_modules/@flue/cli/package.json': { name: '@flue/cli', ...manifest },
		});
		expect((await flue(['dev'], { cwd })).exitCode).toBe(2);
	});
});

describe('add and update', () => {
	test.each([
		['add', 'sandbox', 'e2b'],
		['add', 'sandbox', 'e2b', '--print'],
		['add', '--print', 'sandbox', 'e2b'],
		['add', 'https://e2b.dev', '--category', 'sandbox'],
		['add', 'channel', 'slack'],
		['update', 'channel', 'slack'],
		['update', 'sandbox', 'e2b', '--yes', '--unknown'],
	])('of what only Flue knows is handed on: %s %s %s', async (...args) => {
		const { stdout } = await flue(args, { cwd: temporaryFolder(flueProject()) });
		expect(JSON.parse(stdout)).toMatchObject({ args });
	});

	test.each([
		['add', 'daytona', '--print'],
		['add', 'sandbox', 'daytona', '--print'],
		['add', '@daytona/sdk', '--print'],
		['add', '--path', '.flue/connectors/e2b.ts', 'daytona', '--print'],
		['add', '--example', 'basic', 'daytona', '--print'],
	])('of what we know is ours, with @flue/cli too: %s %s %s', async (...args) => {
		const { stdout } = await flue(args, { cwd: temporaryFolder(flueProject()) });
		expect(stdout).toMatch(/^# Add the Daytona connector/);
	});

	test.each([
		['add', 'daytonna'],
		['add', 'sandbox', 'datona'],
	])('of a name nearly ours gets ours: %s %s', async (...args) => {
		const { stderr, exitCode } = await flue(args, { cwd: temporaryFolder(flueProject()) });
		expect({ stderr, exitCode }).toEqual({ stderr: expect.stringContaining('Did you mean daytona?'), exitCode: 2 });
	});

	test('of what only Flue knows is refused without @flue/cli, with what there is and how to get more', async () => {
		const cwd = temporaryFolder({ 'package.json': { dependencies: { '@flue/runtime': '2.0.3' } } });
		const { stderr, exitCode } = await flue(['add', 'sandbox', 'e2b'], { cwd });
		expect(exitCode).toBe(2);
		expect(stderr).toContain('Unknown connector "sandbox e2b". Available: daytona.');
		expect(stderr).toContain('npm install --no-audit --no-fund "@flue/cli@^2.0.0"');
	});

	test('know each option of ours that takes a value, so that no value is taken for a name', async () => {
		const cwd = temporaryFolder();
		const [add, update] = await Promise.all(['add', 'update'].map((command) => flue([command, '--help'], { cwd })));
		const options = [...`${add?.stdout}${update?.stdout}`.matchAll(/^ {2}(?:(-\w), )?(--[\w-]+) </gm)].flatMap(
			([, short, long]) => [short, long],
		);
		expect(options.length).toBeGreaterThan(4);
		expect(VALUE_OPTIONS).toEqual(expect.arrayContaining(options.filter((option) => option !== undefined)));
	});
});

describe('a command that nobody has', () => {
	test.each([
		['rum', 'Did you mean run?'],
		['ad', 'Did you mean add?'],
		['chek', 'Did you mean check?'],
		['deploy-everything', 'See flue --help.'],
	])('gets the nearest name: %s', async (command, hint) => {
		const { stdout, stderr, exitCode } = await flue([command, 'x', '--help'], { cwd: temporaryFolder(flueProject()) });
		expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
		expect(stderr).toBe(`Unknown command "${command}".\n${hint}\n`);
	});
});

test('the help shows our commands first, and says where the others come from', async () => {
	for (const option of ['--help', '-h', 'help']) {
		const { stdout, exitCode } = await flue([option], { cwd: temporaryFolder(flueProject()) });
		expect(exitCode).toBe(0);
		expect(stdout).toMatch(
			/\n {2}add [^]*\nFlue's own commands \(dev, run, build, init, connect, logs, docs\)[^]*handed to the @flue\/cli that the\s+project has installed\.\n/,
		);
	}
});

describe('a command of Flue in another folder, without its program', () => {
	test.each([
		['package-lock.json', 'npm install --no-audit --no-fund "@flue/cli@^0.8.0" --prefix "my app"'],
		['pnpm-lock.yaml', 'pnpm -C "my app" add '],
		['yarn.lock', 'yarn --cwd "my app" add '],
		['bun.lock', 'bun add "@flue/cli@^0.8.0" --cwd "my app"'],
	])('is told the command that installs it there: %s', async (lockfile, command) => {
		const cwd = temporaryFolder({
			'my app/package.json': { name: 'bot', dependencies: { '@flue/runtime': '^0.8.0' } },
			[`my app/${lockfile}`]: '',
		});
		const { stderr, exitCode } = await flue(['-C', 'my app', 'dev'], { cwd });
		expect(exitCode).toBe(2);
		expect(stderr).toContain(`Install it:  ${command}`);
	});

	test('is refused where there is no such folder', async () => {
		const { stdout, stderr, exitCode } = await flue(['-C', 'nowhere', 'dev'], { cwd: temporaryFolder(flueCli(TELL)) });
		expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
		expect(stderr).toMatch(/^There is no folder .*nowhere"?\.\nName a folder that exists with -C\.\n$/);
	});
});
