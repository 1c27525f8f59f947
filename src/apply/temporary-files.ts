import { readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

type Role = 'draft' | 'undo' | 'lock';

const OWNER_AND_ROLE = /^(\d+)\.flue-(draft|undo|lock)$/;

/** A name beside the file, so that a rename stays on one file system; the process id tells a later run whether it was left behind. */
export function temporaryPath(target: string, role: Role): string {
	return join(dirname(target), `.${basename(target)}.${process.pid}.flue-${role}`);
}

function isRunning(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
}

interface Beside {
	readonly path: string;
	readonly role: Role;
	/** The process that made it. */
	readonly pid: number;
}

function listNames(folder: string): string[] {
	try {
		return readdirSync(folder);
	} catch {
		return [];
	}
}

function listBeside(target: string): Beside[] {
	const [folder, prefix] = [dirname(target), `.${basename(target)}.`];
	return listNames(folder).flatMap((name) => {
		const [, pid, role] = (name.startsWith(prefix) && OWNER_AND_ROLE.exec(name.slice(prefix.length))) || [];
		return pid === undefined ? [] : [{ path: join(folder, name), role: role as Role, pid: Number(pid) }];
	});
}

/** The processes that hold this file's lock. */
export function lockedBy(target: string): number[] {
	const others = listBeside(target).filter(({ role, pid }) => role === 'lock' && pid !== process.pid);
	return others.filter(({ pid }) => isRunning(pid)).map(({ pid }) => pid);
}

/** The work is done, or never began: what cannot be removed is a leftover for the next run. */
export function removeQuietly(path: string): void {
	try {
		rmSync(path, { force: true });
	} catch {}
}

/** Removes what runs that were killed have left beside these files. */
export function removeLeftovers(targets: readonly string[]): void {
	for (const target of targets) {
		for (const { path, pid } of listBeside(target)) if (pid === process.pid || !isRunning(pid)) removeQuietly(path);
	}
}
