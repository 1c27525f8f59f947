import type { Connector } from '../connectors/connector.ts';
import { CONSEQUENCES, type Contract, RUNTIME_PROFILES, type RuntimeProfile } from '../ecosystem/flue-runtimes.ts';
import type { PackageManager } from '../ecosystem/package-managers.ts';
import { keyPlace, keyStates } from '../plan/env-keys.ts';
import { declarationOf, undeclaredClasses } from '../plan/manual-steps.ts';
import { findMarker, isUntouched, type Marker, type OriginalCode } from '../plan/marker.ts';
import { type ConnectorPackage, isNewer, isTooOld, specOf } from '../plan/packages.ts';
import { markedOrigin } from '../project/existing-connectors.ts';
import type { DurableClass, Project } from '../project/project.ts';
import type { RuntimeCopy } from '../project/runtime.ts';
import { readContract } from './read-contract.ts';

/** What was found out about one connector. */
export interface Checked {
	readonly connector: string;
	readonly title: string;
	readonly file: { readonly path: string; readonly state: FileState };
	/** The runtime in words: which, and where that was found. */
	readonly runtime: string;
	readonly findings: readonly Finding[];
	readonly warnings: readonly string[];
	readonly tools: Tools;
}

/** What each finding tells; its sentence is in `messages.ts`. */
export interface FindingArguments {
	readonly 'nothing-added': object;
	readonly 'file-missing': { readonly path: string };
	readonly 'file-edited': { readonly path: string };
	readonly 'file-of-flue': { readonly path: string };
	readonly 'file-of-others': { readonly path: string };
	readonly 'merge-unfinished': { readonly path: string };
	readonly 'template-older': { readonly path: string; readonly version: number; readonly current: number };
	readonly 'template-newer': { readonly path: string; readonly version: number; readonly current: number };
	readonly 'contract-mismatch': {
		readonly path: string;
		readonly madeFor: Contract;
		readonly runtime: string;
		readonly contract: Contract;
	};
	readonly 'class-missing': { readonly path: string; readonly name: string; readonly runtime: string };
	readonly 'profile-differs': { readonly path: string; readonly madeFor: string; readonly runtime: string };
	readonly 'runtime-missing': object;
	readonly 'runtime-copies': { readonly copies: readonly RuntimeCopy[] };
	readonly 'package-undeclared': { readonly name: string; readonly spec: string };
	readonly 'package-missing': { readonly name: string };
	readonly 'package-too-old': {
		readonly name: string;
		readonly found: string;
		readonly oldest: string;
		readonly spec: string;
	};
	readonly 'package-newer': { readonly name: string; readonly version: string; readonly tested: string };
	readonly 'key-missing': { readonly name: string; readonly description: string; readonly place: string };
	readonly 'class-not-migrated': {
		/** Of the Wrangler configuration. */
		readonly path: string;
		readonly classes: readonly DurableClass[];
		readonly where: string;
		readonly lines: string;
	};
	readonly 'key-file-not-ignored': { readonly path: string };
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

export type FileState = 'missing' | 'untouched' | 'edited' | 'flue' | 'other';

/** All that is looked at. */
export interface Evidence {
	readonly connector: Connector;
	readonly project: Project;
	/** The connector's file; undefined when there is none. */
	readonly content: string | undefined;
	readonly state: FileState;
	readonly copies: readonly RuntimeCopy[];
	/** Whether what is installed lies in `node_modules`. */
	readonly hasNodeModules: boolean;
	readonly env: Readonly<Record<string, string | undefined>>;
}

/** `content` is what is in the connector's file. */
export function fileState(content: string | undefined, connector: Connector, written: OriginalCode): FileState {
	if (content === undefined) return 'missing';
	const marker = findMarker(content)?.marker;
	if (marker?.connector === connector.name)
		return isUntouched(content, marker, written(marker)) ? 'untouched' : 'edited';
	const origin = markedOrigin(content, connector.name) ?? 'other';
	return origin === 'ours' ? 'edited' : origin;
}

function fileFindings({ state }: Evidence, path: string): Finding[] {
	if (state === 'edited') return [{ code: 'file-edited', severity: 'note', args: { path } }];
	if (state === 'flue') return [{ code: 'file-of-flue', severity: 'note', args: { path } }];
	return state === 'other' ? [{ code: 'file-of-others', severity: 'note', args: { path } }] : [];
}

function mergeFindings(content: string, path: string): Finding[] {
	const lines = content.split(/\r?\n/);
	const start = lines.findIndex((line) => line.startsWith('<<<<<<< '));
	const middle = lines.indexOf('=======', start + 1);
	const isMarked = start !== -1 && middle !== -1 && lines.slice(middle).some((line) => line.startsWith('>>>>>>> '));
	return isMarked ? [{ code: 'merge-unfinished', severity: 'error', args: { path } }] : [];
}

function templateFindings(
	{ templateVersion: current }: Connector,
	path: string,
	marker: Marker | undefined,
): Finding[] {
	const version = marker?.templateVersion ?? current;
	if (version < current) return [{ code: 'template-older', severity: 'error', args: { path, version, current } }];
	return version > current ? [{ code: 'template-newer', severity: 'note', args: { path, version, current } }] : [];
}

function missingClass(made: RuntimeProfile, { errors }: RuntimeProfile): string | undefined {
	return made.errors.find((name) => !errors.includes(name));
}

function runtimeFindings({ project, content = '' }: Evidence, path: string, marker: Marker | undefined): Finding[] {
	const { version: runtime, profile } = project.runtime;
	if (runtime === undefined) return [{ code: 'runtime-missing', severity: 'error', args: {} }];
	const made: RuntimeProfile | undefined = RUNTIME_PROFILES.find(({ since }) => since === marker?.profile);
	const madeFor = marker === undefined ? readContract(content) : made?.contract;
	if (madeFor !== undefined && CONSEQUENCES[madeFor][profile.contract] !== '') {
		return [
			{ code: 'contract-mismatch', severity: 'error', args: { path, madeFor, runtime, contract: profile.contract } },
		];
	}
	if (made === undefined || made.since === profile.since) return [];
	const name = missingClass(made, profile);
	if (name !== undefined) return [{ code: 'class-missing', severity: 'error', args: { path, name, runtime } }];
	return [{ code: 'profile-differs', severity: 'note', args: { path, madeFor: made.since, runtime } }];
}

/** One that only the project's own code uses is no fault; `flue run` with another runtime than the agents' is. */
function copyFindings({ copies }: Evidence): Finding[] {
	if (copies.length < 2) return [];
	const severity = copies.findIndex(({ isUsedByCli }) => isUsedByCli) > 0 ? 'error' : 'note';
	return [{ code: 'runtime-copies', severity, args: { copies } }];
}

function packageFindings(wanted: ConnectorPackage, { project, hasNodeModules }: Evidence, isOurs: boolean): Finding[] {
	const { name, oldest, tested, formerName = '' } = wanted;
	const declared = project.dependencies.get(name);
	const version = project.installed.get(name);
	const spec = specOf({ name, range: tested });
	if (declared === undefined) {
		// The older name of the package is as good for a file that imports it.
		if (!isOurs && project.dependencies.has(formerName)) return [];
		return [{ code: 'package-undeclared', severity: 'error', args: { name, spec } }];
	}
	if (isTooOld(wanted, declared, version)) {
		return [{ code: 'package-too-old', severity: 'error', args: { name, found: version ?? declared, oldest, spec } }];
	}
	if (version === undefined)
		return hasNodeModules ? [{ code: 'package-missing', severity: 'error', args: { name } }] : [];
	return isNewer(wanted, version) ? [{ code: 'package-newer', severity: 'note', args: { name, version, tested } }] : [];
}

function isInstalled(name: string, { project, hasNodeModules }: Evidence): boolean {
	return !hasNodeModules || project.installed.has(name);
}

function missingRuntimeFindings(evidence: Evidence): Finding[] {
	const name = '@flue/runtime';
	const isDeclared = evidence.project.runtime.version !== undefined;
	return isDeclared && !isInstalled(name, evidence)
		? [{ code: 'package-missing', severity: 'error', args: { name } }]
		: [];
}

/** Where the project names Node as well, that may be the only target that is used. */
function classFindings(project: Project): Finding[] {
	const classes = undeclaredClasses(project);
	const step = declarationOf(
		classes.map(({ name }) => name),
		project,
	);
	if (classes.length === 0 || step === undefined) return [];
	const severity = project.targets.some(({ value }) => value === 'node') ? 'note' : 'error';
	const { path, where, lines } = step;
	return [{ code: 'class-not-migrated', severity, args: { path, classes, where, lines } }];
}

/** A Cloudflare project may keep the key where nobody sees it from here. */
function keyFindings({ connector, project, env }: Evidence): Finding[] {
	const severity = project.targets.some(({ value }) => value === 'cloudflare') ? 'note' : 'error';
	const required = keyStates(connector.env, project, env).filter((key) => key.required);
	const missing = required.filter(({ setIn }) => setIn === undefined);
	const exposed = project.envFiles.filter(
		({ names, ignoredByGit }) => !ignoredByGit && required.some(({ name }) => names.has(name)),
	);
	return [
		...missing.map(({ name, description }): Finding => ({
			code: 'key-missing',
			severity,
			args: { name, description, place: keyPlace(name, project) },
		})),
		...(project.gitRoot === undefined ? [] : exposed).map(({ path }): Finding => ({
			code: 'key-file-not-ignored',
			severity: 'error',
			args: { path },
		})),
	];
}

/** Whether what was added is still right; empty when there is nothing to say. */
export function findFindings(evidence: Evidence): Finding[] {
	const { connector, project, content } = evidence;
	const path = project.connectorPath.value;
	if (content === undefined) return [{ code: 'file-missing', severity: 'error', args: { path } }];
	const marker = findMarker(content)?.marker;
	return [
		...fileFindings(evidence, path),
		...mergeFindings(content, path),
		...templateFindings(connector, path, marker),
		...runtimeFindings(evidence, path, marker),
		...missingRuntimeFindings(evidence),
		...copyFindings(evidence),
		...connector.packages.flatMap((wanted) => packageFindings(wanted, evidence, marker !== undefined)),
		...classFindings(project),
		...keyFindings(evidence),
	];
}

/** What the commands in the sentences are made of. */
export interface Tools {
	readonly connector: string;
	/** How this very program is run: "npx flue", "flue". */
	readonly program: string;
	/** Behind every command of this program: `-C <dir>`. */
	readonly flags: readonly string[];
	/** From the user's folder to the package root; empty where the user is there. */
	readonly folder: string;
	/** Whether the package is a member of a workspace. */
	readonly isMember: boolean;
	/** npm, where the project's own is not clear. */
	readonly manager: PackageManager;
}
