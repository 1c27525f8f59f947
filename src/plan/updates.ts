import { type Change, type ChangeOptions, fileChange, freePath, type ReadFile } from './changes.ts';
import {
	findMarker,
	findOriginals,
	LONGEST_FILE,
	type Marker,
	markerLine,
	type Original,
	type Originals,
} from './marker.ts';
import { mergeTexts } from './merge.ts';
import type { Plan } from './plan.ts';
import { readContract } from './read-code.ts';

/** A merge compares each line with each that is the same. */
const MOST_LINES = 20_000;

type Conflict = Extract<Change, { readonly kind: 'conflict' }>;

/** An edited file, and the one that the user began with. */
export interface EditedFile {
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

function sharedLines(code: string, original: Original): number {
	const lines = new Set(original.code.split('\n').map((line) => line.trim()));
	return code.split('\n').filter((line) => lines.has(line.trim())).length;
}

/**
 * What the user began with: by the fingerprint, whatever else the marker says. Where the code follows another contract, as after
 * a conflict in which the old lines were chosen, it is the template for that contract which the code is nearest to.
 */
function findBase(marker: Marker, code: string, originals: Originals): Original | undefined {
	const alike = findOriginals(marker, originals);
	const named = alike.find(({ profile }) => profile === marker.profile) ?? alike[0];
	const [followed, written] = [code, named?.code ?? ''].map((text) => readContract(text));
	if (named === undefined || followed === undefined || followed === written) return named;
	const nearest = originals()
		.filter((original) => readContract(original.code) === followed)
		.map((original) => ({ original, shared: sharedLines(code, original) }))
		.toSorted((a, b) => b.shared - a.shared);
	return nearest[0]?.original ?? named;
}

/** Undefined when what the file was cannot be told for sure. */
export function readEdited(before: string, originals: Originals): EditedFile | undefined {
	const isTooLong = before.length > LONGEST_FILE || before.split('\n', MOST_LINES).length === MOST_LINES;
	const found = isTooLong ? undefined : findMarker(before);
	const original = found && findBase(found.marker, found.code, originals);
	if (found === undefined || original === undefined) return undefined;
	const { marker, above, lineEnd, code } = found;
	const base = original.code;
	return {
		file: `${markerLine({ ...original, connector: marker.connector })}\n${base}`,
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
	const original = readEdited(before, options.originals);
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
	const changes = plan.files.map((file) => {
		const change = fileChange(file, plan.connector, read(file.path), options);
		const isEdited = change?.kind === 'conflict' && change.owner === 'edited';
		return isEdited ? mergedChange(change, read, options) : change;
	});
	return changes.filter((change) => change !== undefined);
}
