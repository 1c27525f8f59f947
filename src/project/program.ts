import { dirname, join, sep } from 'node:path';
import { name as packageName, version } from '../../package.json';
import { NPM, type PackageManager, runBin, runPackage } from '../ecosystem/package-managers.ts';
import { shownCommand } from '../lib/shell.ts';
import { readText, realPath } from '../system/files.ts';
import type { Environment } from '../terminal/context.ts';

/** This program, as the text that we print names it. */
export interface Program {
	readonly version: string;
	/** What a reader types to run this very program in the project: "npx flue", "pnpm flue", "flue", … */
	readonly command: string;
	/** The same without a version, because some agents take what follows an `@` for a file. */
	readonly unversioned: string;
	/** Whether the reader has cmd and PowerShell. */
	readonly isWindows: boolean;
}

const INSTALLED_AT = dirname(import.meta.dirname);

export const PROGRAM_ROOT = realPath(INSTALLED_AT) ?? INSTALLED_AT;

/** npm and yarn link a bin, pnpm and Windows write a script that names the package. */
function isOurBin(bin: string): boolean {
	return (
		realPath(bin)?.startsWith(PROGRAM_ROOT + sep) === true ||
		readText(bin, 4096)?.includes(`${packageName}/bin/`) === true
	);
}

/** A project may have Flue's own `flue` in its `.bin`, so that being installed is not enough. */
function isProjectsProgram(folder: string): boolean {
	if (realPath(folder) === PROGRAM_ROOT) return true;
	const modules = join(folder, 'node_modules');
	if (realPath(join(modules, packageName)) === PROGRAM_ROOT) return isOurBin(join(modules, '.bin', 'flue'));
	const parent = dirname(folder);
	return parent !== folder && isProjectsProgram(parent);
}

/** The folders into which package managers put what they fetch only to run it. */
const FETCHED = /[\\/](?:_npx|dlx-[^\\/]*|dlx|bunx-[^\\/]*)[\\/]/;

function fetchingManager({ npm_config_user_agent: userAgent = '' }: Environment): PackageManager {
	const name = (['pnpm', 'yarn', 'bun'] as const).find((other) => userAgent.startsWith(`${other}/`)) ?? 'npm';
	const yarn = name === 'yarn' ? 'berry' : undefined;
	return { name, yarn, from: 'npm_config_user_agent' };
}

function named(command: string, unversioned = command): Commands {
	return { command, unversioned };
}

/** How a reader of what we print runs this very program in the project. */
export function findProgram(projectRoot: string, manager: PackageManager | undefined, env: Environment): Program {
	return { version, ...programCommand(projectRoot, manager, env), isWindows: process.platform === 'win32' };
}

type Commands = Pick<Program, 'command' | 'unversioned'>;

function programCommand(projectRoot: string, manager: PackageManager | undefined, env: Environment): Commands {
	if (isProjectsProgram(projectRoot)) return named(shownCommand(runBin(manager ?? NPM, 'flue', [])));
	if (!FETCHED.test(PROGRAM_ROOT) && env['npm_command'] !== 'exec') return named('flue');
	const fetched = (spec: string) => shownCommand(runPackage(fetchingManager(env), spec, []));
	return named(fetched(`${packageName}@${version}`), fetched(packageName));
}
