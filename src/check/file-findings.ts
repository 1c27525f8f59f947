import { CONSEQUENCES, type Contract, RUNTIME_PROFILES, type RuntimeProfile } from '../ecosystem/flue-runtimes.ts';
import { findMarker, LONGEST_FILE, type Marker, type Originals, TEMPLATE_VERSION } from '../plan/marker.ts';
import { type CodeFacts, contractOf, declaredNames, readCode } from '../plan/read-code.ts';
import type { Finding, FileState } from './findings.ts';

/** The connector's file, as its code tells it and as its marker claims. */
export interface ReadFile {
	readonly path: string;
	readonly content: string;
	readonly state: FileState;
	/** Undefined where it is too long to be read. */
	readonly code: CodeFacts | undefined;
	readonly marker: Marker | undefined;
}

export function readFile(path: string, content: string, state: FileState, originals: Originals): ReadFile {
	const marker = findMarker(content)?.marker;
	// Of a file that is not ours nothing tells what its own names are.
	const own = marker === undefined ? [] : originals().flatMap(({ code }) => declaredNames(code));
	// One character of `content` is one byte: half a letter is no name.
	const text = Buffer.from(content, 'latin1').toString();
	const code = content.length > LONGEST_FILE ? undefined : readCode(text, own);
	return { path, content, state, code, marker };
}

export function isOurs({ state }: Pick<ReadFile, 'state'>): boolean {
	return state === 'untouched' || state === 'edited' || state === 'newer';
}

export function stateFindings({ state, path }: ReadFile): Finding[] {
	if (state === 'edited') return [{ code: 'file-edited', severity: 'note', args: { path } }];
	if (state === 'flue') return [{ code: 'file-of-flue', severity: 'note', args: { path } }];
	return state === 'other' ? [{ code: 'file-of-others', severity: 'note', args: { path } }] : [];
}

/** A line of equals signs alone is a heading, where it is in a text or a comment. */
function hasMergeMarker({ content, code }: ReadFile): boolean {
	const lines = content.split(/\r?\n/);
	if (lines.some((line) => /^(?:<{7}|>{7}|\|{7})(?: |$)/.test(line))) return true;
	return lines.some((line) => /^={7}$/.test(line)) && (code?.equalsLines ?? 0) > 0;
}

/** Of code that a compiler refuses, nothing else is told. */
function brokenFindings(file: ReadFile): Finding[] {
	const { path, code } = file;
	if (hasMergeMarker(file)) return [{ code: 'merge-unfinished', severity: 'error', args: { path } }];
	if (code?.brokenAt === undefined) return [];
	return [{ code: 'code-broken', severity: 'error', args: { path, line: code.brokenAt } }];
}

function exportFindings(file: ReadFile, name: string): Finding[] {
	const { path, code } = file;
	if (code === undefined || code.exports.has('*')) return [];
	if (code.exports.size === 0) return [{ code: 'export-missing', severity: 'error', args: { path, name } }];
	if (!isOurs(file) || code.exports.has(name)) return [];
	return [{ code: 'export-renamed', severity: 'note', args: { path, name, exports: [...code.exports] } }];
}

function definitionFindings(file: ReadFile): Finding[] {
	const { path, code } = file;
	if (code === undefined) return [];
	const { undeclared, declaredTwice, factories, exports, imports } = code;
	if (declaredTwice.length > 0)
		return [{ code: 'declared-twice', severity: 'error', args: { path, names: declaredTwice } }];
	if (undeclared.length > 0)
		return [{ code: 'definition-missing', severity: 'error', args: { path, names: undeclared } }];
	const isWhole = !exports.has('*') && imports.every(({ from }) => /^@(?:flue|daytona|daytonaio)\//.test(from));
	const isContractMissing = isOurs(file) && isWhole && exports.size > 0 && factories.size === 0;
	return isContractMissing ? [{ code: 'contract-missing', severity: 'error', args: { path } }] : [];
}

export function codeFindings(file: ReadFile, name: string): Finding[] {
	const broken = brokenFindings(file);
	return broken.length > 0 ? broken : [...exportFindings(file, name), ...definitionFindings(file)];
}

export function templateFindings({ path, marker }: ReadFile): Finding[] {
	const version = marker?.templateVersion ?? 0;
	return version > TEMPLATE_VERSION ? [{ code: 'template-newer', severity: 'note', args: { path, version } }] : [];
}

/** Without a unit of deadlines, code for the older contracts differs from the newest one alone. */
function followedContract(code: CodeFacts, { contract }: RuntimeProfile): Contract | undefined {
	const followed = contractOf(code);
	const hasOldFactory = code.factories.size === 1 && code.factories.has('session');
	return followed ?? (hasOldFactory && contract === 'driver' ? 'session-ms' : undefined);
}

function missingImport({ imports }: CodeFacts, { contract, errors }: RuntimeProfile): string | undefined {
	const known = new Set<string>(RUNTIME_PROFILES.flatMap((profile) => [...profile.errors, 'sandboxFromDriver']));
	const there = new Set<string>(contract === 'driver' ? [...errors, 'sandboxFromDriver'] : errors);
	const taken = imports.filter(({ from }) => from === '@flue/runtime').flatMap(({ names }) => names);
	return taken.find(({ name, isType }) => !isType && known.has(name) && !there.has(name))?.name;
}

function profileFindings({ path, state, marker, code }: ReadFile, profile: RuntimeProfile, runtime: string): Finding[] {
	const made = RUNTIME_PROFILES.find(({ since }) => since === marker?.profile);
	if (made === undefined || made.since === profile.since || code === undefined) return [];
	const followed = followedContract(code, profile) ?? made.contract;
	if (state === 'edited' && followed !== made.contract)
		return [{ code: 'marker-differs', severity: 'note', args: { path, claimed: made.since, contract: followed } }];
	return [{ code: 'profile-differs', severity: 'note', args: { path, madeFor: made.since, runtime } }];
}

/** Whether the code fits the runtime, whatever the marker says. */
export function runtimeFindings(file: ReadFile, profile: RuntimeProfile, runtime: string): Finding[] {
	const { path, code } = file;
	if (code === undefined || code.brokenAt !== undefined) return [];
	const madeFor = followedContract(code, profile);
	if (madeFor !== undefined && CONSEQUENCES[madeFor][profile.contract] !== '') {
		const { contract } = profile;
		return [{ code: 'contract-mismatch', severity: 'error', args: { path, madeFor, runtime, contract } }];
	}
	const isInSeconds = code.factories.has('driver') && code.deadlines.size === 1 && code.deadlines.has('seconds');
	if (isOurs(file) && isInSeconds) return [{ code: 'deadline-lost', severity: 'error', args: { path, runtime } }];
	const name = missingImport(code, profile);
	if (name !== undefined) return [{ code: 'class-missing', severity: 'error', args: { path, name, runtime } }];
	return profileFindings(file, profile, runtime);
}
