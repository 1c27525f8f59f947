import { structuredPatch } from 'diff';
import type { Change, MarkedMerge } from './changes.ts';

interface Edit {
	readonly path: string;
	/** One character per byte, as `after` is. */
	readonly before: string | undefined;
	readonly after: string;
}

/** Its bytes as git reads them: a quote, a backslash and a control character only in quotes. */
function gitName(side: 'a' | 'b', path: string): string {
	const name = Buffer.from(`${side}/${path}`, 'utf8').toString('latin1');
	const escaped = name.replace(/["\\\x00-\x1F\x7F]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`);
	return escaped === name ? name : `"${escaped}"`;
}

/** Without the tab, git takes white space for the end of the name. */
function headerLine(sign: '---' | '+++', name: string): string {
	return `${sign} ${name}${name.includes(' ') && !name.startsWith('"') ? '\t' : ''}`;
}

function filePatch({ path, before, after }: Edit): string {
	const { hunks } = structuredPatch(path, path, before ?? '', after, undefined, undefined, { context: 3 });
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
