import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fakeAgent, readAgentCall } from '../support/fake-agent.ts';
import { fakeManager, readCalls } from '../support/fake-manager.ts';
import { flue, readTree } from '../support/flue.ts';
import { FLUE_0_7 } from '../support/sample-projects.ts';
import { type Files, temporaryFolder } from '../support/temporary-folder.ts';
import { flueAtTerminal, KEYS, type Terminal } from '../support/terminal.ts';

const CONNECTOR = '.flue/connectors/daytona.ts';

const DECLARE = `const [name, range] = process.argv.at(-1).split(/(?<=.)@/); declare(name, range);`;

const QUESTION = 'What do you want to do?';

interface Stage {
	readonly cwd: string;
	readonly bin: string;
	readonly before: Record<string, string>;
}

/** A project, and a PATH that has these managers, these agents and nothing else. */
function setStage(
	{ files = FLUE_0_7, managers = ['npm'], agents = ['claude'], script = DECLARE } = {} as {
		files?: Files;
		managers?: readonly string[];
		agents?: readonly string[];
		script?: string;
	},
): Stage {
	const [cwd, bin] = [temporaryFolder(files), temporaryFolder()];
	for (const name of managers) fakeManager(bin, name, script);
	for (const name of agents) fakeAgent(bin, name);
	return { cwd, bin, before: readTree(cwd) };
}

function open(
	{ cwd, bin }: Stage,
	args: readonly string[] = [],
	columns = 120,
	env: Record<string, string> = {},
): Terminal {
	return flueAtTerminal(['add', 'daytona', ...args], { cwd, columns, env: { PATH: bin, ...env } });
}

/** The command that the last lines name; the terminal may have broken it. */
function sameCommand(terminal: Terminal): string | undefined {
	return /The same without a question:[\s│]+(.*)/.exec(terminal.text())?.[1];
}

const TWO_LOCKFILES: Files = { ...FLUE_0_7, 'yarn.lock': '# yarn lockfile v1\n' };

const LEAVING = [
	['Esc', KEYS.escape],
	['Ctrl-C', KEYS.interrupt],
] as const;

const LOOKS = [
	['at 40 columns', 40, {}],
	['at 120 columns', 120, {}],
	['at 40 columns in plain lines', 40, { ACCESSIBLE: '1' }],
	['at 120 columns in plain lines', 120, { ACCESSIBLE: '1' }],
] as const;

/** The keys for the nth answer, counted from 0. */
function answerKeys(n: number, env: { readonly ACCESSIBLE?: string }): string {
	return env.ACCESSIBLE === undefined ? KEYS.down.repeat(n) + KEYS.enter : `${n + 1}${KEYS.enter}`;
}

describe.each(LOOKS)('%s', (_, columns, env) => {
	test('shows what was found, each with its reason, and what would be done', async () => {
		const terminal = open(setStage(), [], columns, env);
		await terminal.shows('Print the instructions');
		const words = terminal.text().replaceAll('│', ' ').replaceAll(/\s+/g, ' ');
		expect(words).toContain('Runtime @flue/runtime 0.7.1 (^0.7.1 in package.json)');
		expect(words).toContain('Sources .flue/ (there is .flue/)');
		expect(words).toContain(`File ${CONNECTOR} (.flue/ is the source directory)`);
		expect(words).toContain('Manager npm (package-lock.json)');
		expect(words).toContain('npm install --no-audit --no-fund "@daytona/sdk@^0.216.0"');
		expect(words).toContain(`create ${CONNECTOR}`);
		expect(words).toContain('update .env.example');
		expect(terminal.screen()).toBe(terminal.text());
		terminal.press(KEYS.escape);
		expect(await terminal.ended()).toBe(130);
	});

	test('writes it now, and ends with what was done, what is left, and the command that asks nothing', async () => {
		const stage = setStage();
		const terminal = open(stage, [], columns, env);
		await terminal.shows('Print the instructions');
		terminal.press(answerKeys(0, env));
		expect(await terminal.ended()).toBe(0);
		const words = terminal.text();
		expect(words.toLowerCase()).toContain(`created ${CONNECTOR}`);
		expect(words.includes('└  Done. Set DAYTONA_API_KEY')).toBe(columns >= 50 && !('ACCESSIBLE' in env));
		expect(words).toContain('DAYTONA_API_KEY');
		expect(sameCommand(terminal)).toBe('flue add daytona --write --yes');
		const again = setStage();
		expect(
			(await flue(['add', 'daytona', '--write', '--yes'], { cwd: again.cwd, env: { PATH: again.bin } })).exitCode,
		).toBe(0);
		expect(readTree(stage.cwd)).toEqual(readTree(again.cwd));
	});

	test('hands it to the agent that is on PATH', async () => {
		const stage = setStage({ agents: ['codex', 'cursor-agent'] });
		const terminal = open(stage, [], columns, env);
		await terminal.shows('Print the instructions');
		expect(terminal.text()).not.toContain('Hand it to claude');
		expect(terminal.text()).toContain('Hand it to codex');
		terminal.press(answerKeys(2, env));
		expect(await terminal.ended()).toBe(5);
		expect(readAgentCall(stage.bin, 'cursor-agent')).toMatchObject({ cwd: stage.cwd, terminals: [true, true, true] });
		expect(sameCommand(terminal)).toBe('flue add daytona --agent cursor-agent');
		expect(readTree(stage.cwd)).toEqual(stage.before);
	});

	test('prints it', async () => {
		const stage = setStage();
		const terminal = open(stage, [], columns, env);
		await terminal.shows('Print the instructions');
		terminal.press(answerKeys(2, env));
		expect(await terminal.ended()).toBe(0);
		const { stdout } = await flue(['add', 'daytona', '--print'], { cwd: stage.cwd });
		expect(terminal.output().replaceAll('\r\n', '\n')).toContain(stdout);
		expect(sameCommand(terminal)).toBe('flue add daytona --print');
		expect(readTree(stage.cwd)).toEqual(stage.before);
	});

	test.each(LEAVING)('changes nothing and ends with 130 when the question is left with %s', async (_, key) => {
		const stage = setStage();
		const terminal = open(stage, [], columns, env);
		await terminal.shows('Print the instructions');
		terminal.press(key);
		expect(await terminal.ended()).toBe(130);
		expect(terminal.text()).toContain('Cancelled.');
		expect(terminal.text()).toContain('Nothing was changed.');
		expect(readTree(stage.cwd)).toEqual(stage.before);
		expect(readCalls(stage.bin, 'npm')).toEqual([]);
	});

	test.each([
		['yes', 0, 0],
		['no', 1, 130],
	])('takes %s for an answer to --write', async (_, n, exitCode) => {
		const stage = setStage();
		const terminal = open(stage, ['--write'], columns, env);
		await terminal.shows('No, change nothing');
		terminal.press(answerKeys(n, env));
		expect(await terminal.ended()).toBe(exitCode);
		expect(existsSync(join(stage.cwd, CONNECTOR))).toBe(exitCode === 0);
		expect(sameCommand(terminal)).toBe(exitCode === 0 ? 'flue add daytona --write --yes' : undefined);
	});

	test.each(LEAVING)(
		'changes nothing and ends with 130 when --write is left with %s at its question',
		async (_, key) => {
			const stage = setStage();
			const terminal = open(stage, ['--write'], columns, env);
			await terminal.shows('No, change nothing');
			terminal.press(key);
			expect(await terminal.ended()).toBe(130);
			expect(readTree(stage.cwd)).toEqual(stage.before);
		},
	);

	test.each(LEAVING)('writes no file and ends with 130 when the install is left with %s', async (_, key) => {
		const stage = setStage({
			script: `${DECLARE} console.log('half'); setInterval(() => {}, 1000); fs.writeFileSync(calls + '.began', '');`,
		});
		const terminal = open(stage, ['--write', '--yes'], columns, env);
		await terminal.shows('Running npm install');
		await expect.poll(() => existsSync(join(stage.bin, 'npm.calls.began')), { timeout: 30_000 }).toBe(true);
		terminal.press(key);
		expect(await terminal.ended()).toBe(130);
		expect(terminal.text()).toContain('Cancelled.');
		expect(terminal.text()).toContain('Stopping npm...');
		expect(terminal.text()).toContain('flue wrote no file.');
		expect(existsSync(join(stage.cwd, CONNECTOR))).toBe(false);
	});
});

test.each([
	['npm', 0],
	['pnpm', 1],
	['yarn', 2],
	['bun', 3],
])(
	'asks which package manager it is when the project does not tell, and runs %s when that is the answer',
	async (name, n) => {
		const stage = setStage({ files: TWO_LOCKFILES, managers: [name] });
		const terminal = open(stage);
		await terminal.shows('This project has more than one lockfile: yarn.lock, package-lock.json.');
		await terminal.shows('bun');
		terminal.press(answerKeys(n, {}));
		await terminal.shows(`${name} (your answer)`);
		await terminal.shows('Print the instructions');
		terminal.press(KEYS.enter);
		expect(await terminal.ended()).toBe(0);
		expect(readCalls(stage.bin, name)).toHaveLength(1);
		expect(sameCommand(terminal)).toBe(`flue add daytona --write --yes --package-manager ${name}`);
	},
);

test('gives the agent the package manager that was the answer', async () => {
	const stage = setStage({ files: TWO_LOCKFILES });
	const terminal = open(stage, ['--agent', 'claude']);
	await terminal.shows('bun');
	terminal.press(answerKeys(1, {}));
	expect(await terminal.ended()).toBe(5);
	expect(readAgentCall(stage.bin, 'claude')?.args[0]).toContain(
		'\nflue add daytona --write --yes --package-manager pnpm\n',
	);
});

test.each(
	LEAVING.flatMap(
		([name, key]) =>
			[
				[name, key, {}],
				[`${name} in plain lines`, key, { ACCESSIBLE: '1' }],
			] as const,
	),
)(
	'changes nothing and ends with 130 when the question for the package manager is left with %s',
	async (_, key, env) => {
		const stage = setStage({ files: TWO_LOCKFILES });
		const terminal = open(stage, ['--write'], 40, env);
		await terminal.shows('bun');
		terminal.press(key);
		expect(await terminal.ended()).toBe(130);
		expect(readTree(stage.cwd)).toEqual(stage.before);
	},
);

test('takes a number only for an answer in plain lines, and a mistyped one can be taken back', async () => {
	const stage = setStage();
	const terminal = open(stage, [], 80, { ACCESSIBLE: '1' });
	await terminal.shows('Esc leaves');
	terminal.press(`7${KEYS.enter}`);
	await terminal.shows('That is none of the numbers.');
	terminal.press(`${KEYS.down}9${KEYS.backspace}3${KEYS.enter}`);
	expect(await terminal.ended()).toBe(0);
	expect(terminal.text()).toContain('# Add the Daytona connector');
	expect(readTree(stage.cwd)).toEqual(stage.before);
});

test('ends with 130 when the keyboard of plain lines comes to its end', async () => {
	const terminal = open(setStage(), [], 80, { ACCESSIBLE: '1' });
	await terminal.shows('Esc leaves');
	terminal.press(KEYS.end);
	expect(await terminal.ended()).toBe(130);
});

test('draws nothing twice and sends no escape code in plain lines, the install included', async () => {
	const terminal = open(setStage({ script: `${DECLARE} setTimeout(() => {}, 500);` }), [], 40, { ACCESSIBLE: '1' });
	await terminal.shows('Esc leaves');
	terminal.press(`1${KEYS.enter}`);
	expect(await terminal.ended()).toBe(0);
	expect(terminal.output()).not.toMatch(/\u001B|\r(?!\n)|[\b]/);
});

test('writes nothing but ASCII without UTF-8', async () => {
	const terminal = open(setStage({ script: `${DECLARE} setTimeout(() => {}, 500);` }), [], 80, { LANG: 'C' });
	await terminal.shows('Esc leaves');
	terminal.press(`1${KEYS.enter}`);
	expect(await terminal.ended()).toBe(0);
	expect(terminal.output()).toMatch(/^[\x20-\x7E\r\n]*$/);
});

test('shows no colour with NO_COLOR', async () => {
	const terminal = open(setStage(), [], 80, { NO_COLOR: '1' });
	await terminal.shows('Print the instructions');
	terminal.press(KEYS.enter);
	expect(await terminal.ended()).toBe(0);
	expect(terminal.output()).not.toMatch(/\u001B\[(?:[349]\d|10\d)[;m]/);
});

test('shows that the package manager runs, in one line that goes away', async () => {
	const script = `${DECLARE} const wait = setInterval(() => { if (fs.existsSync(calls + '.go')) clearInterval(wait); }, 20);`;
	const stage = setStage({ script });
	const terminal = open(stage, ['--write', '--yes'], 40);
	await terminal.shows('npm, 1 s (Esc or Ctrl-C ends it)');
	const { writeFileSync } = await import('node:fs');
	writeFileSync(join(stage.bin, 'npm.calls.go'), '');
	expect(await terminal.ended()).toBe(0);
	expect(terminal.text()).not.toContain('ends it');
});

test.each([
	['with --json', ['--json'], {}],
	['in CI', [], { CI: 'true' }],
	['for an agent', [], { CLAUDECODE: '1' }],
	['on a dumb terminal', [], { TERM: 'dumb' }],
])('draws nothing %s, at a terminal too', async (_, flags, env) => {
	const terminal = open(setStage(), ['--write', '--yes', ...flags], 80, env);
	expect(await terminal.ended()).toBe(0);
	expect(terminal.output()).not.toMatch(/\u001B|\r(?!\n)/);
});

test('asks for nothing where there is nothing to do, and where a file has edits', async () => {
	const done = setStage();
	await flue(['add', 'daytona', '--write'], { cwd: done.cwd, env: { PATH: done.bin } });
	const terminal = open(done);
	expect(await terminal.ended()).toBe(0);
	expect(terminal.text()).toContain('Nothing to do');
	const conflict = open(setStage({ files: { ...FLUE_0_7, [CONNECTOR]: '// mine\n' } }));
	expect(await conflict.ended()).toBe(3);
	expect(done.before).not.toEqual(readTree(done.cwd));
});

test('leaves the terminal as it was: the shell reads its next line', async () => {
	const stage = setStage();
	const { openTerminal } = await import('../support/terminal.ts');
	const { BIN } = await import('../support/flue.ts');
	const script = `"$0" "$1" add daytona; echo "code $?"; stty -a | grep -o -- '-\\?icanon\\|-\\?echo '; read line; echo "read $line"`;
	const terminal = openTerminal('/bin/sh', ['-c', script, process.execPath, BIN], {
		cwd: stage.cwd,
		env: { PATH: `${stage.bin}:/usr/bin:/bin` },
	});
	await terminal.shows(QUESTION);
	await terminal.shows('Print the instructions');
	terminal.press(KEYS.escape);
	await terminal.shows('code 130');
	terminal.press('hello\r');
	expect(await terminal.ended()).toBe(0);
	expect(terminal.text()).toContain('read hello');
	expect(terminal.text()).not.toMatch(/-icanon|-echo/);
	expect(terminal.output().lastIndexOf('\u001B[?25h')).toBeGreaterThan(terminal.output().lastIndexOf('\u001B[?25l'));
});

test('writes the file that it printed before', async () => {
	const stage = setStage();
	const terminal = open(stage, ['--write', '--yes', '--no-install']);
	expect(await terminal.ended()).toBe(0);
	expect(readFileSync(join(stage.cwd, CONNECTOR), 'utf8')).toContain('export function daytona(');
	expect(terminal.text()).not.toContain('The same without a question');
});
