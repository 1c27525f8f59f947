import { safe } from '../lib/sanitize.ts';
import type { CatalogEntry } from '../project/project.ts';
import { semver } from '../lib/semver.ts';

/** A package that a connector's file or an example imports. */
export interface ConnectorPackage {
	readonly name: string;
	/** The oldest version that the connector works with. */
	readonly oldest: string;
	/** The first version of which nothing is known any more. */
	readonly before: string;
	/** The newest range that our tests ran with. */
	readonly tested: string;
	/** The name under which the package was published earlier. */
	readonly formerName: string | undefined;
	/** Only an example needs it: a version that is too old is named and left alone, because the project's own code uses it. */
	readonly onlyInExample?: true;
}

export interface PackageSpec {
	readonly name: string;
	readonly range: string;
}

interface PackageChoice {
	readonly packages: readonly PackageSpec[];
	/** Sentences for the reader. */
	readonly notes: readonly string[];
}

/** All names under which the packages may be declared. */
export function packageNames(packages: readonly ConnectorPackage[]): string[] {
	return packages.flatMap(({ name, formerName }) => (formerName === undefined ? [name] : [name, formerName]));
}

export function specOf({ name, range }: PackageSpec): string {
	return `${name}@${range}`;
}

function knownRange({ oldest, before }: ConnectorPackage): string {
	return `>=${oldest} <${before}`;
}

/** What was installed with the connector; to compare more takes a tenth of a start. */
function isTested({ tested }: ConnectorPackage, version: string): boolean {
	return tested === `^${version}`;
}

export function isNewer(wanted: ConnectorPackage, version: string): boolean {
	return !isTested(wanted, version) && semver().gtr(version, wanted.tested);
}

function userOf({ onlyInExample }: ConnectorPackage): string {
	return onlyInExample ? 'example' : 'connector';
}

/** What is declared is text of the project: only a range that semver has read and written again is shown. */
function newerNote(wanted: ConnectorPackage, declared: string, version: string | undefined): string[] {
	const found = version ?? semver().minVersion(declared)?.version;
	if (found === undefined || !isNewer(wanted, found)) return [];
	return [
		`${wanted.name} ${safe('version', found)} is newer than the versions the ${userOf(wanted)} was tested with (${wanted.tested}).`,
	];
}

/** `version` is the installed one; without it the declared range decides, where it is one. */
export function isTooOld(wanted: ConnectorPackage, range: string, version: string | undefined): boolean {
	if (version !== undefined) return !isTested(wanted, version) && semver().lt(version, wanted.oldest);
	return range !== wanted.tested && semver().validRange(range) !== null && semver().gtr(wanted.oldest, range);
}

/** Whatever is no range (`workspace:`, `catalog:`, a tag) may mean any version. */
export function satisfies(version: string, declared: string): boolean {
	if (declared.replace(/^[~^]/, '') === version || semver().validRange(declared) === null) return true;
	return semver().satisfies(version, declared, { includePrerelease: true });
}

function chooseRange(
	wanted: ConnectorPackage,
	declared: string,
	version: string | undefined,
	hasInstall: boolean,
): PackageChoice {
	const range = semver().validRange(declared);
	if (range !== null && isTooOld(wanted, range, version)) {
		const found = version ?? range;
		const note = `${wanted.name} ${safe('specifier', found)} is too old for the ${userOf(wanted)} (${knownRange(wanted)})`;
		if (wanted.onlyInExample) return { packages: [], notes: [`${note}, and was left alone.`] };
		return {
			packages: [{ name: wanted.name, range: wanted.tested }],
			notes: [`${note}: ${wanted.tested} takes its place.`],
		};
	}
	if (range !== null) {
		const isMissing = version === undefined && hasInstall;
		const packages = isMissing ? [{ name: wanted.name, range: declared.trim() || '*' }] : [];
		return { packages, notes: newerNote(wanted, range, version) };
	}
	if (version === undefined) {
		return {
			packages: [],
			notes: [
				`${wanted.name} is declared without a version here and was left alone: the ${userOf(wanted)} needs ${knownRange(wanted)}.`,
			],
		};
	}
	if (semver().lt(version, wanted.oldest)) {
		return {
			packages: [],
			notes: [
				`${wanted.name} ${safe('version', version)} is too old for the ${userOf(wanted)} (${knownRange(wanted)}): raise it where it is declared.`,
			],
		};
	}
	return { packages: [], notes: newerNote(wanted, declared, version) };
}

function isUsable(wanted: ConnectorPackage, { range }: CatalogEntry): boolean {
	const valid = semver().validRange(range);
	return valid !== null && !isTooOld(wanted, valid, undefined);
}

/**
 * A declared range is left alone as long as the connector works with it; so is all that is no range (`workspace:`, `catalog:`,
 * a tag, git, a file), because its version is decided elsewhere. `installed` is name → version in node_modules. A range that is
 * declared and not installed, though other packages are (`hasInstall`), is installed: an earlier install of it failed.
 * What is new is taken from a catalog of the workspace, if one has it in a version that works.
 */
export function choosePackages(
	wanted: readonly ConnectorPackage[],
	declared: ReadonlyMap<string, string>,
	installed: ReadonlyMap<string, string>,
	hasInstall: boolean,
	catalogued: ReadonlyMap<string, readonly CatalogEntry[]> = new Map(),
): PackageChoice {
	const choices = wanted.map((one): PackageChoice => {
		const range = declared.get(one.name);
		const version = installed.get(one.name);
		const isFine = version === undefined ? !hasInstall : isTested(one, version);
		if (range === one.tested && isFine) return { packages: [], notes: [] };
		if (range !== undefined) return chooseRange(one, range, semver().valid(version) ?? undefined, hasInstall);
		const { formerName } = one;
		const isRenamed = formerName !== undefined && declared.has(formerName);
		const entry = catalogued.get(one.name)?.find((candidate) => isUsable(one, candidate));
		return {
			packages: [{ name: one.name, range: entry?.specifier ?? one.tested }],
			notes: isRenamed
				? [`${formerName} is the older name of ${one.name}: the new one is added beside it, and both work.`]
				: [],
		};
	});
	return { packages: choices.flatMap(({ packages }) => packages), notes: choices.flatMap(({ notes }) => notes) };
}
