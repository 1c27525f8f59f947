import type { Change } from './changes.ts';
import type { Command, PackageManager } from './package-managers.ts';
import type { Plan } from './plan.ts';
import type { Program } from './program.ts';
import type { Project } from './project.ts';

/** The command that was typed: both plan, show and write in the same way. */
export type Verb = 'add' | 'update';

/** All that is known before anything is done: what is printed, previewed, compared and written comes from this one value. */
export interface Prospect {
	readonly verb: Verb;
	readonly program: Program;
	readonly project: Project;
	readonly plan: Plan;
	readonly changes: readonly Change[];
	/** Undefined when nothing is to be installed. */
	readonly install: { readonly manager: PackageManager; readonly command: Command } | undefined;
	/** The flags given that shape the plan, as words: a command that we print repeats them. A path is relative to the package root. */
	readonly planFlags: readonly string[];
	/** `--path`, if it was given: with it a check looks at the same file. */
	readonly pathFlags: readonly string[];
	/** `-C` and the package root, for a command that the user would type in a folder where it means another project. */
	readonly cwdFlags: readonly string[];
	/** From the user's folder to the package root; empty where the user is there. */
	readonly folder: string;
	/** From the user's folder to one where `git apply` takes the patch; empty when that is so where the user is. */
	readonly patchFolder: string;
}
