import { accessSync, constants } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { kindOf } from './files.ts';

/** Windows has `Path` as often as `PATH`. */
function keyOf(env: NodeJS.ProcessEnv, name: string): string | undefined {
	return Object.keys(env).find((candidate) => candidate.toUpperCase() === name);
}

function variable(env: NodeJS.ProcessEnv, name: string): string {
	const key = keyOf(env, name);
	return (key !== undefined && env[key]) || '';
}

function separator(platform: NodeJS.Platform): string {
	return platform === 'win32' ? ';' : ':';
}

/** A folder of PATH on Windows may stand in quotes. */
function isOwnPlace(entry: string): boolean {
	return isAbsolute(entry.replace(/^"(.*)"$/, '$1'));
}

/** For a program that looks for others on PATH, as a script does for its `node`: nothing is found in the project. */
export function withoutRelativeEntries(env: NodeJS.ProcessEnv, platform = process.platform): NodeJS.ProcessEnv {
	const key = keyOf(env, 'PATH');
	if (key === undefined) return env;
	const sign = separator(platform);
	return { ...env, [key]: variable(env, 'PATH').split(sign).filter(isOwnPlace).join(sign) };
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
	const folders = variable(env, 'PATH').split(separator(platform)).filter(isOwnPlace);
	return folders
		.map((folder) => folder.replace(/^"(.*)"$/, '$1'))
		.filter(isTrusted)
		.flatMap((folder) => endings.map((ending) => join(folder, `${name}${ending.toLowerCase()}`)))
		.find(isExecutable);
}
