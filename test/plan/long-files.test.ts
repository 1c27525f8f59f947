import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { addedProject, CONNECTOR, connectorFile } from '../support/added-project.ts';
import { flue } from '../support/flue.ts';

/** Each of these would keep a search that takes with the square of its text busy for hours. */
const MARKS = '<<<<<<< x\n=======\n'.repeat(100_000);

const COMMENTS = '#\n'.repeat(2_000_000);

const BLANK_LINES = '\n'.repeat(4_000_000);

const FOREIGN_LINES = 'x\n'.repeat(2_000_000);

describe('a file that is as long as it may be is no trap', () => {
	test('for a check, full of merges that end nowhere', async () => {
		const cwd = addedProject('2.1.0', connectorFile('2.0.2') + MARKS);
		const { stdout, exitCode } = await flue(['check', '--json'], { cwd });
		expect({
			exitCode,
			findings: JSON.parse(stdout).checked[0].findings.map(({ code }: { code: string }) => code),
		}).toEqual({ exitCode: 5, findings: ['file-edited', 'merge-unfinished'] });
	});

	test('for a print, full of comments where a name may stand, and blank lines in tsconfig.json', async () => {
		const cwd = addedProject('2.1.0', connectorFile('2.0.2'), {
			'.env.example': COMMENTS,
			'tsconfig.json': `${BLANK_LINES}{}`,
		});
		const { stdout, exitCode } = await flue(['add', 'daytona'], { cwd });
		expect({ exitCode, isTold: stdout.includes('Append exactly these lines to `.env.example`') }).toEqual({
			exitCode: 0,
			isTold: true,
		});
	});

	test.each([
		['lines', `// mine\n${'\n'.repeat(200_000)}`],
		['text', `// ${'mine '.repeat(400_000)}`],
	])('for an update that would have to merge too much: %s', async (_, mine) => {
		const cwd = addedProject('2.1.0', connectorFile('1.0.0-beta.1') + mine);
		const { stderr, exitCode } = await flue(['update', '--write', '--no-install'], { cwd });
		expect({ exitCode, stderr }).toEqual({
			exitCode: 3,
			stderr: expect.stringContaining(`${CONNECTOR} has local edits.`),
		});
	});

	test('in the place of an example, for a write', async () => {
		const cwd = addedProject('2.1.0', connectorFile('2.0.2'), {
			'package.json': { name: 'bot', dependencies: { '@flue/runtime': '2.1.0' } },
			'.flue/agents/hello-daytona.ts': `${'return('.repeat(300_000)}${')\n'.repeat(300_000)}`,
		});
		const { stderr, exitCode } = await flue(['add', 'daytona', '--write', '--no-install', '--example', 'basic'], {
			cwd,
		});
		expect({ exitCode, stderr }).toEqual({
			exitCode: 3,
			stderr: expect.stringContaining('.flue/agents/hello-daytona.ts is there already, and is not the example.'),
		});
	});

	test('for a patch, which then takes every line out and puts every line in', async () => {
		const cwd = addedProject('2.1.0', FOREIGN_LINES);
		const { stdout } = await flue(['add', 'daytona', '--diff', '--no-install'], { cwd });
		expect(stdout).toMatch(/@@ -1,2000000 \+1,\d+ @@\n-x\n/);
		await execa('git', ['apply'], {
			cwd,
			input: stdout,
			env: { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
		});
		expect(readFileSync(join(cwd, CONNECTOR), 'utf8')).toBe(connectorFile('2.0.2'));
	});
});
