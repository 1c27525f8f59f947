import { isAbsolute } from 'node:path';

/** Windows has `Path` as often as `PATH`. */
function keyOf(env: NodeJS.ProcessEnv, name: string): string | undefined {
	return Object.keys(env).find((candidate) => candidate.toUpperCase() === name);
}

/** Empty where it is not set. */
export function variable(env: NodeJS.ProcessEnv, name: string): string {
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

/** The folders of PATH. Empty and relative entries are passed over: they would make a program of whatever lies in the project. */
export function foldersOfPath(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string[] {
	const own = variable(env, 'PATH').split(separator(platform)).filter(isOwnPlace);
	return own.map((folder) => folder.replace(/^"(.*)"$/, '$1'));
}
