import type { ConnectorPackage } from '../connector-packages.ts';
import type { Plan } from '../plan.ts';
import type { Project } from '../project.ts';
import type { RuntimeProfile } from '../runtime-profiles.ts';

export interface EnvKey {
	readonly name: string;
	readonly description: string;
	readonly required: boolean;
}

export interface RecordedFile {
	/** The one in the marker's line. */
	readonly fingerprint: string;
	/** Of the whole file. */
	readonly sha256: string;
}

/** Something that `flue add` can add: what it is called and what it needs. The code behind it is loaded where it is used. */
export interface Connector {
	readonly name: string;
	readonly title: string;
	/** What Flue calls this kind of thing: `flue add sandbox daytona` means the same. */
	readonly kind: 'sandbox';
	/** One line for lists. */
	readonly summary: string;
	readonly website: string;
	readonly aliases: readonly string[];
	/** The npm packages that its file imports. */
	readonly packages: readonly ConnectorPackage[];
	/** The names of the agents or workflows that show its use. */
	readonly examples: readonly string[];
	/** What only they import. */
	readonly examplePackages: readonly ConnectorPackage[];
	readonly env: readonly EnvKey[];
	/** Goes up when the rendered text changes after a release, so that an older file is known as ours. */
	readonly templateVersion: number;
	/** Profile -> of what the current template writes for it, what takes long to compute. The tests hold it equal to what is computed. */
	readonly recorded?: Readonly<Record<string, RecordedFile>>;
	load(): Promise<ConnectorCode>;
}

/** What is asked of a plan beyond the connector itself. */
export interface PlanRequest {
	/** The example to write as well. */
	readonly example?: string | undefined;
	/** What a reader types to run this very program: "npx flue", "flue". */
	readonly command?: string;
}

/** To plan and to render is all it does: it reads nothing and writes nothing. */
export interface ConnectorCode {
	plan(project: Project, request?: PlanRequest): Plan;
	readonly templates: Templates;
}

/**
 * Template version -> the file as that version rendered it, without the marker line. Whatever was released stays here for
 * good, because `flue update` merges from it: before released templates change, a copy of them goes to `v<version>/`, with
 * what fills them, and the current version goes up by one.
 */
export type Templates = ReadonlyMap<number, (profile: RuntimeProfile) => string>;
