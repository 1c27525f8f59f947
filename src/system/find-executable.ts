import { accessSync, constants } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { kindOf } from './files.ts';

/** Windows has `Path` as often as `PATH`. */
function variable(env: NodeJS.ProcessEnv, name: string): string {
	const key = Object.keys(env).find((candidate) => candidate.toUpperCase() === name);
	return (key !== undefined && env[key]) || '';
}

function isExecutable(path: string): boolean {
	if (kindOf(path) !== 'file') return false;
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}

/**
 * The file that PATH has for a program, without starting anything.
 * Empty and relative entries are passed over: they would make a program of whatever lies in the project.
 */
export function findExecutable(
	name: string,
	env: NodeJS.ProcessEnv,
	platform = process.platform,
	isTrusted: (folder: string) => boolean = () => true,
): string | undefined {
	const isWindows = platform === 'win32';
	const endings = isWindows ? (variable(env, 'PATHEXT') || '.COM;.EXE;.BAT;.CMD').split(';').filter(Boolean) : [''];
	const folders = variable(env, 'PATH').split(isWindows ? ';' : ':');
	return folders
		.map((folder) => folder.replace(/^"(.*)"$/, '$1'))
		.filter((folder) => isAbsolute(folder) && isTrusted(folder))
		.flatMap((folder) => endings.map((ending) => join(folder, `${name}${ending.toLowerCase()}`)))
		.find(isExecutable);
}
