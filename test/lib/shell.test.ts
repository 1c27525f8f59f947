import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { appendLine, shellWords, windowsForms } from '../../src/lib/shell.ts';
import { findExecutable } from '../../src/system/find-executable.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const TELL = 'console.log(JSON.stringify(process.argv.slice(2)))';
const SHELLS = {
	bash: ['-c'],
	dash: ['-c'],
	zsh: ['-c'],
	pwsh: ['-NoProfile', '-Command'],
	powershell: ['-NoProfile', '-Command'],
	cmd: ['/d', '/s', '/c'],
} as const;
const FOUND = Object.entries(SHELLS).filter(([name]) => findExecutable(name, process.env) !== undefined);

const WORDS = [
	['add', 'daytona', '--write'],
	['@daytona/sdk@^0.216.0', '@flue/runtime@>=1 <2'],
	['-C', 'my project', '--path', 'src/a+b.ts'],
	['a,b', 'a;b', 'a&b', '(c)', "it's", '50% off', '#x', '~', '*', 'Jörg'],
];

describe.each(FOUND)('%s', (shell, args) => {
	function run(line: string, cwd = temporaryFolder()): string {
		return execFileSync(shell, [...args, line], { cwd, encoding: 'utf8' });
	}

	test.each(WORDS.map((words) => [words]))('takes the words %j as they are meant', (words) => {
		const cwd = temporaryFolder({ 'tell.cjs': TELL });
		expect(JSON.parse(run(`node tell.cjs ${shellWords(words)}`, cwd))).toEqual(words);
	});

	test('appends a line to a file without a redirection', () => {
		const cwd = temporaryFolder({ 'a b/.gitignore': 'node_modules' });
		run(appendLine('a b/.gitignore', '.env') ?? '', cwd);
		expect(readFileSync(join(cwd, 'a b/.gitignore'), 'utf8')).toBe('node_modules\n.env\n');
	});
});

test('JSON has a form for POSIX shells, and one for each shell of Windows', () => {
	const words = ['run', 'code', '--data', '{"repo":"https://x.test/a b"}', '--env', '.env'];
	expect(shellWords(words)).toBe(`run code --data '{"repo":"https://x.test/a b"}' --env .env`);
	expect(windowsForms('npx flue', words)).toEqual({
		cmd: String.raw`npx flue run code --data "{\"repo\":\"https://x.test/a b\"}" --env .env`,
		powershell: String.raw`npx.cmd flue run code --data --% "{\"repo\":\"https://x.test/a b\"}" --env .env`,
	});
	expect(windowsForms('npx flue', ['run', 'hello', '-m', 'Which Linux is this?'])).toBeUndefined();
});

test('no command is offered for a file whose name no quoting serves', () => {
	expect(appendLine("it's/.gitignore", '.env')).toBeUndefined();
});
