import type { Plan } from '../plan.ts';
import type { Project } from '../project.ts';

export interface EnvKey {
	readonly name: string;
	readonly description: string;
	readonly required: boolean;
}

/** Something that `flue add` can add. To plan is all it does: it reads nothing and writes nothing. */
export interface Connector {
	readonly name: string;
	readonly title: string;
	/** What Flue calls this kind of thing: `flue add sandbox daytona` means the same. */
	readonly kind: 'sandbox';
	/** One line for lists. */
	readonly summary: string;
	readonly website: string;
	readonly aliases: readonly string[];
	/** The npm packages whose installed versions matter to the plan. */
	readonly packages: readonly string[];
	plan(project: Project): Plan;
}
