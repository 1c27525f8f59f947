import { expect, test } from 'vitest';
import { fakeAgent } from '../support/fake-agent.ts';
import { fakeManager } from '../support/fake-manager.ts';
import { BIN } from '../support/flue.ts';
import { FLUE_0_7 } from '../support/sample-projects.ts';
import { readRows, renderSvg } from '../support/svg.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { KEYS, openTerminal } from '../support/terminal.ts';

const SHELL = `printf '\\033[32m$\\033[0m flue add daytona\\n'; exec "$0" "$1" add daytona`;

const COLUMNS = 84;

test('shows in the README what a person sees today (npm run record draws it anew)', async () => {
	const [cwd, bin] = [temporaryFolder(FLUE_0_7), temporaryFolder()];
	fakeManager(bin, 'npm', `const [name, range] = process.argv.at(-1).split(/(?<=.)@/); declare(name, range);`);
	fakeAgent(bin, 'claude');
	const terminal = openTerminal('/bin/sh', ['-c', SHELL, process.execPath, BIN], {
		cwd,
		columns: COLUMNS,
		env: { PATH: bin },
	});
	await terminal.shows('Enter: confirm');
	const question = readRows(terminal.emulator);
	terminal.press(KEYS.enter);
	expect(await terminal.ended()).toBe(0);
	const asked = terminal
		.screen()
		.split('\n')
		.findIndex((line) => line.includes('Write it now'));
	const rows = [...question, [], ...readRows(terminal.emulator).slice(asked + 1)];
	const svg = renderSvg(
		rows,
		COLUMNS,
		'flue add daytona: what was found, the question, and what was done after the answer',
	);
	await expect(svg).toMatchFileSnapshot('../../docs/terminal.svg');
});
