import { describe, expect, test } from 'vitest';
import { chooseMode } from '../../src/commands/options.ts';
import { UsageError } from '../../src/lib/errors.ts';
import { canAsk, isAgent, isCi } from '../../src/terminal/interactive.ts';
import { fakeManager } from '../support/fake-manager.ts';
import { BIN, plainEnv, readTree } from '../support/flue.ts';
import { FLUE_0_7 } from '../support/sample-projects.ts';
import { type Files, temporaryFolder } from '../support/temporary-folder.ts';
import { atTerminal, ENTER } from '../support/terminal-script.ts';

const CONNECTOR = '.flue/connectors/daytona.ts';

const MINE: Files = { ...FLUE_0_7, [CONNECTOR]: '// mine\n' };

const SHOW_CURSOR = '\x1B[?25h';

const HIDE_CURSOR = '\x1B[?25l';

interface Desk {
	readonly flags?: string;
	readonly files?: Files;
	readonly path?: string;
	/** What a person types when this is on the screen. */
	readonly answer?: { readonly on: string; readonly type: string };
	/** Sent to the program when this is on the screen. */
	readonly signal?: { readonly on: string; readonly name: NodeJS.Signals };
}

/** A person runs `flue add daytona` at a terminal. */
async function atDesk({ flags = '', files = FLUE_0_7, path, answer, signal }: Desk) {
	const [cwd, bin] = [temporaryFolder(files), temporaryFolder()];
	fakeManager(bin, 'npm');
	const before = readTree(cwd);
	const env = plainEnv({ NODE: process.execPath, BIN });
	let isSent = false;
	const watch = (screen: string, pid: number) => {
		if (isSent || signal === undefined || !screen.includes(signal.on)) return;
		isSent = true;
		process.kill(pid, signal.name);
	};
	const { screen, exitCode } = await atTerminal(`exec "$NODE" "$BIN" add daytona ${flags}`, {
		cwd,
		env: { ...env, PATH: path ?? `${bin}:${env['PATH']}` },
		answers: answer === undefined ? [] : [answer],
		watch,
	});
	return { screen: screen.replaceAll('\r\n', '\n'), exitCode, before, after: readTree(cwd) };
}

describe('a person at a terminal', () => {
	test.each([
		['SIGTERM', 143, 'Terminated'],
		['SIGHUP', 130, 'Cancelled'],
		['SIGINT', 130, 'Cancelled'],
	] as const)(
		'is left by the question when %s comes: nothing changed, and the cursor back',
		async (name, code, verb) => {
			const { screen, exitCode, before, after } = await atDesk({ signal: { on: 'Print the instructions', name } });
			expect(exitCode).toBe(code);
			expect(screen.endsWith(`${verb}.\nNothing was changed.\n`)).toBe(true);
			expect(screen.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(screen.lastIndexOf(HIDE_CURSOR));
			expect(after).toEqual(before);
		},
	);

	test.each<[string, Desk, number, RegExp]>([
		[
			'a conflict',
			{ files: MINE },
			3,
			/^\.flue\/connectors\/daytona\.ts was not written by this tool\.\nNothing was changed\.\n/,
		],
		[
			'a conflict, with --write',
			{ files: MINE, flags: '--write' },
			3,
			/^\.flue\/connectors\/daytona\.ts was not written by this tool\.\nNothing was changed\.\n/,
		],
		[
			'a package manager that is missing, with --write',
			{ path: '/nowhere', flags: '--write' },
			2,
			/^npm is not on PATH.* Nothing was changed\.\n/,
		],
	])('is not asked where a yes could not be done: %s', async (_, desk, code, words) => {
		const { screen, exitCode, before, after } = await atDesk(desk);
		expect(screen).toMatch(words);
		expect(exitCode).toBe(code);
		expect(after).toEqual(before);
	});

	test('is told what is in the way of a write that was the answer', async () => {
		const answer = { on: 'Print the instructions', type: ENTER };
		const { screen, exitCode, before, after } = await atDesk({ path: '/nowhere', answer });
		expect(screen).toMatch(/npm is not on PATH.* Nothing was changed\.\n/);
		expect(exitCode).toBe(2);
		expect(after).toEqual(before);
	});
});

type ModeFlags = Parameters<typeof chooseMode>[0];

const NONE: ModeFlags = {
	print: false,
	printFile: false,
	write: false,
	yes: false,
	dryRun: false,
	diff: false,
	agent: undefined,
	json: false,
};

const TERMINALS = { stdin: true, stdout: true, stderr: true };

describe('who is asked', () => {
	test.each([
		{},
		{ CI: '' },
		{ CI: '0' },
		{ CI: 'false' },
		{ CI: 'False' },
		{ CLAUDECODE: '' },
		{ AGENT: '0' },
		{ TERM: 'xterm' },
		{ CURSOR_TRACE_ID: 'x' },
		{ REPL_ID: 'x' },
		{ CODEX_HOME: '/x' },
	])('a person, with %j', (env) => expect(canAsk(TERMINALS, env)).toBe(true));

	test.each([
		{ TF_BUILD: 'True' },
		{ TEAMCITY_VERSION: '2026.1' },
		{ JENKINS_URL: 'https://ci.example', BUILD_ID: '7' },
		{ CODEBUILD_BUILD_ARN: 'arn:aws:codebuild:x' },
		{ GITHUB_ACTIONS: 'true' },
		{ VERCEL: '1' },
		{ CF_PAGES: '1' },
		{ BUILD_NUMBER: '12' },
		{ CONTINUOUS_INTEGRATION: 'true' },
		{ NODE: '/app/.heroku/node/bin/node' },
		{ CI_NAME: 'codeship' },
	])('nobody in a CI system that does not set CI: %j', (env) => {
		expect(canAsk(TERMINALS, env)).toBe(false);
		expect(canAsk(TERMINALS, { ...env, CI: 'false' })).toBe(true);
	});

	test('a person whose Node.js is anywhere else', () => {
		expect(canAsk(TERMINALS, { NODE: '/usr/bin/node', JENKINS_URL: 'https://ci.example' })).toBe(true);
	});

	test.each(['1', 'true', 'TRUE', 'yes', 'woodpecker'])('nobody in CI: CI=%s', (value) => {
		expect(isCi({ CI: value })).toBe(true);
		expect(canAsk(TERMINALS, { CI: value })).toBe(false);
	});

	test.each([
		'AI_AGENT',
		'AGENT',
		'CLAUDECODE',
		'CLAUDE_CODE',
		'CURSOR_AGENT',
		'CODEX_THREAD_ID',
		'CODEX_SANDBOX',
		'CODEX_CI',
		'GEMINI_CLI',
		'OPENCODE',
		'OPENCODE_CLIENT',
		'AUGMENT_AGENT',
		'ANTIGRAVITY_AGENT',
		'QWEN_CODE',
		'COPILOT_CLI',
		'COPILOT_AGENT',
		'CLINE_ACTIVE',
		'CLINE_CONNECTOR_CLI_LAUNCH',
		'PI_CODING_AGENT',
		'AMP_CURRENT_THREAD_ID',
		'GOOSE_TERMINAL',
	])('no coding agent: %s', (name) => {
		expect(isAgent({ [name]: '1' })).toBe(true);
		expect(canAsk(TERMINALS, { [name]: '1' })).toBe(false);
	});

	test('not the agent of the Cursor editor, but its person', () => {
		expect(isAgent({ CURSOR_EXTENSION_HOST_ROLE: 'agent-exec' })).toBe(true);
		expect(isAgent({ CURSOR_EXTENSION_HOST_ROLE: 'user' })).toBe(false);
	});

	test.each(['stdin', 'stdout', 'stderr'])('nobody when %s is no terminal', (stream) => {
		expect(canAsk({ ...TERMINALS, [stream]: false }, {})).toBe(false);
	});
});

describe('the mode', () => {
	test.each<[Partial<ModeFlags>, ReturnType<typeof chooseMode>, ReturnType<typeof chooseMode>]>([
		[{}, 'ask', 'print'],
		[{ print: true }, 'print', 'print'],
		[{ print: true, yes: true }, 'print', 'print'],
		[{ write: true }, 'write', 'write'],
		[{ yes: true }, 'write', 'write'],
		[{ write: true, yes: true }, 'write', 'write'],
		[{ dryRun: true }, 'dry-run', 'dry-run'],
		[{ dryRun: true, write: true }, 'dry-run', 'dry-run'],
		[{ dryRun: true, write: true, yes: true }, 'dry-run', 'dry-run'],
		[{ diff: true }, 'diff', 'diff'],
		[{ diff: true, yes: true }, 'diff', 'diff'],
		[{ diff: true, write: true }, 'diff', 'diff'],
		[{ agent: 'claude' }, 'agent', 'agent'],
	])('with %j is %s for a person and %s for everybody else', (flags, asked, unasked) => {
		expect(chooseMode({ ...NONE, ...flags }, true)).toBe(asked);
		expect(chooseMode({ ...NONE, ...flags }, false)).toBe(unasked);
	});

	test.each<[Partial<ModeFlags>, string]>([
		[{ print: true, write: true }, '--print and --write contradict each other.'],
		[{ print: true, dryRun: true }, '--print and --dry-run contradict each other.'],
		[{ print: true, diff: true }, '--print and --diff contradict each other.'],
		[{ dryRun: true, diff: true }, '--dry-run and --diff contradict each other.'],
		[{ agent: 'claude', print: true }, '--agent and --print contradict each other.'],
		[{ agent: 'claude', write: true }, '--agent and --write contradict each other.'],
		[{ agent: 'claude', yes: true }, '--agent and --yes contradict each other.'],
		[{ agent: 'claude', dryRun: true }, '--agent and --dry-run contradict each other.'],
		[{ agent: 'claude', diff: true }, '--agent and --diff contradict each other.'],
		[{ agent: 'claude', json: true }, '--agent and --json contradict each other.'],
	])('is none with %j', (flags, words) => {
		expect(() => chooseMode({ ...NONE, ...flags }, true)).toThrow(new UsageError(words, 'Give one of them.'));
	});
});
