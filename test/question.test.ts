import { stripVTControlCharacters } from 'node:util';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { canAsk, isAgent, isCi } from '../src/audience.ts';
import { chooseMode, type ModeFlags } from '../src/mode.ts';
import { UsageError } from '../src/errors.ts';
import { fakeManager, readCalls } from './support/fake-manager.ts';
import { BIN, flue, plainEnv, readTree } from './support/flue.ts';
import { FLUE_0_7 } from './support/sample-projects.ts';
import { atTerminal, CTRL_C, DOWN, ENTER, type TerminalOptions } from './support/terminal-script.ts';
import { type Files, temporaryFolder } from './support/temporary-folder.ts';

const CONNECTOR = '.flue/connectors/daytona.ts';
const INSTALLS = `const [name, range] = process.argv.at(-1).split(/(?<=.)@/); declare(name, range);`;
const ESCAPE = '\x1B';
const SHOW_CURSOR = '\x1B[?25h';

interface Person extends Partial<Pick<TerminalOptions, 'answers' | 'watch'>> {
	readonly files?: Files;
	readonly npm?: string;
	readonly env?: Readonly<Record<string, string>>;
}

/** A person runs `flue add daytona` with these flags. */
async function atDesk(flags: string, { files = FLUE_0_7, npm = INSTALLS, env = {}, ...person }: Person) {
	const [cwd, bin] = [temporaryFolder(files), temporaryFolder()];
	for (const name of ['npm', 'pnpm']) fakeManager(bin, name, npm);
	const before = readTree(cwd);
	const variables = plainEnv({ NODE: process.execPath, BIN, ...env });
	const path = env['PATH'] ?? `${bin}:${variables['PATH']}`;
	const { screen, exitCode } = await atTerminal(`exec "$NODE" "$BIN" add daytona ${flags}`, { cwd, env: { ...variables, PATH: path }, ...person });
	const text = stripVTControlCharacters(screen).replaceAll('\r\n', '\n');
	return { screen, text, exitCode, cwd, bin, before, after: readTree(cwd) };
}

const QUESTION = 'What shall be done?';
const CONFIRMATION = 'Go ahead?';

describe('a person at a terminal', () => {
	test('sees the steps, has them done with one key, and the same is written as with --write', async () => {
		const { text, exitCode, after, bin } = await atDesk('', { answers: [{ on: QUESTION, type: ENTER }] });
		expect(exitCode).toBe(0);
		expect(text).toMatch(/A write would, in this order:\n.*run npm install .*\n.*create \.flue\/connectors\/daytona\.ts\n.*update \.env\.example\n/);
		expect(text).toContain('Daytona is connected to this project.');
		expect(readCalls(bin, 'npm')).toHaveLength(1);
		const cwd = temporaryFolder(FLUE_0_7);
		await flue(['add', 'daytona', '--write'], { cwd, bin });
		expect(after).toEqual(readTree(cwd));
	});

	test('gets the instructions on the screen instead', async () => {
		const { text, exitCode, before, after } = await atDesk('', { answers: [{ on: QUESTION, type: DOWN + ENTER }] });
		expect(exitCode).toBe(0);
		expect(text).toContain('# Add the Daytona connector to this project\n');
		expect(after).toEqual(before);
	});

	test.each([
		['Ctrl-C at the question', '', QUESTION, CTRL_C],
		['Esc at the question', '', QUESTION, ESCAPE],
		['Ctrl-C before a write', '--write', CONFIRMATION, CTRL_C],
		['a no before a write', '--write', CONFIRMATION, DOWN + ENTER],
	])('leaves with %s: exit code 130, nothing changed, the cursor back', async (_, flags, on, type) => {
		const { screen, text, exitCode, before, after, bin } = await atDesk(flags, { answers: [{ on, type }] });
		expect(exitCode).toBe(130);
		expect(text).toMatch(/\nCancelled\.\nNothing was changed\.\n$/);
		expect(screen.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(screen.lastIndexOf('\x1B[?25l'));
		expect(after).toEqual(before);
		expect(readCalls(bin, 'npm')).toEqual([]);
	});

	test('is left by a SIGTERM at the question with exit code 143, nothing changed, the cursor back', async () => {
		let isSent = false;
		const watch = (screen: string, pid: number) => {
			if (isSent || !screen.includes(QUESTION)) return;
			isSent = true;
			process.kill(pid, 'SIGTERM');
		};
		const { screen, text, exitCode, before, after } = await atDesk('', { watch });
		expect(exitCode).toBe(143);
		expect(text).toMatch(/\nTerminated\.\nNothing was changed\.\n$/);
		expect(screen.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(screen.lastIndexOf('\x1B[?25l'));
		expect(after).toEqual(before);
	});

	test('ends an install with Ctrl-C, and everything is put back', async () => {
		const npm = `${INSTALLS} fs.writeFileSync('package-lock.json', '{}'); setInterval(() => {}, 1000);`;
		const answers = [{ on: CONFIRMATION, type: ENTER }, { on: 'Running npm', type: CTRL_C }];
		const { text, exitCode, before, after } = await atDesk('--write', { npm, answers });
		expect(exitCode).toBe(130);
		expect(text).toContain('Cancelled.\nEvery file is as it was before; node_modules may differ.\n');
		expect(after).toEqual(before);
	});

	test('is asked which package manager it is where nothing decides, and the answer is used', async () => {
		const files = { ...FLUE_0_7, 'pnpm-lock.yaml': '' };
		const answers = [{ on: 'Which package manager', type: DOWN + ENTER }, { on: CONFIRMATION, type: ENTER }];
		const { text, exitCode, bin } = await atDesk('--write', { files, answers });
		expect(text).toContain('There are pnpm-lock.yaml, package-lock.json.');
		expect(exitCode).toBe(0);
		expect(text).toContain('with pnpm (your answer)');
		expect(readCalls(bin, 'pnpm')).toHaveLength(1);
	});

	test.each<[string, string, Person, number, RegExp]>([
		['a conflict', '', { files: { ...FLUE_0_7, [CONNECTOR]: '// mine\n' } }, 3, /^\.flue\/connectors\/daytona\.ts was not written by this tool\.\nNothing was changed\.\n/],
		['a conflict', '--write', { files: { ...FLUE_0_7, [CONNECTOR]: '// mine\n' } }, 3, /^\.flue\/connectors\/daytona\.ts was not written by this tool\.\nNothing was changed\.\n/],
		['a package manager that is missing', '--write', { env: { PATH: '/nowhere' } }, 2, /^npm is not on PATH.*Nothing was changed\.\n/],
	])('is not asked where the answer could not be done: %s (flags "%s")', async (_, flags, person, code, words) => {
		const { text, exitCode, before, after } = await atDesk(flags, person);
		expect(text).toMatch(words);
		expect(exitCode).toBe(code);
		expect(after).toEqual(before);
	});

	test.each(['', '--write'])('is not asked where there is nothing to do (flags "%s")', async (flags) => {
		const cwd = temporaryFolder({ ...FLUE_0_7, 'package.json': { dependencies: { '@flue/runtime': '0.7.1', '@daytona/sdk': '0.216.0' } } });
		await flue(['add', 'daytona', '--write'], { cwd });
		const { screen, exitCode } = await atTerminal(`exec "$NODE" "$BIN" add daytona ${flags}`, { cwd, env: plainEnv({ NODE: process.execPath, BIN }) });
		expect({ screen, exitCode }).toEqual({ screen: `Nothing to do: Daytona is in place (${CONNECTOR}).\r\n`, exitCode: 0 });
	});

	test.each([
		['a terminal that cannot draw', { TERM: 'dumb' }],
		['CI that says "yes"', { CI: 'yes' }],
		['a coding agent of the common standard', { AI_AGENT: 'some-agent' }],
	])('is not taken for one by %s', async (_, env) => {
		const { text, exitCode } = await atDesk('', { env });
		expect(exitCode).toBe(0);
		expect(text).toMatch(/^# Add the Daytona connector/);
	});

	test('draws nothing when it pipes to an agent', async () => {
		const cwd = temporaryFolder(FLUE_0_7);
		const env = plainEnv({ NODE: process.execPath, BIN });
		const { screen } = await atTerminal(`"$NODE" "$BIN" add daytona | cat >out`, { cwd, env });
		expect(screen).toBe('');
		expect(readFileSync(join(cwd, 'out'), 'utf8')).toMatch(/^# Add the Daytona connector/);
	});
});

const NONE: ModeFlags = { print: false, write: false, yes: false, dryRun: false, diff: false, json: false, agent: undefined };
const TERMINALS = { stdin: true, stdout: true, stderr: true };

describe('who is asked', () => {
	test.each([{}, { CI: '' }, { CI: '0' }, { CI: 'false' }, { CI: 'False' }, { CLAUDECODE: '' }, { AGENT: '0' }, { TERM: 'xterm' }, { CURSOR_TRACE_ID: 'x' }, { REPL_ID: 'x' }, { CODEX_HOME: '/x' }])(
		'a person, with %j',
		(env) => expect(canAsk(TERMINALS, env)).toBe(true),
	);

	test.each(['1', 'true', 'TRUE', 'yes', 'woodpecker'])('nobody in CI: CI=%s', (value) => {
		expect(isCi({ CI: value })).toBe(true);
		expect(canAsk(TERMINALS, { CI: value })).toBe(false);
	});

	test.each([
		'AI_AGENT', 'AGENT', 'CLAUDECODE', 'CLAUDE_CODE', 'CURSOR_AGENT', 'CODEX_THREAD_ID', 'CODEX_SANDBOX', 'CODEX_CI', 'GEMINI_CLI', 'OPENCODE',
		'OPENCODE_CLIENT', 'AUGMENT_AGENT', 'ANTIGRAVITY_AGENT', 'QWEN_CODE', 'COPILOT_CLI', 'COPILOT_AGENT', 'CLINE_ACTIVE', 'PI_CODING_AGENT',
		'AMP_CURRENT_THREAD_ID', 'GOOSE_TERMINAL',
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
		[{ dryRun: true }, 'preview', 'preview'],
		[{ dryRun: true, write: true }, 'preview', 'preview'],
		[{ dryRun: true, write: true, yes: true }, 'preview', 'preview'],
		[{ diff: true }, 'compare', 'compare'],
		[{ diff: true, yes: true }, 'compare', 'compare'],
		[{ diff: true, write: true }, 'compare', 'compare'],
	])('with %j is %s for a person and %s for everybody else', (flags, asked, unasked) => {
		expect(chooseMode({ ...NONE, ...flags }, true)).toBe(asked);
		expect(chooseMode({ ...NONE, ...flags }, false)).toBe(unasked);
	});

	test.each<[Partial<ModeFlags>, string]>([
		[{ print: true, write: true }, '--print and --write contradict each other.'],
		[{ print: true, dryRun: true }, '--print and --dry-run contradict each other.'],
		[{ print: true, diff: true }, '--print and --diff contradict each other.'],
		[{ dryRun: true, diff: true }, '--dry-run and --diff contradict each other.'],
	])('is none with %j', (flags, words) => {
		expect(() => chooseMode({ ...NONE, ...flags }, true)).toThrow(new UsageError(words, 'Give one of them.'));
	});
});
