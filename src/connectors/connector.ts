import { RUNTIME_PROFILES, type RuntimeProfile } from '../ecosystem/flue-runtimes.ts';
import { fingerprint } from '../plan/fingerprint.ts';
import type { Original, Originals } from '../plan/marker.ts';
import type { ConnectorPackage } from '../plan/packages.ts';
import type { EnvKey, Plan, PlannedFile } from '../plan/plan.ts';
import type { Project } from '../project/project.ts';

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
	/** The file for a runtime with this profile, without the marker line. */
	render(profile: RuntimeProfile): string;
	/** What the templates make of each example for each runtime, with the import of the connector that is in this text. */
	examplesLike?(before: string): readonly string[];
	readonly live?: LiveCheck;
	/** The examples of ours without edits that the project has, each as its runtime wants it. */
	findExamples?(project: Project, read: (path: string) => string | undefined): readonly FoundExample[];
}

/** What the template makes for each runtime. */
export function originalFiles({ render }: Pick<ConnectorCode, 'render'>): Originals {
	let made: readonly Original[] | undefined;
	const make = () =>
		RUNTIME_PROFILES.map((profile) => {
			const code = render(profile);
			return { profile: profile.since, fingerprint: fingerprint(code), code };
		});
	return () => (made ??= make());
}
