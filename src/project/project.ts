import type { RuntimeProfile, SourceDir } from '../ecosystem/flue-runtimes.ts';
import { allowsNode } from '../ecosystem/flue-versions.ts';
import type { PackageManagerAnswer } from '../ecosystem/package-managers.ts';
import { safe } from '../lib/sanitize.ts';

/** Something that was found out, and where: `from` is shown to people and in JSON ("installed", "package.json", …). */
export interface Fact<T> {
	readonly value: T;
	readonly from: string;
}

export interface Runtime {
	readonly profile: RuntimeProfile;
	/** The version that decides: undefined when there is no `@flue/runtime` in sight. */
	readonly version: string | undefined;
	/** A sentence fragment: "installed", "^0.11.0 in package.json", "--runtime", "not found". */
	readonly from: string;
	/** What its `engines` ask of Node.js, a range; `*` where they ask nothing, or it is not known that this runtime is used. */
	readonly node: string;
}

export interface ExistingConnector {
	/** Relative to the package root, with `/`. */
	readonly path: string;
	/** `ours` has our marker, `flue` was written by Flue's guide, `other` has no marker at all. */
	readonly origin: 'ours' | 'flue' | 'other';
}

/** The examples of env files, which have the names and no values; only those that are there get ours. */
export const ENV_EXAMPLES = ['.env.example', '.dev.vars.example'] as const;

export interface EnvExample {
	readonly path: (typeof ENV_EXAMPLES)[number];
	/** One character per byte; undefined where it is not there, or cannot be read. */
	readonly content: string | undefined;
	/** Why nothing is appended to it: "is a link". */
	readonly leftAlone: string | undefined;
}

export interface EnvFile {
	/** Relative to the package root, with `/`. */
	readonly path: string;
	/** Names only; a value never leaves the function that reads the file. */
	readonly names: ReadonlySet<string>;
	/** Those of them that have a value. */
	readonly filled: ReadonlySet<string>;
	/** Those that have one too, and that no reader of env files finds, because of a byte order mark before them. */
	readonly behindMark: ReadonlySet<string>;
	/** Outside of a repository: whether its .gitignore would. */
	readonly ignoredByGit: boolean;
}

/** Files that tell of variables, and that are neither read nor changed. Relative to the package root, with `/`. */
export interface OtherEnvFiles {
	/** In which varlock has names declared. */
	readonly schema: string | undefined;
	/** At the root of the workspace, where the package itself has none. */
	readonly values: string | undefined;
	/** Whether a script of the package names that file. */
	readonly isNamed: boolean;
	/** At the root of the workspace, where the package itself has none. */
	readonly example: string | undefined;
}

export type DeploymentTarget = 'cloudflare' | 'node' | 'github-actions';

/** A Durable Object class, and the file that tells of it; relative to the package root, with `/`. */
export interface DurableClass {
	readonly name: string;
	readonly from: string;
}

/** The project's Wrangler configuration, as far as Durable Objects go. */
export interface WranglerFile {
	/** Relative to the package root. */
	readonly path: string;
	readonly syntax: 'json' | 'toml';
	/** Undefined where the file cannot be read as what its name says. */
	readonly durableObjects: DurableObjects | undefined;
	/** The classes that it or a build of it binds to this Worker. */
	readonly bound: readonly DurableClass[];
}

export interface DurableObjects {
	/** How they are declared: in a list of migrations, in TOML's tables, in `exports` (which excludes migrations), not yet. */
	readonly form: 'list' | 'tables' | 'exports' | 'none';
	/** Of the migrations, oldest first. */
	readonly tags: readonly string[];
	readonly classes: ReadonlySet<string>;
}

/** The ending that the project's tsconfig wants in an import of the connector; the last two are of a connector in an `.mts` file. */
export type ImportExtension = '' | '.js' | '.ts' | '.mjs' | '.mts';

/** The runtime in a few words: what it is, and where that was found. */
export function describeRuntime({ version, profile, from }: Runtime): string {
	return `@flue/runtime ${safe('version', version ?? profile.since)} (${from})`;
}

/** A sentence where the Node.js that runs this is not one that the runtime asks for. */
export function describeUnfitNode({
	runtime: { version, node: range },
	node,
}: Pick<Project, 'runtime' | 'node'>): string | undefined {
	if (allowsNode(range, node)) return undefined;
	const runtime = version === undefined ? '@flue/runtime' : `@flue/runtime ${safe('version', version)}`;
	return `${runtime} needs Node.js ${safe('specifier', range)}, and this is ${node}: Flue does not start on it, and a package manager may refuse to install (Yarn 1 does). Use another Node.js.`;
}

/** The source directory relative to the package root; '.' is the root. */
export function sourceFolder({ base, sourceDir }: Pick<Project, 'base' | 'sourceDir'>): string {
	return sourceDir.value === '.' && base !== '' ? base.slice(0, -1) : base + sourceDir.value;
}

/** What a catalog of the workspace has of a package. */
export interface CatalogEntry {
	/** How it is asked for: "catalog:", "catalog:next". */
	readonly specifier: string;
	readonly range: string;
}

const TARGETS = {
	cloudflare: 'Cloudflare',
	node: 'Node.js',
	'github-actions': 'GitHub Actions',
} as const satisfies Record<DeploymentTarget, string>;

/** What it is built for, and the files that say so; empty where nothing does. */
export function describeTargets({ targets }: Pick<Project, 'targets'>): string {
	return targets.map(({ value, from }) => `${TARGETS[value]} (${from})`).join(', ');
}

/** Of a workspace, and not its root. */
export function isMember({ root, workspaceRoot = root }: Pick<Project, 'root' | 'workspaceRoot'>): boolean {
	return workspaceRoot !== root;
}

export const SEARCH_CUT_SHORT =
	'This project has too many files to look at all of them: a connector may be in one that was not read.';

/** The facts about the user's project, gathered once. Paths are absolute unless a field says otherwise. */
export interface Project {
	/** Folder of the nearest package.json. */
	readonly root: string;
	readonly workspaceRoot: string | undefined;
	readonly gitRoot: string | undefined;
	/** The uppermost folder that belongs to the project. */
	readonly top: string;
	readonly runtime: Runtime;
	/** The version of the Node.js that runs this. */
	readonly node: string;
	/** Where Flue is run, relative to the root: empty for the root, else with `/` at its end. */
	readonly base: string;
	/** The source directory as the project's runtime finds it, relative to `base`. */
	readonly sourceDir: Fact<SourceDir>;
	/** Name → range, of every dependency field of package.json; of a URL only its kind, because it can carry a token. */
	readonly dependencies: ReadonlyMap<string, string>;
	/** Name → version found in node_modules, walking up; only of packages that the connector asks for. */
	readonly installed: ReadonlyMap<string, string>;
	/** Of the same packages. */
	readonly catalogued: ReadonlyMap<string, readonly CatalogEntry[]>;
	/** Whether a package manager has installed this project: there is a node_modules, or Yarn's map. */
	readonly hasInstall: boolean;
	/** The file that `connectorPath` names, if it exists. */
	readonly existingConnector: ExistingConnector | undefined;
	/** False where a connector may be in a file that was not looked at, because there are too many. */
	readonly isSearchComplete: boolean;
	/** Where a new connector file belongs, relative to the package root, with `/`; the existing one's path if there is one. */
	readonly connectorPath: Fact<string>;
	readonly importExtension: Fact<ImportExtension>;
	readonly packageManager: PackageManagerAnswer;
	readonly envExamples: readonly EnvExample[];
	/** The files that hold values: `.env`, `.env.local`, `.dev.vars`. */
	readonly envFiles: readonly EnvFile[];
	readonly otherEnvFiles: OtherEnvFiles;
	/** The env file in which the model provider's key is, relative to the package root. */
	readonly modelKeyFile: string | undefined;
	readonly targets: readonly Fact<DeploymentTarget>[];
	readonly wrangler: WranglerFile | undefined;
	/** Those that the runtime generates for the project's sources; empty where nothing says that it is built for Cloudflare. */
	readonly durableClasses: readonly DurableClass[];
	/** Sentences for the reader: a runtime that was not found, one that is newer than known, … */
	readonly warnings: readonly string[];
}
