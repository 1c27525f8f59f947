import type ChildProcess from 'node:child_process';
import { chmodSync, chownSync, constants, copyFileSync, rmSync, statSync } from 'node:fs';
import { findExecutable } from '../system/find-executable.ts';

/** Node copies neither owner nor extended attributes nor access lists; `cp -a` does. */
function copyWhole(from: string, to: string): boolean {
	const cp = process.platform === 'win32' ? undefined : findExecutable('cp', process.env);
	if (cp === undefined) return false;
	// Loaded at its first use: most runs need none.
	const { execFileSync } = require('node:child_process') as typeof ChildProcess;
	try {
		execFileSync(cp, ['-a', '--', from, to], { stdio: 'ignore' });
		return true;
	} catch {
		rmSync(to, { force: true });
		return false;
	}
}

/** Copies a file with its owner, permissions and extended attributes, as far as the disk lets us. `to` is a free name. */
export function copyFile(from: string, to: string): void {
	if (copyWhole(from, to)) return;
	const { uid, gid, mode } = statSync(from);
	copyFileSync(from, to, constants.COPYFILE_EXCL);
	for (const keep of [() => chownSync(to, uid, gid), () => chmodSync(to, mode & 0o7777)]) {
		try {
			keep();
		} catch {}
	}
}
