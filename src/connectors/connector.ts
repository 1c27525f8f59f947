import { RUNTIME_PROFILES, type RuntimeProfile } from '../ecosystem/flue-runtimes.ts';
import { fingerprint } from '../plan/fingerprint.ts';
import type { Original, Originals } from '../plan/marker.ts';
import type { ConnectorPackage } from '../plan/packages.ts';
import type { EnvKey, Plan, PlannedFile } from '../plan/plan.ts';
import type { Project } from '../project/project.ts';

interface RecordedFile {
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
	/** Examples that are there, to be kept up with the runtime. */
	readonly found?: readonly FoundExample[];
}

export interface FoundExample extends PlannedFile {
	readonly name: string;
	/** Whether the file is that, give or take its formatting. */
	readonly isRight: boolean;
	/** Whether its runtime looks into this folder for it. */
	readonly isInPlace: boolean;
}

/** An error as the script tells it. */
export interface LiveError {
	readonly message: string;
	readonly name?: string;
	readonly statusCode?: number;
	readonly code?: string;
}

/** What a connector brings for `flue check --live`. */
export interface LiveCheck {
	/** A module that runs the connector, and speaks over the channel. */
	readonly script: string;
	/** Step -> what it is called. */
	readonly titles: Readonly<Record<string, string>>;
	/** What an error means, and what to do; undefined where it speaks for itself. */
	explain(step: string, error: LiveError, isSdkNewer: boolean): string | undefined;
}

/** To plan and to render is all it does: it reads nothing and writes nothing. */
interface ConnectorCode {
	plan(project: Project, request?: PlanRequest): Plan;
	readonly templates: Templates;
	/** What the templates make of each example for each runtime, with the import of the connector that is in this text. */
	examplesLike?(before: string): readonly string[];
	readonly live?: LiveCheck;
	/** The examples of ours without edits that the project has, each as its runtime wants it. */
	findExamples?(project: Project, read: (path: string) => string | undefined): readonly FoundExample[];
}

/**
 * Template version -> the file as that version rendered it, without the marker line. Whatever was released stays here for
 * good, because `flue update` merges from it: before released templates change, a copy of them goes to `v<version>/`, with
 * what fills them, and the current version goes up by one.
 */
export type Templates = ReadonlyMap<number, (profile: RuntimeProfile) => string>;

/** What the templates of all versions make. */
export function originalFiles(templates: Templates): Originals {
	let made: readonly Original[] | undefined;
	const make = () =>
		[...templates].flatMap(([templateVersion, render]) =>
			RUNTIME_PROFILES.map((profile) => {
				const code = render(profile);
				return { templateVersion, profile: profile.since, fingerprint: fingerprint(code), code };
			}),
		);
	return () => (made ??= make());
}
