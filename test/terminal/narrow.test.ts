import { describe, expect, test } from 'vitest';
import { fakeManager } from '../support/fake-manager.ts';
import { FLUE_0_7 } from '../support/sample-projects.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { flueAtTerminal, KEYS, type Terminal } from '../support/terminal.ts';

const DECLARE = `const [name, range] = process.argv.at(-1).split(/(?<=.)@/); declare(name, range);`;

/** What a person copies as a whole: a command, a line of code, a path, an address. */
const WHOLE = /^ *(?:(?:flue|npm|git|gemini|qwen|import|-c) .*|\S+)$/;

/** The lines that the terminal had to break, because they are longer than it is wide. */
function brokenLines({ emulator }: Terminal): string[] {
	const { active } = emulator.buffer;
	const lines: string[] = [];
	for (let row = 0; row < active.length; row++) {
		const line = active.getLine(row);
		if (line?.isWrapped) lines.push(`${lines.pop()}${line.translateToString(true)}`);
		else lines.push(`${active.getLine(row + 1)?.isWrapped ? '!' : ' '}${line?.translateToString(true)}`);
	}
	return lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
}

function wordsOf(terminal: Terminal): string {
	return terminal.text().replaceAll(/\s+/g, ' ').trim();
}

/** Each ends by itself. */
const SCENES: Readonly<Record<string, readonly string[]>> = {
	'the help': ['--help'],
	'the help of add': ['add', '--help'],
	'no command': ['--json=x'],
	'the list': ['add'],
	'an unknown connector': ['add', 'e2b'],
	'a missing @flue/cli': ['dev'],
	'a dry run': ['add', 'daytona', '--dry-run', '--example', 'basic'],
	'a write': ['add', 'daytona', '--write', '--yes', '--example', 'basic'],
	'a write without the package': ['add', 'daytona', '--write', '--yes', '--no-install'],
	'a check': ['check'],
};

test.each([50, 60])('a path that is longer than a box is in none, at %i columns', async (columns) => {
	const path = '.flue/integrations/for/sandboxes/of/all/providers/daytona.ts';
	const terminal = flueAtTerminal(['add', 'daytona', '--path', path], { cwd: temporaryFolder(FLUE_0_7), columns });
	await terminal.shows('● Write it now');
	expect(terminal.text().split(path)).toHaveLength(3);
	expect(brokenLines(terminal).filter((line) => !line.includes(path))).toEqual([]);
	terminal.press(KEYS.escape);
	expect(await terminal.ended()).toBe(130);
});

describe.each([40, 30, 20])('at %i columns', (columns) => {
	test.each(Object.entries(SCENES))('no word is broken but of a line to be copied: %s', async (_, args) => {
		const bin = temporaryFolder();
		fakeManager(bin, 'npm', DECLARE);
		const at = async (width: number) => {
			const terminal = flueAtTerminal(args, { cwd: temporaryFolder(FLUE_0_7), columns: width, bin });
			await terminal.ended();
			return terminal;
		};
		const [narrow, wide] = [await at(columns), await at(200)];
		expect(brokenLines(narrow).filter((line) => !WHOLE.test(line))).toEqual([]);
		expect(wordsOf(narrow)).toBe(wordsOf(wide));
	});

	test.each([{}, { ACCESSIBLE: '1' }])('nor of a question and its ending: %j', async (env) => {
		const bin = temporaryFolder();
		fakeManager(bin, 'npm', DECLARE);
		const options = { cwd: temporaryFolder(FLUE_0_7), columns, env: { PATH: bin, ...env } };
		const terminal = flueAtTerminal(['add', 'daytona'], options);
		await terminal.shows('ACCESSIBLE' in env ? 'leaves' : '● Write it now');
		expect(brokenLines(terminal).filter((line) => !WHOLE.test(line))).toEqual([]);
		terminal.press('ACCESSIBLE' in env ? `1${KEYS.enter}` : KEYS.enter);
		expect(await terminal.ended()).toBe(0);
		expect(brokenLines(terminal).filter((line) => !WHOLE.test(line))).toEqual([]);
		expect(wordsOf(terminal)).toContain('The same without a question: flue add daytona --write --yes');
	});
});
