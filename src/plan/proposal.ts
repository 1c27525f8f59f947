import type { PackageManager } from '../ecosystem/package-managers.ts';
import { isInside, pathBetween } from '../lib/paths.ts';
import type { Command } from '../lib/shell.ts';
import type { Program } from '../project/program.ts';
import { type Project, SEARCH_CUT_SHORT } from '../project/project.ts';
import type { Change } from './changes.ts';
import { packagesToInstall, type Plan } from './plan.ts';

/** Whether a write would overwrite what is not ours. */
export function hasConflict({ changes }: Proposal): boolean {
	return changes.some(({ kind }) => kind === 'conflict');
}

/** Whether a write would change or install anything. */
export function hasWork({ changes, install }: Proposal): boolean {
	return changes.length > 0 || install !== undefined;
}

/** Whether the project has all that the plan wants. */
export function isDone({ changes, plan }: Proposal): boolean {
	return changes.length === 0 && packagesToInstall(plan).length === 0;
}

/** The command that was typed: both plan, show and write in the same way. */
export type Verb = 'add' | 'update';

/** What a write has to know first: why that is not clear, and which flag tells. */
export interface Undecided {
	readonly message: string;
	readonly hint: string;
}

/** Undefined where it is known which file is the connector; `folder` is the way from the user's to the package root. */
export function undecidedPlace(
	{ isSearchComplete, connectorPath }: Project,
	folder: string | undefined,
): Undecided | undefined {
	if (isSearchComplete) return undefined;
	const place = folder === '' ? `give --path ${connectorPath.value}` : 'name a new one';
	return { message: SEARCH_CUT_SHORT, hint: `If there is one, name its file with --path; else ${place}` };
}

/** All that is known before anything is done: what is printed, previewed, compared and written comes from this one value. */
export interface Proposal {
	readonly verb: Verb;
	readonly program: Program;
	readonly project: Project;
	readonly plan: Plan;
	readonly changes: readonly Change[];
	/** In which a person's own answer, or a flag, is needed before a write. */
	readonly undecided: readonly Undecided[];
	/** Undefined when nothing is to be installed. */
	readonly install: { readonly manager: PackageManager; readonly command: Command } | undefined;
	/** The flags given that shape the plan, as words: a command that we print repeats them. A path is relative to the package root. */
	readonly planFlags: readonly string[];
	/** `--path`, if it was given: with it a check looks at the same file. */
	readonly pathFlags: readonly string[];
	/** `-C` and the package root, for a command that the user would type in a folder where it means another project. */
	readonly cwdFlags: readonly string[];
	/** From the user's folder to the package root; empty where the user is there, undefined where no command can name it. */
	readonly folder: string | undefined;
	/** The same for a folder where `git apply` takes the patch. */
	readonly patchFolder: string | undefined;
}

/** The package root relative to the git top level, with `/`; empty when they are the same, or without git. */
export function folderInRepository({ root, gitRoot }: Pick<Project, 'root' | 'gitRoot'>): string {
	return gitRoot === undefined ? '' : pathBetween(gitRoot, root);
}

/** From the user's folder to one where `git apply` takes the patch: it passes over what is not below the folder that it runs in. */
export function patchFolder(cwd: string, { root, gitRoot }: Pick<Project, 'root' | 'gitRoot'>): string {
	const takesItHere = gitRoot === undefined ? cwd === root : isInside(cwd, root) && isInside(gitRoot, cwd);
	return takesItHere ? '' : pathBetween(cwd, gitRoot ?? root);
}
