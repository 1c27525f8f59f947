import { spawnSync } from 'node:child_process';
import type { Shell } from './daytona/shell.ts';

/** A way to mount for one command alone; there is none in a container that may not. */
const UNSHARE = [['-m'], ['-r', '-m']].find(
	(flags) => spawnSync('unshare', [...flags, 'mount', '-t', 'tmpfs', 'none', '/dev/shm']).status === 0,
);

export const canMount = UNSHARE !== undefined;

export const isRoot = process.getuid?.() === 0;

/** The shell of a sandbox in which this script has mounted something first; nobody else sees that. */
export function shellOn(script: string, { path, args = [] }: Shell): Shell {
	return {
		path: '/usr/bin/env',
		args: ['unshare', ...(UNSHARE ?? []), '/bin/sh', '-c', `${script}\nexec "$@"`, 'sh', path, ...args],
	};
}

/** The shell of a sandbox whose commands run as this user, whom no other process has. */
export function shellAs(user: number | string, { path, args = [] }: Shell): Shell {
	return {
		path: '/usr/bin/env',
		args: ['setpriv', `--reuid=${user}`, '--regid=61234', '--clear-groups', path, ...args],
	};
}
