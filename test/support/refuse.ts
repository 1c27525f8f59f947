import { join } from 'node:path';

const SHIM = join(import.meta.dirname, 'refuse.cjs');

/** Variables with which the program finds a broken disk: "renameSync:2:ENOSPC" refuses the second rename, "accessSync:/.flue:EACCES" every access to that folder, and "renameSync:1:SIGINT" is a Ctrl-C just before the first. */
export function refusing(...rules: readonly string[]): Record<string, string> {
	return { NODE_OPTIONS: `--require ${JSON.stringify(SHIM)}`, REFUSE: rules.join(',') };
}
