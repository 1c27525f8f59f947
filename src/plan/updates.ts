import { type Change, type ChangeOptions, freePath, fileChange, type ReadFile } from './changes.ts';
import { findMarker, LONGEST_FILE, markerLine, type OriginalCode } from './marker.ts';
import { mergeTexts } from './merge.ts';
import type { Plan } from './plan.ts';

/** A merge compares each line with each that is the same. */
const MOST_LINES = 20_000;

type Conflict = Extract<Change, { readonly kind: 'conflict' }>;

/** An edited file, and the one that the user began with. */
export interface Original {
	/** The file as it was written, marker line and all. */
	readonly file: string;
	/** The same without the marker line. */
	readonly base: string;
	/** What is below the marker line now, and the number of its first line in the file. */
	readonly code: string;
	readonly firstLine: number;
	readonly above: string;
	readonly lineEnd: string;
}

/** Undefined when what the file was cannot be told for sure. */
export function readOriginal(before: string, written: OriginalCode): Original | undefined {
	const isTooLong = before.length > LONGEST_FILE || before.split('\n', MOST_LINES).length === MOST_LINES;
	const found = isTooLong ? undefined : findMarker(before);
	const base = found && written(found.marker);
	if (found === undefined || base === undefined) return undefined;
	const { marker, above, lineEnd, code } = found;
	return {
		file: `${markerLine(marker)}\n${base}`,
		base,
		code,
		firstLine: above.split('\n').length + 1,
		above,
		lineEnd,
	};
}

/** Where both sides changed the same lines, the file stays as it is. Beside it is a name that no compiler picks up, and that is free. */
function markedChange(conflict: Conflict, content: string, read: ReadFile, { isTaken }: ChangeOptions): Change {
	const holdsIt = (candidate: string) => isTaken(candidate) && read(candidate) === content;
	const path = freePath(`${conflict.path}.merge`, (candidate) => isTaken(candidate) && !holdsIt(candidate));
	return { ...conflict, marked: { path, content, isThere: holdsIt(path) } };
}

/** The marker of the merged file is that of the new template alone, so that the file still counts as edited. */
function mergedChange(conflict: Conflict, read: ReadFile, options: ChangeOptions): Change | undefined {
	const { path, before, content } = conflict;
	const original = readOriginal(before, options.written);
	if (original === undefined) return conflict;
	const [firstLine = '', ...code] = content.split('\n');
	const { text, conflicts } = mergeTexts({
		yours: original.code,
		base: original.base,
		next: code.join('\n'),
		labels: { yours: `${path}, as it is`, next: 'the new template' },
	});
	const merged = `${original.above}${firstLine}${original.lineEnd}${text}`;
	if (conflicts > 0) return markedChange(conflict, merged, read, options);
	return merged === before ? undefined : { kind: 'merge', path, content: merged, before };
}

/** What `flue update` does to the connector's file; edits of the user's are merged where `flue add` sees a conflict. */
export function findUpdates(plan: Plan, read: ReadFile, options: ChangeOptions): Change[] {
	const changes = plan.files.slice(0, 1).map((file) => {
		const change = fileChange(file, plan.connector, read(file.path), options);
		const isEdited = change?.kind === 'conflict' && change.owner === 'edited';
		return isEdited ? mergedChange(change, read, options) : change;
	});
	return changes.filter((change) => change !== undefined);
}
