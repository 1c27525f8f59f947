import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BIN, flue, plainEnv } from '../support/flue.ts';
import { FLUE_0_7 } from '../support/sample-projects.ts';
import { temporaryFolder, writeFiles } from '../support/temporary-folder.ts';

/** A folder with a project in it that has this name. */
function folderWith(name: string): string {
	const top = temporaryFolder();
	writeFiles(join(top, name), FLUE_0_7);
	return top;
}

/** Runs a printed line as it stands. */
function runLine(line: string, cwd: string): void {
	execFileSync('sh', ['-c', `flue() { "$node" "$bin" "$@"; }\n${line}`], {
		cwd,
		env: plainEnv({ node: process.execPath, bin: BIN }),
		stdio: 'pipe',
	});
}

function commandAfter(when: string, text: string): string {
	return (
		text
			.split('\n')
			.find((line) => line.startsWith(`${when}:  `))
			?.slice(when.length + 3) ?? `no "${when}" in: ${text}`
	);
}

describe.each(['bot', 'my app', "it's", '50% (a & b)', 'Jörg', 'a,b;c'])('a project in the folder %s', (name) => {
	test('is named in commands that work as they stand', async () => {
		const top = folderWith(name);
		const { stderr } = await flue(['add', 'daytona', '--dry-run', '--no-install', '-C', name], { cwd: top });
		runLine(commandAfter('Do it', stderr), top);
		expect(existsSync(join(top, name, '.flue/connectors/daytona.ts'))).toBe(true);
	});
});

describe.each(['a"b', '$HOME', '`touch x`', 'a\\b', 'wow!', '-rf', '%PATH%', 'two\nlines', 'right\u202Eleft'])(
	'a project in the folder %j, which no command can name in every shell',
	(name) => {
		const inFolder = ` (in the project's folder)`;

		test('gets commands to run in that folder', async () => {
			const top = folderWith(name);
			const { stderr } = await flue(['add', 'daytona', '--dry-run', '--no-install', `--cwd=${name}`], { cwd: top });
			expect(stderr).toContain(
				"The name of the project's folder does not fit into a command: run these commands in that folder.\n",
			);
			const command = commandAfter(`Do it${inFolder}`, stderr);
			expect(command).toBe('flue add daytona --write --no-install');
			runLine(command, join(top, name));
			expect(existsSync(join(top, name, '.flue/connectors/daytona.ts'))).toBe(true);
		});

		test('is told the same in JSON, by the check, and above the folder', async () => {
			const top = folderWith(name);
			const told = await flue(['add', 'daytona', '--dry-run', '--json', `--cwd=${name}`], { cwd: top });
			expect(JSON.parse(told.stdout).next).toEqual([{ command: 'flue add daytona --write', when: `Do it${inFolder}` }]);
			const checked = await flue(['check', `--cwd=${name}`], { cwd: top });
			expect(checked.stderr).toContain('\n    flue add\n');
			expect(checked.stderr).toContain('run these commands in that folder.');
			expect((await flue(['add', 'daytona'], { cwd: top })).stderr).toContain('Name one of them with --cwd.\n');
		});
	},
);

test('a patch for a repository whose name fits into no command is saved and applied in the project', async () => {
	const top = folderWith('a"b/app');
	execFileSync('git', ['init', '--quiet', 'a"b'], { cwd: top });
	const folder = 'a"b/app';
	const { stderr } = await flue(['add', 'daytona', '--diff', '-C', folder], { cwd: top });
	for (const when of ['Save the patch', 'Then apply it'])
		runLine(commandAfter(`${when} (in the project's folder)`, stderr), join(top, folder));
	expect(existsSync(join(top, folder, '.flue/connectors/daytona.ts'))).toBe(true);
});
