import { structuredPatch } from 'diff';
import type { Change } from './changes.ts';

interface Edit {
	readonly path: string;
	readonly before: string | undefined;
	readonly after: string;
}

/** git reads a name with a quote or a backslash only in quotes; white space in it needs a tab behind it. */
function gitName(side: 'a' | 'b', path: string): string {
	return /["\\]/.test(path) ? JSON.stringify(`${side}/${path}`) : `${side}/${path}`;
}

function filePatch({ path, before, after }: Edit): string {
	const { hunks } = structuredPatch(path, path, before ?? '', after, undefined, undefined, { context: 3 });
	const tab = path.includes(' ') ? '\t' : '';
	const header = [
		`diff --git ${gitName('a', path)} ${gitName('b', path)}`,
		...(before === undefined ? ['new file mode 100644'] : []),
		`--- ${before === undefined ? '/dev/null' : `${gitName('a', path)}${tab}`}`,
		`+++ ${gitName('b', path)}${tab}`,
	];
	const lines = hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
		`@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`,
		...lines,
	]);
	return `${[...header, ...lines].join('\n')}\n`;
}

function edits(change: Change): Edit[] {
	const { path, content: after } = change;
	if (change.kind === 'create') return [{ path, before: undefined, after }];
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
