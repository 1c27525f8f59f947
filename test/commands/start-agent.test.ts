import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { CODING_AGENT_NAMES } from '../../src/ecosystem/coding-agents.ts';
import { fakeAgent, readAgentCall } from '../support/fake-agent.ts';
import { BIN, flue, readTree } from '../support/flue.ts';
import { FLUE_0_7 } from '../support/sample-projects.ts';
import { temporaryFolder, writeFiles } from '../support/temporary-folder.ts';
import { flueAtTerminal, KEYS, openTerminal } from '../support/terminal.ts';

/** For agents that choke on the whole text. */
const SHORT =
	'Add the Daytona connector to this project: run `flue add daytona --write --yes` in this folder. It installs the npm package `@daytona/sdk` and writes `.flue/connectors/daytona.ts` and writes `.env.example`. If it ends with an exit code other than 0, stop and report what it printed.';

/** What an agent does that follows the instructions, as a script of `fakeAgent`. */
const WORK = `
	const { execFileSync } = require('node:child_process');
	const { readFileSync, writeFileSync } = require('node:fs');
	execFileSync(process.execPath, [${JSON.stringify(BIN)}, 'add', 'daytona', '--write', '--yes', '--no-install']);
	const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
	manifest.dependencies['@daytona/sdk'] = '^0.216.0';
	writeFileSync('package.json', JSON.stringify(manifest));`;

/** A PATH on which no real agent can be. */
function pathOf(...folders: readonly string[]): Record<string, string> {
	return { PATH: folders.join(delimiter) };
}

const CODEX_WRITES = ['-s', 'workspace-write', '-c', 'sandbox_workspace_write.network_access=true'];

test.each([
	['claude', 'claude', (text: string) => [text]],
	['codex', 'codex', (text: string) => [...CODEX_WRITES, text]],
	['opencode', 'opencode', (text: string) => ['--prompt', text]],
	['pi', 'pi', (text: string) => [text]],
	['copilot', 'copilot', (text: string) => ['--allow-all-tools', '-i', text]],
	['cline', 'cline', (text: string) => ['-i', text]],
	['gemini', 'gemini', () => ['-i', SHORT]],
	['qwen', 'qwen', () => ['-i', SHORT]],
	['cursor-agent', 'cursor-agent', (text: string) => [text]],
])(
	'starts %s (%s on PATH) in the package root, at the terminal, on what it can take: the whole instructions or one line',
	async (agent, program, args) => {
		const [cwd, bin] = [temporaryFolder(FLUE_0_7), temporaryFolder()];
		fakeAgent(bin, program, WORK);
		const { stdout } = await flue(['add', 'daytona', '--print'], { cwd });
		const terminal = flueAtTerminal(['add', 'daytona', '--agent', agent], {
			cwd: join(cwd, '.flue/agents'),
			env: { ...pathOf(bin), HOME: temporaryFolder() },
		});
		expect(await terminal.ended()).toBe(0);
		expect(terminal.text()).toContain('Daytona is connected to this project.');
		expect(readAgentCall(bin, program)).toEqual({ args: args(stdout), cwd, terminals: [true, true, true] });
	},
);

test('takes a program called "agent" for that of Cursor only if it says so', async () => {
	const [cwd, bin, cursor] = [temporaryFolder(FLUE_0_7), temporaryFolder(), temporaryFolder()];
	for (const folder of [bin, cursor]) fakeAgent(folder, 'agent', WORK);
	const own = await flue(['add', 'daytona', '--agent', 'cursor-agent'], { cwd, env: pathOf(bin) });
	expect({ exitCode: own.exitCode, stderr: own.stderr }).toEqual({
		exitCode: 2,
		stderr: expect.stringContaining('cursor-agent is not on PATH.'),
	});
	appendFileSync(join(cursor, 'agent'), '# Cursor Agent\n');
	const terminal = flueAtTerminal(['add', 'daytona', '--agent', 'cursor-agent'], { cwd, env: pathOf(cursor) });
	expect(await terminal.ended()).toBe(0);
});

test.each([
	['npm', 'package-lock.json', ['.npm']],
	['pnpm', 'pnpm-lock.yaml', ['.local/share/pnpm', '.cache/pnpm']],
	['yarn', 'yarn.lock', ['.yarn/berry']],
	['bun', 'bun.lock', ['.bun/install/cache']],
])('lets Codex write to the caches of %s that are there', async (_, lockfile, folders) => {
	const { 'package-lock.json': _npm, ...files } = FLUE_0_7;
	const cwd = temporaryFolder({ ...files, [lockfile]: '' });
	const [bin, home] = [temporaryFolder(), temporaryFolder()];
	for (const folder of folders) mkdirSync(join(home, folder), { recursive: true });
	fakeAgent(bin, 'codex', WORK);
	const env = { ...pathOf(bin), HOME: home };
	expect(await flueAtTerminal(['add', 'daytona', '--agent', 'codex'], { cwd, env }).ended()).toBe(0);
	const caches = folders.flatMap((folder) => ['--add-dir', join(home, folder)]);
	expect(readAgentCall(bin, 'codex')?.args.slice(0, -1)).toEqual([...caches, ...CODEX_WRITES]);
});

test.each([
	['claude', 'flue add daytona --print | claude -p --permission-mode auto'],
	[
		'codex',
		'flue add daytona --print | codex exec -s workspace-write -c sandbox_workspace_write.network_access=true --skip-git-repo-check -',
	],
	['gemini', 'gemini --yolo -p "Run this: flue add daytona --write --yes"'],
])('starts no agent without a terminal, and gives the line that works there: %s', async (agent, line) => {
	const [cwd, bin] = [temporaryFolder(FLUE_0_7), temporaryFolder()];
	fakeAgent(bin, agent);
	const { exitCode, stderr, stdout } = await flue(['add', 'daytona', '--agent', agent], {
		cwd,
		env: { ...pathOf(bin), HOME: temporaryFolder() },
	});
	expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
	expect(stderr).toContain(`--agent ${agent} needs a terminal, and here is none.\nWithout a terminal:  ${line}\n`);
	expect(readAgentCall(bin, agent)).toBeUndefined();
});

test('ends with 5 and names what is missing when an agent that did nothing ends with 0', async () => {
	const [cwd, bin] = [temporaryFolder(FLUE_0_7), temporaryFolder()];
	fakeAgent(bin, 'claude');
	const terminal = flueAtTerminal(['add', 'daytona', '--agent', 'claude'], { cwd, env: pathOf(bin) });
	expect(await terminal.ended()).toBe(5);
	expect(terminal.text()).toContain(
		[
			'claude ended with exit code 0, and this is not done:',
			'  @daytona/sdk@^0.216.0 is not in package.json',
			'  .flue/connectors/daytona.ts is missing',
			'  .env.example is not up to date',
		].join('\n'),
	);
});

test('leaves the package to the user, as told, when it looks at what an agent did', async () => {
	const [cwd, bin] = [temporaryFolder(FLUE_0_7), temporaryFolder()];
	const script = `require('node:child_process').execFileSync(process.execPath, [${JSON.stringify(BIN)}, 'add', 'daytona', '--write', '--yes', '--no-install']);`;
	fakeAgent(bin, 'claude', script);
	const args = ['add', 'daytona', '--agent', 'claude', '--no-install'];
	expect(await flueAtTerminal(args, { cwd, env: pathOf(bin) }).ended()).toBe(0);
});

test('leaves the agent the keyboard, Ctrl-C and Esc included', async () => {
	const [cwd, bin] = [temporaryFolder(FLUE_0_7), temporaryFolder()];
	fakeAgent(
		bin,
		'claude',
		`
		process.stdin.setRawMode(true).on('data', (data) => {
			if (data.toString() === 'q') process.exit(0);
			console.log('key ' + JSON.stringify(data.toString()));
		});
		console.log('ready');`,
	);
	const terminal = flueAtTerminal(['add', 'daytona', '--agent', 'claude'], { cwd, env: pathOf(bin) });
	await terminal.shows('ready');
	for (const key of ['x', KEYS.interrupt, KEYS.escape, KEYS.down]) {
		terminal.press(key);
		await terminal.shows(`key ${JSON.stringify(key)}`);
	}
	terminal.press('q');
	expect(await terminal.ended()).toBe(5);
});

test('outlives a Ctrl-C that the agent does not end at', async () => {
	const [cwd, bin] = [temporaryFolder(FLUE_0_7), temporaryFolder()];
	fakeAgent(
		bin,
		'claude',
		`
		process.on('SIGINT', () => { console.log('interrupted'); });
		process.stdin.once('data', () => process.exit(7));
		console.log('ready');`,
	);
	const terminal = flueAtTerminal(['add', 'daytona', '--agent', 'claude'], { cwd, env: pathOf(bin) });
	await terminal.shows('ready');
	terminal.press(KEYS.interrupt);
	await terminal.shows('interrupted');
	terminal.press('go\r');
	expect(await terminal.ended()).toBe(5);
	expect(terminal.text()).toContain('claude ended with exit code 7, and this is not done:');
});

test.each([
	['its exit code', 'process.exit(3)'],
	['SIGINT', "process.kill(process.pid, 'SIGINT'); setTimeout(() => {}, 60000)"],
	['SIGTERM', "process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 60000)"],
])('counts the work and not how the agent ended: %s', async (_, script) => {
	const [cwd, bin] = [temporaryFolder(FLUE_0_7), temporaryFolder()];
	fakeAgent(bin, 'codex', `${WORK}\n${script}`);
	const terminal = flueAtTerminal(['add', 'daytona', '--agent', 'codex'], { cwd, env: pathOf(bin) });
	expect(await terminal.ended()).toBe(0);
});

test('hands SIGTERM to the agent, and ends as it does', async () => {
	const [cwd, bin] = [temporaryFolder(FLUE_0_7), temporaryFolder()];
	fakeAgent(
		bin,
		'codex',
		`
		process.on('SIGTERM', () => { require('node:fs').writeFileSync('cleaned-up', ''); process.exit(9); });
		setInterval(() => {}, 1000);
		console.log('ready ' + process.ppid + '.');`,
	);
	const terminal = flueAtTerminal(['add', 'daytona', '--agent', 'codex'], { cwd, env: pathOf(bin) });
	await terminal.shows('ready');
	await terminal.shows('.');
	// The fake agent runs below a shell that became it.
	process.kill(Number(/ready (\d+)\./.exec(terminal.text())?.[1]), 'SIGTERM');
	expect(await terminal.ended()).toBe(9);
	expect(existsSync(join(cwd, 'cleaned-up'))).toBe(true);
});

/** What a screen full of an agent leaves behind that has no time to clean up. */
const OCCUPY = `
	process.stdin.setRawMode(true);
	process.stdout.write('\\x1b[?1049h\\x1b[?25l\\x1b[?1;1000;1003;1006;2004h\\x1b[>1u\\x1b[31mready');
	setInterval(() => {}, 1000);`;

test.each([
	['it is killed', 'SIGKILL', OCCUPY],
	['it ends at SIGTERM', 'SIGTERM', OCCUPY],
	['it stays in the main screen', 'SIGKILL', `process.stdout.write('\\x1b[?25lready'); setInterval(() => {}, 1000);`],
] as const)('gives the terminal back as it was when the agent cannot: %s', async (_, signal, script) => {
	const [cwd, bin] = [temporaryFolder(FLUE_0_7), temporaryFolder()];
	fakeAgent(bin, 'codex', `require('node:fs').writeFileSync('pid', String(process.pid));${script}`);
	const line = `"$0" "$1" add daytona --agent codex; echo "code $?"; stty -a`;
	const terminal = openTerminal('/bin/sh', ['-c', line, process.execPath, BIN], {
		cwd,
		env: { PATH: `${bin}:/usr/bin:/bin` },
	});
	await terminal.shows('ready');
	const before = terminal.emulator.buffer.normal.cursorY;
	process.kill(Number(readFileSync(join(cwd, 'pid'), 'utf8')), signal);
	await terminal.ended();
	const { modes, buffer } = terminal.emulator;
	expect(buffer.active.type).toBe('normal');
	expect(modes).toMatchObject({
		mouseTrackingMode: 'none',
		bracketedPasteMode: false,
		applicationCursorKeysMode: false,
	});
	expect(terminal.output().lastIndexOf('\x1B[?25h')).toBeGreaterThan(terminal.output().lastIndexOf('\x1B[?25l'));
	expect(terminal.output()).toContain('\x1B[<9u');
	for (const setting of ['icanon', 'echo', 'isig', 'icrnl', 'opost'])
		expect(terminal.text()).toMatch(new RegExp(`(?<!-)\\b${setting}\\b`));
	const lines = terminal.screen().split('\n');
	expect(lines.findIndex((shown) => shown.includes('codex ended with'))).toBeGreaterThanOrEqual(before);
	expect(lines[0]).toContain('Starting codex');
});

test('gives the agent the instructions of this plan', async () => {
	const [cwd, bin] = [temporaryFolder(FLUE_0_7), temporaryFolder()];
	writeFiles(cwd, { 'packages/bot/package.json': { name: 'bot', dependencies: { '@flue/runtime': '2.1.0' } } });
	fakeAgent(bin, 'claude');
	const options = [
		'-C',
		'packages/bot',
		'--path',
		'packages/bot/src/sandboxes/daytona.ts',
		'--runtime',
		'0.8.1',
		'--package-manager',
		'pnpm',
		'--no-install',
	];
	await flueAtTerminal(['add', 'daytona', '--agent', 'claude', ...options], { cwd, env: pathOf(bin) }).ended();
	const call = readAgentCall(bin, 'claude');
	expect(call?.cwd).toBe(join(cwd, 'packages/bot'));
	const { stdout } = await flue(['add', 'daytona', '--print', ...options], { cwd });
	expect(call?.args).toEqual([stdout]);
});

test('says which agents are on PATH when the one that was asked for is not, and starts none', async () => {
	const [cwd, bin] = [temporaryFolder(FLUE_0_7), temporaryFolder()];
	fakeAgent(bin, 'codex');
	fakeAgent(bin, 'cursor-agent');
	const { exitCode, stderr, stdout } = await flue(['add', 'daytona', '--agent', 'claude'], { cwd, env: pathOf(bin) });
	expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
	expect(stderr).toBe('claude is not on PATH.\nOn PATH: codex, cursor-agent.\n');
	expect(readAgentCall(bin, 'codex')).toBeUndefined();
});

test('says what else there is when no agent is on PATH', async () => {
	const { exitCode, stderr } = await flue(['add', 'daytona', '--agent', 'claude'], {
		cwd: temporaryFolder(FLUE_0_7),
		env: pathOf(),
	});
	expect(exitCode).toBe(2);
	expect(stderr).toContain('--print');
});

test.each(['--print', '--write', '--yes', '--dry-run', '--diff', '--json'])(
	'takes --agent with %s for a contradiction',
	async (flag) => {
		const [cwd, bin] = [temporaryFolder(FLUE_0_7), temporaryFolder()];
		fakeAgent(bin, 'claude');
		const { exitCode, stdout, stderr } = await flue(['add', 'daytona', '--agent', 'claude', flag], {
			cwd,
			env: pathOf(bin),
		});
		expect(exitCode).toBe(2);
		expect(stdout + stderr).toContain(`--agent and ${flag} contradict each other.`);
		expect(readAgentCall(bin, 'claude')).toBeUndefined();
	},
);

test.each([
	['cluade', 'Did you mean claude?'],
	['emacs', `There are: ${CODING_AGENT_NAMES.join(', ')}.`],
])('names the agents that it can start when asked for %s', async (name, hint) => {
	const { exitCode, stderr } = await flue(['add', 'daytona', '--agent', name], { cwd: temporaryFolder(FLUE_0_7) });
	expect(exitCode).toBe(2);
	expect(stderr).toBe(`"${name}" is not a coding agent that flue can start.\n${hint}\n`);
});

test('starts no program that lies in the project, whatever PATH says', async () => {
	const cwd = temporaryFolder(FLUE_0_7);
	fakeAgent(cwd, 'claude');
	const { exitCode } = await flue(['add', 'daytona', '--agent', 'claude'], {
		cwd,
		env: { PATH: `.:${pathOf()['PATH']}` },
	});
	expect(exitCode).toBe(2);
	expect(readAgentCall(cwd, 'claude')).toBeUndefined();
});

test('starts no agent where there is nothing to do', async () => {
	const [cwd, bin] = [temporaryFolder(FLUE_0_7), temporaryFolder()];
	fakeAgent(bin, 'claude');
	await flue(['add', 'daytona', '--write', '--no-install'], { cwd });
	const manifest = FLUE_0_7['package.json'] as { dependencies: object };
	writeFiles(cwd, {
		'package.json': { ...manifest, dependencies: { ...manifest.dependencies, '@daytona/sdk': '^0.216.0' } },
	});
	const before = readTree(cwd);
	const { exitCode, stderr } = await flue(['add', 'daytona', '--agent', 'claude'], { cwd, env: pathOf(bin) });
	expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringContaining('Nothing to do') });
	expect(readAgentCall(bin, 'claude')).toBeUndefined();
	expect(readTree(cwd)).toEqual(before);
});

test('says so when the agent cannot be started', async () => {
	const [cwd, bin] = [temporaryFolder(FLUE_0_7), temporaryFolder()];
	writeFiles(bin, { claude: '#!/no/such/interpreter\n' });
	chmodSync(join(bin, 'claude'), 0o755);
	const terminal = flueAtTerminal(['add', 'daytona', '--agent', 'claude'], { cwd, env: pathOf(bin) });
	expect(await terminal.ended()).toBe(1);
	expect(terminal.text()).toContain('claude could not be started');
});
