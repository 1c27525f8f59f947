import {
	closeSync,
	fsyncSync,
	ftruncateSync,
	lstatSync,
	mkdirSync,
	openSync,
	readFileSync,
	renameSync,
	rmdirSync,
	statSync,
	writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { WriteError } from '../lib/errors.ts';
import { copyFile } from './copy-file.ts';
import { draftPath, removeQuietly } from './drafts.ts';
import { attempt, changed, codeOf, type PlacedWrite, placeWrites } from './places.ts';

/** Some network and Windows mounts, and `node --permission`, know no fsync; what a disk reports of itself counts. */
function sync(descriptor: number): void {
	try {
		fsyncSync(descriptor);
	} catch (error) {
		if (['ENOSPC', 'EDQUOT', 'EIO'].includes(codeOf(error))) throw error;
	}
}

/** `flags` as of `open`: "wx" for a new file, "r+" to write over one. */
function writeContent(path: string, content: string, flags: 'wx' | 'r+'): void {
	const bytes = Buffer.from(content, 'latin1');
	const descriptor = openSync(path, flags);
	try {
		for (let offset = 0; offset < bytes.length;)
			offset += writeSync(descriptor, bytes, offset, bytes.length - offset, offset);
		if (flags === 'r+') ftruncateSync(descriptor, bytes.length);
		sync(descriptor);
	} finally {
		closeSync(descriptor);
	}
}

/** Makes the folder and every missing one above it, and adds those to `made`. */
function makeFolders(folder: string, made: string[]): void {
	if (statSync(folder, { throwIfNoEntry: false }) !== undefined) return;
	makeFolders(dirname(folder), made);
	mkdirSync(folder);
	made.push(folder);
}

/** Whether the content is there already, which a second run may have written; throws when something else is there than before. */
function isWritten({ path, place, content, before }: PlacedWrite): boolean {
	const stat = lstatSync(place, { throwIfNoEntry: false });
	if (stat === undefined && before === undefined) return false;
	if (stat?.isFile() !== true) throw changed(path);
	const found = readFileSync(place, 'latin1');
	if (found === content) return true;
	if (found !== before) throw changed(path);
	return false;
}

/** The new content beside the file, with the owner, the permissions and all else that the file has. */
function makeDraft({ place, content, before }: PlacedWrite): string {
	const draft = draftPath(place);
	try {
		if (before !== undefined) copyFile(place, draft);
		writeContent(draft, content, before === undefined ? 'wx' : 'r+');
		return draft;
	} catch (error) {
		removeQuietly(draft);
		throw error;
	}
}

/** Where no rename is possible, as on a file that is a mount of its own. What is there has room for what was there. */
function writeInPlace({ place, content, before }: PlacedWrite): void {
	try {
		writeContent(place, content, before === undefined ? 'wx' : 'r+');
	} catch (error) {
		if (before === undefined) removeQuietly(place);
		else writeContent(place, before, 'r+');
		throw error;
	}
}

const REFUSED = new Set(['EBUSY', 'EPERM', 'EACCES', 'EXDEV']);
const RETRY_FOR = 1000;

/** On Windows a scanner or an editor may have the file open for a moment. */
function renameWhenFree(draft: string, place: string): void {
	for (const end = Date.now() + RETRY_FOR; ;) {
		try {
			renameSync(draft, place);
			return;
		} catch (error) {
			if (process.platform !== 'win32' || !REFUSED.has(codeOf(error)) || Date.now() > end) throw error;
			Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
		}
	}
}

function putInPlace(write: PlacedWrite, draft: string): void {
	try {
		renameWhenFree(draft, write.place);
	} catch (error) {
		if (codeOf(error) === 'ENOENT') renameWhenFree(makeDraft(write), write.place);
		else if (REFUSED.has(codeOf(error))) writeInPlace(write);
		else throw error;
	} finally {
		removeQuietly(draft);
	}
}

/** A copy under the name of the backup as soon as it is whole. */
function keepBackup({ path, place, before }: PlacedWrite, backup: string): void {
	if (lstatSync(backup, { throwIfNoEntry: false }) !== undefined) throw changed(backup);
	const draft = draftPath(place);
	try {
		copyFile(place, draft);
		// Another run may just have replaced the file: then its backup is the one that counts.
		if (readFileSync(draft, 'latin1') !== before) throw changed(path);
		renameSync(draft, backup);
	} catch (error) {
		removeQuietly(draft);
		throw error;
	}
}

/** Somebody may have saved the file since the drafts were written, so it is looked at once more. */
function replace(write: PlacedWrite, draft: string): void {
	if (write.backup !== undefined) keepBackup(write, write.backup);
	try {
		if (isWritten(write)) removeQuietly(draft);
		else putInPlace(write, draft);
	} catch (error) {
		const isKept = write.before !== undefined && readFileSync(write.place, 'latin1') === write.before;
		if (write.backup !== undefined && isKept) removeQuietly(write.backup);
		throw error;
	}
}

/**
 * Drafts first, then renames: each file is old or new at every moment. Throws a WriteError that names the files which were
 * written before the disk refused.
 */
export function writeFiles(root: string, placed: readonly PlacedWrite[]): void {
	const folders: string[] = [];
	const drafts = new Map<PlacedWrite, string>();
	const written: string[] = [];
	try {
		const now = placeWrites(root, placed);
		for (const [index, write] of placed.entries()) {
			if (now[index]?.place !== write.place) throw changed(write.path);
			attempt(write.path, () => {
				if (isWritten(write)) return;
				makeFolders(dirname(write.place), folders);
				drafts.set(write, makeDraft(write));
			});
		}
		for (const [write, draft] of drafts) {
			attempt(write.path, () => replace(write, draft));
			written.push(write.path);
		}
	} catch (error) {
		for (const draft of drafts.values()) removeQuietly(draft);
		for (const folder of folders.toReversed()) removeFolder(folder);
		throw error instanceof WriteError ? new WriteError(error.message, { cause: error.cause, written }) : error;
	}
}

/** Only an empty one goes. */
function removeFolder(folder: string): void {
	try {
		rmdirSync(folder);
	} catch {}
}
