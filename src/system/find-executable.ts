import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { kindOf } from './files.ts';
import { foldersOfPath, variable } from './path-variable.ts';

function isExecutable(path: string): boolean {
	if (kindOf(path) !== 'file') return false;
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}

/** The file that PATH has for a program, without starting anything. */
export function findExecutable(
	name: string,
	env: NodeJS.ProcessEnv,
	platform = process.platform,
	isTrusted: (folder: string) => boolean = () => true,
): string | undefined {
	const isWindows = platform === 'win32';
	const endings = isWindows ? (variable(env, 'PATHEXT') || '.COM;.EXE;.BAT;.CMD').split(';').filter(Boolean) : [''];
	return foldersOfPath(env, platform)
		.filter(isTrusted)
		.flatMap((folder) => endings.map((ending) => join(folder, `${name}${ending.toLowerCase()}`)))
		.find(isExecutable);
}
