import type { WindowsForms } from '../lib/shell.ts';
import type { ManualStep } from './manual-steps.ts';
import type { PackageSpec } from './packages.ts';

export interface EnvKey {
	readonly name: string;
	readonly description: string;
	/** Where a person gets a value. */
	readonly page?: string;
	readonly required: boolean;
}

/** What a connector wants of a project, as data. Paths are relative to the package root, with `/`. */
export interface Plan {
	readonly connector: string;
	readonly title: string;
	readonly website: string;
	/** In the order in which they are written; the first is the connector itself, the next an example, if one was asked for. */
	readonly files: readonly PlannedFile[];
	readonly packages: readonly PlannedPackage[];
	readonly env: readonly EnvKey[];
	/** How the project's code imports the connector, from an agent's folder. */
	readonly importSpecifier: string;
	/** Markdown for the reader of the instructions: keys, usage, how to run it. */
	readonly guide: string;
	/** Those that the guide leaves out: each is printed when it is asked for. */
	readonly examples: readonly PlannedExample[];
	/** The commands that run the example, if one was asked for: one for each target of the project. */
	readonly run: readonly RunCommand[];
	/** What the example needs in files of the user's own. */
	readonly manual: readonly ManualStep[];
	readonly warnings: readonly string[];
}

interface PlannedExample {
	/** What `--example` calls it. */
	readonly name: string;
	readonly title: string;
	readonly description: string;
}

export interface RunCommand {
	readonly command: string;
	/** What it does: "Run the example". */
	readonly when: string;
	/** Where the shells of Windows need forms of their own. */
	readonly windows?: WindowsForms | undefined;
}

export interface PlannedFile {
	readonly path: string;
	/** ASCII, LF. */
	readonly content: string;
	/** Of the content, where it is known beforehand. */
	readonly sha256?: string | undefined;
}

export interface PlannedPackage extends PackageSpec {
	/** `keep` means that package.json declares it already: `range` is the declared one. */
	readonly action: 'install' | 'keep';
}

export function packagesToInstall({ packages }: Plan): PackageSpec[] {
	return packages.filter(({ action }) => action === 'install');
}
