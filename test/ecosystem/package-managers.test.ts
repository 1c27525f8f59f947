import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
	installCommand,
	isPackageManagerName,
	type PackageManager,
	runBin,
	runPackage,
} from '../../src/ecosystem/package-managers.ts';
import { shownCommand } from '../../src/lib/shell.ts';
import { findExecutable } from '../../src/system/find-executable.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const manager = (name: PackageManager['name'], yarn?: PackageManager['yarn']): PackageManager => ({
	name,
	yarn,
	from: 'a test',
});

const MANAGERS: readonly [manager: PackageManager, install: string, run: string, fetch: string][] = [
	[manager('npm'), 'npm install --no-audit --no-fund x@1.0.0', 'npx flue add daytona', 'npx --yes x@1.0.0 add'],
	[
		manager('pnpm'),
		'pnpm add --ignore-workspace-root-check --config.strict-dep-builds=false x@1.0.0',
		'pnpm flue add daytona',
		'pnpm dlx x@1.0.0 add',
	],
	[
		manager('yarn', 'classic'),
		'yarn add --ignore-workspace-root-check x@1.0.0',
		'yarn flue add daytona',
		'npx --yes x@1.0.0 add',
	],
	[manager('yarn', 'berry'), 'yarn add x@1.0.0', 'yarn flue add daytona', 'yarn dlx x@1.0.0 add'],
	[manager('yarn'), 'yarn add x@1.0.0', 'yarn flue add daytona', 'npx --yes x@1.0.0 add'],
	[manager('bun'), 'bun add x@1.0.0', 'bunx flue add daytona', 'bunx x@1.0.0 add'],
];

const pasted = (word: string) => shownCommand({ name: 'npm', args: ['install', word] });

describe('the words of each manager', () => {
	it.each(MANAGERS)('are its own (%o)', (manager, install, run, fetch) => {
		expect(shownCommand(installCommand(manager, ['x@1.0.0']))).toBe(install);
		expect(shownCommand(runBin(manager, 'flue', ['add', 'daytona']))).toBe(run);
		expect(shownCommand(runPackage(manager, 'x@1.0.0', ['add']))).toBe(fetch);
	});

	it('are known by name only', () => {
		expect(['npm', 'pnpm', 'yarn', 'bun'].every(isPackageManagerName)).toBe(true);
		expect(['deno', 'NPM', '', undefined, 'toString'].some(isPackageManagerName)).toBe(false);
	});

	it('can be pasted into any shell', () => {
		expect(pasted('@daytona/sdk@^0.216.0')).toBe('npm install "@daytona/sdk@^0.216.0"');
		expect(pasted('my folder/daytona.ts')).toBe('npm install "my folder/daytona.ts"');
		expect(pasted('$(id)')).toBe(`npm install '$(id)'`);
		expect(pasted(`it's "$1"`)).toBe(`npm install 'it'\\''s "$1"'`);
		expect(pasted('')).toBe('npm install ""');
	});
});

describe('looking for a program on PATH', () => {
	it('finds the first that can be executed', () => {
		const folder = temporaryFolder({ 'one/pnpm': '', 'two/pnpm': '', 'three/pnpm': '', 'zero/pnpm/': '' });
		chmodSync(join(folder, 'two/pnpm'), 0o755);
		chmodSync(join(folder, 'three/pnpm'), 0o755);
		const path = ['zero', 'missing', 'one', 'two', 'three'].map((name) => join(folder, name)).join(':');
		expect(findExecutable('pnpm', { PATH: path }, 'linux')).toBe(join(folder, 'two/pnpm'));
		expect(findExecutable('bun', { PATH: path }, 'linux')).toBeUndefined();
		expect(findExecutable('pnpm', {}, 'linux')).toBeUndefined();
	});

	it('does not take what lies below the current folder for the program', () => {
		expect(findExecutable('vitest', { PATH: join(process.cwd(), 'node_modules/.bin') }, 'linux')).toBeDefined();
		expect(findExecutable('vitest', { PATH: 'node_modules/.bin:./node_modules/.bin:' }, 'linux')).toBeUndefined();
	});

	it('tries the endings that Windows knows', () => {
		const folder = temporaryFolder({ 'npm.cmd': '', npm: '', 'bun.exe': '' });
		chmodSync(join(folder, 'npm.cmd'), 0o755);
		chmodSync(join(folder, 'npm'), 0o755);
		chmodSync(join(folder, 'bun.exe'), 0o755);
		expect(findExecutable('npm', { Path: `"${folder}"`, PATHEXT: '.EXE;.CMD' }, 'win32')).toBe(join(folder, 'npm.cmd'));
		expect(findExecutable('bun', { Path: folder }, 'win32')).toBe(join(folder, 'bun.exe'));
		expect(findExecutable('yarn', { Path: folder }, 'win32')).toBeUndefined();
	});
});
