import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fakeAgent, readAgentCall } from '../support/fake-agent.ts';
import { flue, readTree } from '../support/flue.ts';
import { flueAtTerminal, KEYS } from '../support/terminal.ts';
import { type Files, temporaryFolder } from '../support/temporary-folder.ts';

const QUESTION = 'Which Flue version is this for?';

const NO_FLUE: Files = { 'package.json': { type: 'module' }, 'package-lock.json': {} };

const NEWEST = '2.1.0';

function open(files: Files, args: readonly string[], env: Record<string, string> = {}) {
	const [cwd, bin] = [temporaryFolder(files), temporaryFolder()];
	fakeAgent(bin, 'claude');
	const before = readTree(cwd);
	const terminal = flueAtTerminal(['add', 'daytona', ...args], { cwd, columns: 120, env: { PATH: bin, ...env } });
	return { cwd, bin, before, terminal };
}

describe('where there is no Flue', () => {
	test.each([
		['the oldest, which comes first', 0, '0.7', 'Runtime @flue/runtime 0.7.1'],
		['the newest, with its number', 1, NEWEST, `Runtime @flue/runtime ${NEWEST}`],
	])('asks for which version it is, and writes what --runtime does: %s', async (_, n, flag, found) => {
		const { cwd, terminal } = open(NO_FLUE, ['--no-install']);
		await terminal.shows(QUESTION);
		await terminal.shows(`Flue ${NEWEST}, the newest`);
		expect(terminal.text()).toContain('There is no @flue/runtime in this project.');
		expect(terminal.text()).not.toContain('What do you want to do?');
		terminal.press(KEYS.down.repeat(n) + KEYS.enter);
		await terminal.shows('Print the instructions');
		expect(terminal.text().replaceAll('│', ' ').replaceAll(/\s+/g, ' ')).toContain(`${found} (your answer)`);
		terminal.press(KEYS.enter);
		expect(await terminal.ended()).toBe(0);
		const command = /The same without a question:[\s│]+flue (.*)/.exec(terminal.text())?.[1] ?? '';
		expect(command).toBe(`add daytona --write --yes --runtime ${flag} --no-install`);
		const again = temporaryFolder(NO_FLUE);
		expect((await flue(command.split(' '), { cwd: again })).exitCode).toBe(0);
		expect(readTree(cwd)).toEqual(readTree(again));
	});

	test('asks in plain lines too, and before a --write', async () => {
		const { cwd, terminal } = open(NO_FLUE, ['--write', '--no-install'], { ACCESSIBLE: '1' });
		await terminal.shows('Esc leaves');
		terminal.press(`2${KEYS.enter}`);
		await terminal.shows('No, change nothing');
		terminal.press(`1${KEYS.enter}`);
		expect(await terminal.ended()).toBe(0);
		expect(readFileSync(join(cwd, '.flue/connectors/daytona.ts'), 'utf8')).toContain('profile=2.0.2');
	});

	test('gives the agent the version that was the answer', async () => {
		const { bin, terminal } = open(NO_FLUE, ['--agent', 'claude']);
		await terminal.shows(QUESTION);
		terminal.press(KEYS.down + KEYS.enter);
		expect(await terminal.ended()).toBe(5);
		expect(readAgentCall(bin, 'claude')?.args[0]).toContain(`\nflue add daytona --write --yes --runtime ${NEWEST}\n`);
	});

	test.each([
		['Esc', KEYS.escape],
		['Ctrl-C', KEYS.interrupt],
	])('changes nothing and ends with 130 when that question is left with %s', async (_, key) => {
		const { cwd, before, terminal } = open(NO_FLUE, ['--write']);
		await terminal.shows(`Flue ${NEWEST}, the newest`);
		terminal.press(key);
		expect(await terminal.ended()).toBe(130);
		expect(readTree(cwd)).toEqual(before);
	});

	test.each([
		['--yes', ['--yes', '--no-install'], {}],
		['--json', ['--json'], {}],
		['--print', ['--print'], {}],
		['--dry-run', ['--dry-run', '--no-install'], {}],
		['a CI system', [], { CI: 'true' }],
	])('does not ask with %s: it is for 0.6 to 0.7, and the newest is named', async (_, args, env) => {
		const { terminal } = open(NO_FLUE, args, env);
		expect(await terminal.ended()).toBe(0);
		expect(terminal.text()).not.toContain(QUESTION);
		expect(terminal.text().replaceAll(/\s+/g, ' ')).toContain(
			`for Flue 0.6 to 0.7. For the newest Flue, add --runtime ${NEWEST}`,
		);
	});

	test.each([
		['--runtime says it', NO_FLUE, ['--runtime', '2']],
		['the project has it', { ...NO_FLUE, 'package.json': { dependencies: { '@flue/runtime': '^2.0.0' } } }, []],
	])('does not ask where %s', async (_, files, args) => {
		const { terminal } = open(files, args);
		await terminal.shows('Print the instructions');
		expect(terminal.text()).not.toContain(QUESTION);
		terminal.press(KEYS.escape);
		expect(await terminal.ended()).toBe(130);
	});
});

const FLUE: Files = { 'package.json': { dependencies: { '@flue/runtime': '2.1.0' } }, '.flue/agents/a.ts': '' };

/** More folders than the look for a connector goes through. */
const TOO_MANY: Files = Object.fromEntries(Array.from({ length: 320 }, (_, n) => [`.flue/f${n}/`, '']));

describe.each<[string, Files, string]>([
	['Deno', { ...FLUE, 'deno.json': '{}' }, 'flue cannot run the package manager of this project (deno.json).'],
	['Rush', { ...FLUE, 'rush.json': '{}' }, 'flue cannot run the package manager of this project (rush.json).'],
	['vlt', { ...FLUE, 'vlt-lock.json': '{}' }, 'flue cannot run the package manager of this project (vlt-lock.json).'],
	['more files than are looked at', { ...FLUE, ...TOO_MANY, 'yarn.lock': '' }, 'This project has too many files'],
])('in a project of %s', (_, files, sentence) => {
	test.each([
		['the answer "Write it now"', [], 2, 'Print the instructions'],
		['--write', ['--write'], 2, ''],
	])('%s at a terminal ends as it does without one, and changes nothing', async (_, args, code, question) => {
		const { cwd, before, terminal } = open(files, args);
		if (question !== '') {
			await terminal.shows(question);
			expect(terminal.text().replaceAll(/[\s│]+/g, ' ')).toContain(sentence);
			terminal.press(KEYS.enter);
		}
		expect(await terminal.ended()).toBe(code);
		const said = await flue(['add', 'daytona', '--write'], { cwd });
		expect(said.exitCode).toBe(code);
		expect(said.stderr).toContain(sentence);
		expect(terminal.text().replaceAll('\r', '')).toContain(said.stderr.trim());
		expect(readTree(cwd)).toEqual(before);
	});
});
