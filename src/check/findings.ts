import type { Connector, FoundExample, LiveCheck } from '../connectors/connector.ts';
import type { Contract } from '../ecosystem/flue-runtimes.ts';
import type { PackageManager } from '../ecosystem/package-managers.ts';
import type { Originals } from '../plan/marker.ts';
import type { DurableClass, Project } from '../project/project.ts';
import type { RuntimeCopy } from '../project/runtime-copies.ts';
import type { Environment } from '../terminal/context.ts';
import type { LiveReport } from './live.ts';

/** What was found out about one connector. */
export interface Checked {
	readonly connector: string;
	readonly title: string;
	readonly file: { readonly path: string; readonly state: FileState };
	/** The runtime in words: which, and where that was found. */
	readonly runtime: string;
	readonly findings: readonly Finding[];
	readonly warnings: readonly string[];
	/** With `--live`, where it was run. */
	readonly live?: { readonly report: LiveReport; readonly titles: LiveCheck['titles'] };
	readonly tools: Tools;
}

/** What each finding tells; its sentence is in `messages.ts`. */
export interface FindingArguments {
	readonly 'nothing-added': object;
	readonly 'file-missing': { readonly path: string };
	readonly 'file-edited': { readonly path: string };
	readonly 'file-of-flue': { readonly path: string };
	readonly 'file-of-others': { readonly path: string };
	/** In a sentence. */
	readonly 'imports-break': { readonly sentence: string };
	readonly 'merge-unfinished': { readonly path: string };
	readonly 'code-broken': { readonly path: string; readonly line: number };
	readonly 'export-missing': { readonly path: string; readonly name: string };
	readonly 'export-renamed': { readonly path: string; readonly name: string; readonly exports: readonly string[] };
	readonly 'contract-missing': { readonly path: string };
	readonly 'declared-twice': { readonly path: string; readonly names: readonly string[] };
	readonly 'definition-missing': { readonly path: string; readonly names: readonly string[] };
	readonly 'template-newer': { readonly path: string; readonly version: number };
	readonly 'contract-mismatch': {
		readonly path: string;
		readonly madeFor: Contract;
		readonly runtime: string;
		readonly contract: Contract;
	};
	readonly 'deadline-lost': { readonly path: string; readonly runtime: string };
	readonly 'class-missing': { readonly path: string; readonly name: string; readonly runtime: string };
	readonly 'profile-differs': { readonly path: string; readonly madeFor: string; readonly runtime: string };
	readonly 'marker-differs': { readonly path: string; readonly claimed: string; readonly contract: Contract };
	/** `moved`: its name, where the runtime looks for it in another folder. */
	readonly 'example-outdated': {
		readonly path: string;
		readonly runtime: string;
		readonly moved: string | undefined;
	};
	readonly 'runtime-missing': object;
	readonly 'node-unfit': { readonly sentence: string };
	readonly 'runtime-copies': { readonly copies: readonly RuntimeCopy[] };
	readonly 'package-undeclared': { readonly name: string; readonly spec: string };
	readonly 'package-missing': { readonly name: string };
	readonly 'package-too-old': {
		readonly name: string;
		readonly found: string;
		readonly oldest: string;
		readonly spec: string;
	};
	readonly 'package-differs': { readonly name: string; readonly declared: string; readonly version: string };
	readonly 'package-newer': { readonly name: string; readonly version: string; readonly tested: string };
	readonly 'key-missing': {
		readonly name: string;
		readonly description: string;
		readonly place: string;
		/** Sentences about files that are not looked into. */
		readonly others: readonly string[];
	};
	readonly 'class-not-migrated': {
		/** Of the Wrangler configuration. */
		readonly path: string;
		readonly classes: readonly DurableClass[];
		readonly where: string;
		readonly lines: string;
	};
	readonly 'key-hidden': { readonly name: string; readonly path: string };
	readonly 'key-behind-mark': { readonly name: string; readonly path: string };
	readonly 'key-file-unread': { readonly name: string; readonly path: string; readonly reader: string };
	readonly 'key-file-not-ignored': { readonly path: string };
	readonly 'live-skipped': { readonly why: 'errors' | 'declined' };
	readonly 'live-failed': { readonly title: string; readonly reason: string; readonly meaning: string | undefined };
	readonly 'live-broken': { readonly reason: string };
	readonly 'live-sandbox-left': { readonly name: string };
}

export type FindingCode = keyof FindingArguments;

/** An error makes `flue check` end with 5; a note is only told. */
export type Finding = {
	readonly [Code in FindingCode]: {
		readonly code: Code;
		readonly severity: 'error' | 'note';
		readonly args: FindingArguments[Code];
	};
}[FindingCode];

/** `newer`: of a template that this version does not know. */
export type FileState = 'missing' | 'untouched' | 'edited' | 'newer' | 'flue' | 'other';

/** All that is looked at. */
export interface Evidence {
	readonly connector: Connector;
	readonly project: Project;
	/** The connector's file; undefined when there is none. */
	readonly content: string | undefined;
	readonly state: FileState;
	readonly originals: Originals;
	/** Of somebody else's file: a sentence about what would break without it. */
	readonly broken: string | undefined;
	readonly examples: readonly FoundExample[];
	readonly copies: readonly RuntimeCopy[];
	/** Whether an import in the project finds the package. */
	readonly isInstalled: (name: string) => boolean;
	readonly env: Environment;
}

/** What the commands in the sentences are made of. */
export interface Tools {
	readonly connector: string;
	/** How this very program is run: "npx flue", "flue". */
	readonly program: string;
	/** Behind every command of this program: `-C <dir>`. */
	readonly flags: readonly string[];
	/** From the user's folder to the package root; empty where the user is there, undefined where no command can name it. */
	readonly folder: string | undefined;
	/** Whether the package is a member of a workspace. */
	readonly isMember: boolean;
	/** npm, where the project's own is not clear. */
	readonly manager: PackageManager;
}
