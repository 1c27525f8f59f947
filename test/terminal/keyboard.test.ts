import { spawn } from '@lydell/node-pty';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fakeManager, untilCalled } from '../support/fake-manager.ts';
import { BIN, plainEnv } from '../support/flue.ts';
import { FLUE_0_7 } from '../support/sample-projects.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { flueAtTerminal, KEYS, openTerminal, type Terminal } from '../support/terminal.ts';

const ADD = ['add', 'daytona', '--no-install'];
const CONNECTOR = '.flue/connectors/daytona.ts';
const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';

const LOOKS = [
	['a list', {}, 'Enter: confirm'],
	['plain lines', { ACCESSIBLE: '1' }, 'Esc leaves'],
] as const;

function showsCursor(terminal: Terminal): boolean {
	const output = terminal.output();
	return output.lastIndexOf(SHOW_CURSOR) >= output.lastIndexOf(HIDE_CURSOR);
}

/** How often the text is on the screen by now. */
async function showsTimes(terminal: Terminal, text: string, times: number): Promise<void> {
	await expect.poll(() => terminal.text().split(text).length - 1, { timeout: 30_000 }).toBe(times);
}

/** A shell with job control, in which Ctrl-Z brings a prompt back; `fg` follows at once. */
function openInShell(cwd: string, env: Record<string, string>): Terminal {
	const script = `set -m; "$0" "$@"; echo "stopped $?"; stty -a | grep -o -- '-\\?icanon'; fg >/dev/null; echo "ended $?"`;
	return openTerminal('/bin/bash', ['-c', script, process.execPath, BIN, ...ADD], { cwd, env });
}

describe.each(LOOKS)('a question in %s', (_, env, ready) => {
	test('ends with 130 at Ctrl-D, and shows the cursor again', async () => {
		const cwd = temporaryFolder(FLUE_0_7);
		const terminal = flueAtTerminal(ADD, { cwd, env });
		await terminal.shows(ready);
		terminal.press(KEYS.end);
		expect(await terminal.ended()).toBe(130);
		expect(terminal.text()).toContain('Nothing was changed.');
		expect(showsCursor(terminal)).toBe(true);
		expect(existsSync(join(cwd, CONNECTOR))).toBe(false);
	});

	test('is there again after Ctrl-Z and fg, and takes an answer', async () => {
		const terminal = openInShell(temporaryFolder(FLUE_0_7), env);
		await terminal.shows(ready);
		terminal.press(KEYS.stop);
		await terminal.shows('stopped ');
		await showsTimes(terminal, ready, 2);
		terminal.press(KEYS.escape);
		await terminal.shows('ended 130');
		expect(terminal.text()).not.toContain('-icanon');
		expect(showsCursor(terminal)).toBe(true);
	});

	test('ends with 130 when the terminal is closed', async () => {
		const cwd = temporaryFolder(FLUE_0_7);
		const script = `trap : HUP; "$0" "$@"; echo $? >code.new; mv code.new code`;
		const terminal = spawn('/bin/sh', ['-c', script, process.execPath, BIN, ...ADD], {
			cwd,
			env: plainEnv({ TERM: 'xterm-256color', LANG: 'C.UTF-8', ...env }),
		});
		let output = '';
		terminal.onData((data) => (output += data));
		await expect
			.poll(() => output, { timeout: 30_000 })
			.toContain(ready === 'Esc leaves' ? ready : 'Print the instructions');
		(terminal as unknown as { destroy(): void }).destroy();
		await expect.poll(() => existsSync(join(cwd, 'code')), { timeout: 30_000 }).toBe(true);
		expect(readFileSync(join(cwd, 'code'), 'utf8')).toBe('130\n');
	});

	test('is not answered by what was typed or pasted before it was drawn', async () => {
		const cwd = temporaryFolder(FLUE_0_7);
		const script = `echo begin; while ! [ -e go ]; do sleep 0.02; done; exec "$0" "$@"`;
		const terminal = openTerminal('/bin/sh', ['-c', script, process.execPath, BIN, ...ADD], { cwd, env });
		await terminal.shows('begin');
		terminal.press(`1${KEYS.enter}${KEYS.enter}some pasted\rlines\r`);
		await terminal.shows('lines');
		writeFileSync(join(cwd, 'go'), '');
		await terminal.shows(ready);
		terminal.press(KEYS.escape);
		expect(await terminal.ended()).toBe(130);
		expect(existsSync(join(cwd, CONNECTOR))).toBe(false);
	});
});

test('an install can be stopped and goes on, and Ctrl-C still ends it', async () => {
	const [cwd, bin] = [temporaryFolder(FLUE_0_7), temporaryFolder()];
	fakeManager(bin, 'npm', 'setInterval(() => {}, 1000);');
	const script = `set -m; "$0" "$@"; echo "stopped $?"; fg >/dev/null; echo "ended $?"`;
	const args = ['-c', script, process.execPath, BIN, 'add', 'daytona', '--write', '--yes'];
	const terminal = openTerminal('/bin/bash', args, { cwd, bin });
	await terminal.shows('ends it)');
	await untilCalled(bin, 'npm');
	terminal.press(KEYS.stop);
	await terminal.shows('stopped ');
	await expect.poll(() => terminal.text().split('stopped ')[1], { timeout: 30_000 }).toContain('ends it)');
	terminal.press(KEYS.interrupt);
	await terminal.shows('ended 130');
});

describe('colours', () => {
	const COLOUR = /\u001B\[(?:[349]\d|10\d|[1-9])[;m]/;
	test.each<[string, Record<string, string>, boolean]>([
		['come by themselves', {}, true],
		['stay away with NO_COLOR', { NO_COLOR: '1' }, false],
		['stay away with FORCE_COLOR=0', { FORCE_COLOR: '0' }, false],
		['stay away from a terminal that has none', { TERM: 'vt52' }, false],
	])('%s', async (_, env, expected) => {
		const terminal = flueAtTerminal(ADD, { cwd: temporaryFolder(FLUE_0_7), env });
		await terminal.shows('Print the instructions');
		terminal.press(KEYS.escape);
		expect(await terminal.ended()).toBe(130);
		expect(COLOUR.test(terminal.output())).toBe(expected);
	});
});

describe.each([
	[20, 5],
	[30, 8],
	[40, 24],
])('in a terminal of %d columns and %d rows', (columns, rows) => {
	test('the chosen answer is in sight, and no word is broken', async () => {
		const bin = temporaryFolder();
		for (const name of ['claude', 'codex', 'opencode']) fakeManager(bin, name);
		const terminal = flueAtTerminal(ADD, { cwd: temporaryFolder(FLUE_0_7), columns, rows, bin });
		for (const answer of [
			'Write it now',
			'Hand it to claude',
			'Hand it to codex',
			'Hand it to opencode',
			'Print the instructions',
		]) {
			const chosen = new RegExp(`● ${answer.replaceAll(' ', '\\s+')}`);
			await expect.poll(() => terminal.visible(), { timeout: 30_000 }).toMatch(chosen);
			terminal.press(KEYS.down);
		}
		terminal.press(KEYS.escape);
		expect(await terminal.ended()).toBe(130);
		if (columns === 40) expect(terminal.screen()).toBe(terminal.text());
	});

	test('the line that shows that something runs is cut to the width', async () => {
		const [cwd, bin] = [temporaryFolder(FLUE_0_7), temporaryFolder()];
		fakeManager(bin, 'npm', 'setInterval(() => {}, 1000);');
		const terminal = flueAtTerminal(['add', 'daytona', '--write', '--yes'], { cwd, columns, rows, bin });
		await terminal.shows('npm, 1 s');
		expect(terminal.text().match(/npm, \d s/g)).toHaveLength(1);
		terminal.press(KEYS.interrupt);
		expect(await terminal.ended()).toBe(130);
	});
});

test('plain lines say how to end what runs', async () => {
	const [cwd, bin] = [temporaryFolder(FLUE_0_7), temporaryFolder()];
	fakeManager(bin, 'npm', 'setInterval(() => {}, 1000);');
	const env = { ACCESSIBLE: '1' };
	const terminal = flueAtTerminal(['add', 'daytona', '--write', '--yes'], { cwd, bin, env });
	await terminal.shows('npm is running. Esc or Ctrl-C ends it.');
	await untilCalled(bin, 'npm');
	terminal.press(KEYS.escape);
	expect(await terminal.ended()).toBe(130);
});
