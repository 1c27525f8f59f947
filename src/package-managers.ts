export type PackageManagerName = 'npm' | 'pnpm' | 'yarn' | 'bun';

export interface PackageManager {
	readonly name: PackageManagerName;
	/** Yarn 1 and Yarn 2+ are different programs with different flags; undefined for the others. */
	readonly yarn: 'classic' | 'berry' | undefined;
	/** Why this one: "packageManager in ../../package.json", "pnpm-lock.yaml", "--package-manager". */
	readonly from: string;
}

export type PackageManagerAnswer =
	| { readonly status: 'found'; readonly manager: PackageManager }
	/** Several lockfiles (relative to the package root) and nothing to decide. */
	| { readonly status: 'ambiguous'; readonly lockfiles: readonly string[] }
	/** A project of a manager that we cannot drive (`deno.lock`). */
	| { readonly status: 'unsupported'; readonly lockfile: string };

/** A process as data: what is shown is what is run. */
export interface Command {
	readonly name: string;
	readonly args: readonly string[];
}
