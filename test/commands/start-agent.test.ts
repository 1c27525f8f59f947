import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { CODING_AGENT_NAMES } from '../../src/ecosystem/coding-agents.ts';
import { fakeAgent, readAgentCall } from '../support/fake-agent.ts';
import { BIN, flue, plainEnv, readTree } from '../support/flue.ts';
import { FLUE_0_7 } from '../support/sample-projects.ts';
import { temporaryFolder, writeFiles } from '../support/temporary-folder.ts';
import { flueAtTerminal, KEYS } from '../support/terminal.ts';

const PROMPT = 'Run `flue add daytona --print` in this folder and follow the instructions that it prints exactly.';

/** A PATH on which no real agent can be. */
function pathOf(...folders: readonly string[]): Record<string, string> {
	return { PATH: folders.join(delimiter) };
}

test.each([
	['claude', 'claude', [PROMPT]],
	['codex', 'codex', [PROMPT]],
	['opencode', 'opencode', ['--prompt', PROMPT]],
	['cursor-agent', 'cursor-agent', [PROMPT]],
	['cursor-agent', 'agent', [PROMPT]],
])(
	'starts %s (%s on PATH) in the package root, at the terminal, on a prompt of one line',
	async (agent, program, args) => {
		const [cwd, bin] = [temporaryFolder(FLUE_0_7), temporaryFolder()];
		fakeAgent(bin, program);
		const terminal = flueAtTerminal(['add', 'daytona', '--agent', agent], {
			cwd: join(cwd, '.flue/agents'),
			env: pathOf(bin),
		});
		expect(await terminal.ended()).toBe(0);
		expect(readAgentCall(bin, program)).toEqual({ args, cwd, terminals: [true, true, true] });
	},
);

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
	expect(await terminal.ended()).toBe(0);
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
	expect(await terminal.ended()).toBe(7);
	expect(terminal.text()).toContain('claude ended with exit code 7.');
});

test.each([
	['its exit code', 'process.exit(3)', 3],
	['SIGINT', "process.kill(process.pid, 'SIGINT'); setTimeout(() => {}, 60000)", 130],
	['SIGTERM', "process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 60000)", 143],
])('hands %s of the agent through', async (_, script, exitCode) => {
	const [cwd, bin] = [temporaryFolder(FLUE_0_7), temporaryFolder()];
	fakeAgent(bin, 'codex', script);
	const run = await flue(['add', 'daytona', '--agent', 'codex'], { cwd, env: pathOf(bin) });
	expect(run.exitCode).toBe(exitCode);
});

test('hands SIGTERM to the agent, and waits for its end', async () => {
	const [cwd, bin] = [temporaryFolder(FLUE_0_7), temporaryFolder()];
	fakeAgent(
		bin,
		'codex',
		`
		process.on('SIGTERM', () => { require('node:fs').writeFileSync('cleaned-up', ''); process.exit(5); });
		setInterval(() => {}, 1000);
		console.log('ready');`,
	);
	const env = plainEnv(pathOf(bin));
	const child = spawn(process.execPath, [BIN, 'add', 'daytona', '--agent', 'codex'], {
		cwd,
		env,
		stdio: ['ignore', 'pipe', 'ignore'],
	});
	await once(child.stdout, 'data');
	child.kill('SIGTERM');
	expect(await once(child, 'close')).toEqual([5, null]);
	expect(existsSync(join(cwd, 'cleaned-up'))).toBe(true);
});

test('has the agent run a command that prints the instructions of this plan', async () => {
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
	const { exitCode } = await flue(['add', 'daytona', '--agent', 'claude', ...options], { cwd, env: pathOf(bin) });
	expect(exitCode).toBe(0);
	const call = readAgentCall(bin, 'claude');
	expect(call?.cwd).toBe(join(cwd, 'packages/bot'));
	const words = /^Run `flue (.*)` in this folder/.exec(call?.args[0] ?? '')?.[1]?.split(' ') ?? [];
	const [direct, byAgent] = await Promise.all([
		flue(['add', 'daytona', '--print', ...options], { cwd }),
		flue(words, { cwd: call?.cwd ?? '' }),
	]);
	expect(byAgent.stdout).toMatch(/^# Add the Daytona connector/);
	expect(byAgent.stdout).toBe(direct.stdout);
});

test('says which agents are on PATH when the one that was asked for is not, and starts none', async () => {
	const [cwd, bin] = [temporaryFolder(FLUE_0_7), temporaryFolder()];
	fakeAgent(bin, 'codex');
	fakeAgent(bin, 'agent');
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
	['vim', `There are: ${CODING_AGENT_NAMES.join(', ')}.`],
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

test('says so when the agent cannot be started', () => {
	const [cwd, bin] = [temporaryFolder(FLUE_0_7), temporaryFolder()];
	writeFiles(bin, { claude: '#!/no/such/interpreter\n' });
	execFileSync('chmod', ['+x', join(bin, 'claude')]);
	const run = () =>
		execFileSync(process.execPath, [BIN, 'add', 'daytona', '--agent', 'claude'], {
			cwd,
			env: plainEnv(pathOf(bin)),
			stdio: 'pipe',
		});
	expect(run).toThrow(expect.objectContaining({ status: 1 }));
});
