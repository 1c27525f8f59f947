import { spawnSync } from 'node:child_process';
import { chownSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { addedFiles, CONNECTOR, connectorFile } from '../support/added-project.ts';
import { fakeManager, readCalls } from '../support/fake-manager.ts';
import { BIN, plainEnv, type Run } from '../support/flue.ts';
import { isRoot } from '../support/shell-as.ts';
import { type Files, temporaryFolder } from '../support/temporary-folder.ts';
import { KEYS, openTerminal } from '../support/terminal.ts';

/** Of no user: containers run programs under numbers like this. */
const UID = 54_321;

const AS_STRANGER = ['--reuid', `${UID}`, '--regid', `${UID}`, '--clear-groups', 'env', '-u', 'HOME', process.execPath];

const GIVES_NO_HOME = `process.exit((() => { try { require('node:os').homedir(); return 1; } catch { return 0; } })())`;

/** Whether such a user can be made here, is unknown to the system, and may read this program. */
const IS_POSSIBLE =
	isRoot &&
	spawnSync('setpriv', [...AS_STRANGER, '-e', GIVES_NO_HOME]).status === 0 &&
	spawnSync('setpriv', [...AS_STRANGER, BIN, '--version']).status === 0;

if (!IS_POSSIBLE)
	console.info('A user without a home folder takes root, setpriv and a program that everybody may read.');

function giveAway(path: string): void {
	chownSync(path, UID, UID);
	if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) giveAway(join(path, name));
}

const { '.git/HEAD': _head, [CONNECTOR]: _connector, ...BARE } = addedFiles('2.1.0', '');

/** The package lies below the top of its repository: then the home folder is asked for. */
function member(files: Files): string {
	const below = Object.fromEntries(Object.entries(files).map(([path, content]) => [`apps/bot/${path}`, content]));
	const repository = temporaryFolder({ '.git/HEAD': 'ref: refs/heads/main\n', ...below });
	giveAway(repository);
	return join(repository, 'apps/bot');
}

function managers(): string {
	const bin = temporaryFolder();
	fakeManager(bin, 'npm', "declare('@daytona/sdk', '^0.216.0');");
	giveAway(bin);
	return bin;
}

async function run(args: readonly string[], cwd: string, bin = managers()): Promise<Run> {
	const { HOME: _home, PATH = '', ...env } = plainEnv();
	const { stdout, stderr, exitCode } = await execa('setpriv', [...AS_STRANGER, BIN, ...args], {
		cwd,
		env: { ...env, PATH: `${bin}:${PATH}` },
		extendEnv: false,
		stdin: 'ignore',
		reject: false,
		stripFinalNewline: false,
	});
	return { stdout, stderr, exitCode };
}

const STACK_TRACE = /^\s+at .+:\d+:\d+|uv_os_homedir|node:os/m;

const NOT_ADDED: Files = {
	...BARE,
	'package.json': { name: 'bot', type: 'module', dependencies: { '@flue/runtime': '2.1.0' } },
	'.flue/agents/hello.ts': '',
};

const ADDED: Files = { ...BARE, [CONNECTOR]: connectorFile('2.0.2') };

describe.runIf(IS_POSSIBLE)('without HOME, and unknown to the system', () => {
	it.each<[string, number, readonly string[], Files]>([
		['the list', 0, ['add'], NOT_ADDED],
		['--version', 0, ['--version'], NOT_ADDED],
		['--help', 0, ['--help'], NOT_ADDED],
		['--print', 0, ['add', 'daytona', '--print'], NOT_ADDED],
		['no flag', 0, ['add', 'daytona'], NOT_ADDED],
		['--dry-run', 0, ['add', 'daytona', '--dry-run'], NOT_ADDED],
		['--diff', 0, ['add', 'daytona', '--diff'], NOT_ADDED],
		['--json', 0, ['add', 'daytona', '--json', '--dry-run'], NOT_ADDED],
		['--write', 0, ['add', 'daytona', '--write'], NOT_ADDED],
		['--write --no-install', 0, ['add', 'daytona', '--write', '--no-install'], NOT_ADDED],
		['--agent', 2, ['add', 'daytona', '--agent', 'claude'], NOT_ADDED],
		['an update', 0, ['update', 'daytona', '--write'], ADDED],
		['a check', 0, ['check'], ADDED],
		['a check in JSON', 0, ['check', '--json'], ADDED],
		["Flue's own command", 2, ['dev'], NOT_ADDED],
	])('%s ends as ever, with %i', async (_, expected, args, files) => {
		const bin = managers();
		const { stdout, stderr, exitCode } = await run(args, member(files), bin);
		expect({ exitCode, stderr }).toEqual({ exitCode: expected, stderr: expect.not.stringMatching(STACK_TRACE) });
		expect(stdout).not.toMatch(STACK_TRACE);
		expect(readCalls(bin, 'npm')).toHaveLength(args.join(' ') === 'add daytona --write' ? 1 : 0);
	});

	it('a stray package above is refused in a sentence', async () => {
		const cwd = member({ 'package.json': {}, 'docs/': '' });
		const { stderr, exitCode } = await run(['add', 'daytona', '--write'], join(cwd, 'docs'));
		expect(stderr).not.toMatch(STACK_TRACE);
		expect(exitCode).not.toBe(1);
	});

	it('the question at a terminal is drawn and answered', async () => {
		const cwd = member(NOT_ADDED);
		const terminal = openTerminal('setpriv', [...AS_STRANGER, BIN, 'add', 'daytona'], { cwd, bin: managers() });
		await terminal.shows('What do you want to do?');
		terminal.press(KEYS.escape);
		expect(await terminal.ended()).toBe(130);
		expect(terminal.text()).not.toMatch(STACK_TRACE);
	});
});
