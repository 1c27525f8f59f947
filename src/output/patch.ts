import { structuredPatch, type StructuredPatchHunk } from 'diff';
import type { Change, MarkedMerge } from '../plan/changes.ts';

interface Edit {
	readonly path: string;
	/** One character per byte, as `after` is. */
	readonly before: string | undefined;
	readonly after: string;
}

/** Lines in and out; to find more takes with their square, and two files with so little in common show nothing but that. */
const MOST_EDITS = 4000;

/** Its bytes as git reads them: a quote, a backslash and a control character only in quotes. */
function gitName(side: 'a' | 'b', path: string): string {
	const name = Buffer.from(`${side}/${path}`, 'utf8').toString('latin1');
	const escaped = name.replace(
		/["\\\x00-\x1F\x7F]/g,
		(character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
	);
	return escaped === name ? name : `"${escaped}"`;
}

/** Without the tab, git takes white space for the end of the name. */
function headerLine(sign: '---' | '+++', name: string): string {
	return `${sign} ${name}${name.includes(' ') && !name.startsWith('"') ? '\t' : ''}`;
}

/** Every line out and every line in. */
function wholeFile(before: string, after: string): StructuredPatchHunk[] {
	const [removed, added] = [structuredPatch('', '', before, '').hunks, structuredPatch('', '', '', after).hunks];
	const [{ oldLines } = { oldLines: 0 }, { newLines } = { newLines: 0 }] = [removed[0], added[0]];
	return [
		{ oldStart: 1, oldLines, newStart: 1, newLines, lines: [...removed, ...added].flatMap(({ lines }) => lines) },
	];
}

function findHunks(before: string, after: string): StructuredPatchHunk[] {
	return (
		structuredPatch('', '', before, after, undefined, undefined, { context: 3, maxEditLength: MOST_EDITS })?.hunks ??
		wholeFile(before, after)
	);
}

function filePatch({ path, before, after }: Edit): string {
	const hunks = findHunks(before ?? '', after);
	const header = [
		`diff --git ${gitName('a', path)} ${gitName('b', path)}`,
		...(before === undefined ? ['new file mode 100644'] : []),
		headerLine('---', before === undefined ? '/dev/null' : gitName('a', path)),
		headerLine('+++', gitName('b', path)),
	];
	const lines = hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
		`@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`,
		...lines,
	]);
	return `${[...header, ...lines].join('\n')}\n`;
}

function markedEdits({ path, content, isThere }: MarkedMerge): Edit[] {
	return isThere ? [] : [{ path, before: undefined, after: content }];
}

function edits(change: Change): Edit[] {
	const { path, content: after } = change;
	if (change.kind === 'create') return [{ path, before: undefined, after }];
	if (change.kind === 'conflict' && change.marked !== undefined) return markedEdits(change.marked);
	const edit = { path, before: change.before, after };
	return change.kind === 'replace' ? [{ path: change.backup, before: undefined, after: change.before }, edit] : [edit];
}

/**
 * A patch that `git apply` takes. `folder` is the package root relative to the git top level, with `/`, or empty:
 * from a subfolder `git apply` skips paths that are not relative to the top level, and still exits 0.
 */
export function renderPatch(changes: readonly Change[], folder: string): string {
	const prefix = folder === '' ? '' : `${folder}/`;
	return changes
		.flatMap(edits)
		.map((edit) => filePatch({ ...edit, path: `${prefix}${edit.path}` }))
		.join('');
}
