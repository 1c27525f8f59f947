import { readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const ENDING = '.flue-draft';

function prefixOf(place: string): string {
	return `.${basename(place)}.`;
}

/** A new name beside the file, so that a rename stays on one file system. */
export function draftPath(place: string): string {
	return join(dirname(place), `${prefixOf(place)}${crypto.randomUUID().slice(0, 8)}${ENDING}`);
}

export function removeQuietly(path: string): void {
	try {
		rmSync(path, { force: true });
	} catch {}
}

/** Removes what killed runs left beside these files. Another run that is at work just now writes its draft again. */
export function removeDrafts(places: readonly string[]): void {
	for (const place of new Set(places)) {
		for (const name of namesIn(dirname(place)))
			if (name.startsWith(prefixOf(place)) && name.endsWith(ENDING)) removeQuietly(join(dirname(place), name));
	}
}

function namesIn(folder: string): string[] {
	try {
		return readdirSync(folder);
	} catch {
		return [];
	}
}
