import { join } from 'node:path';

const SHIM = join(import.meta.dirname, 'refuse.cjs');

/** What opens a file or a folder, and what asks about one without opening it, as far as a program may use it. */
export const OPENING = [
	'openSync',
	'opendirSync',
	'readdirSync',
	'readFileSync',
	'open',
	'opendir',
	'readdir',
	'readFile',
	'promises.open',
	'promises.opendir',
	'promises.readdir',
	'promises.readFile',
];

const ASKING = [
	'statSync',
	'lstatSync',
	'existsSync',
	'accessSync',
	'realpathSync',
	'readlinkSync',
	'stat',
	'lstat',
	'access',
	'promises.stat',
	'promises.lstat',
	'promises.access',
];

/** A call that the program made. */
export interface Note {
	readonly name: string;
	readonly path: string;
}

/** Variables with which the program finds a broken disk: "renameSync:2:ENOSPC" refuses the second rename, "accessSync:/.flue:EACCES" every access to that folder, and "renameSync:1:SIGINT" is a Ctrl-C just before the first. */
export function refusing(...rules: readonly string[]): Record<string, string> {
	return { NODE_OPTIONS: `--require ${JSON.stringify(SHIM)}`, REFUSE: rules.join(',') };
}

/** Variables with which the program leaves in a file, as JSON, a `Note` of every look at the disk. */
export function noting(file: string): Record<string, string> {
	return { ...refusing(...[...OPENING, ...ASKING].map((name) => `${name}::note`)), NOTES: file };
}
