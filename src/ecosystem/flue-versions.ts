import { UsageError } from '../lib/errors.ts';
import { quoted, safe } from '../lib/sanitize.ts';
import { semver } from '../lib/semver.ts';
import { RUNTIME_PROFILES, type RuntimeProfile } from './flue-runtimes.ts';

/** Profile -> its versions, oldest first: published on npm, or (0.6, 0.7, 0.9) a tag of withastro/flue. */
export const KNOWN_VERSIONS = {
	'0.6.0': ['0.6.0', '0.6.1', '0.7.0', '0.7.1'],
	'0.8.0': ['0.8.0', '0.8.1'],
	'0.9.0': ['0.9.0', '0.9.1', '0.10.0', '0.10.1', '0.10.2', '0.11.1'],
	'1.0.0-beta.1': ['1.0.0-beta.1'],
	'1.0.0-beta.3': ['1.0.0-beta.3', '1.0.0-beta.5', '1.0.0-beta.7', '1.0.0-beta.8', '1.0.0-beta.9'],
	'2.0.0': ['2.0.0', '2.0.1'],
	'2.0.2': ['2.0.3', '2.0.5', '2.0.8', '2.1.0'],
} as const satisfies Record<(typeof RUNTIME_PROFILES)[number]['since'], readonly string[]>;

export const NEWEST_KNOWN_VERSION = '2.1.0' satisfies (typeof KNOWN_VERSIONS)['2.0.2'][number];

const PLAIN_VERSION = /^(?:0|[1-9]\d{0,8})(?:\.(?:0|[1-9]\d{0,8})){2}$/;

const LONGEST_SPECIFIER = 256;

const USE_OPTION = 'Name the version to write for with --runtime, for example --runtime 2.1.0.';

/**
 * `from` says where the version was found, for the sentence of an error. A prerelease behaves like the release that it leads to,
 * unless `has` tells that this one has not yet what the release brought. Throws a UsageError.
 */
export function profileOf(
	version: string,
	from: string,
	has: (release: RuntimeProfile) => boolean | undefined,
): RuntimeProfile {
	return knownProfile(version) ?? nearestProfile(version, from, has);
}

function knownProfile(version: string): RuntimeProfile | undefined {
	return RUNTIME_PROFILES.find(({ since }) => KNOWN_VERSIONS[since].some((known) => known === version));
}

function nearestProfile(version: string, from: string, has: Parameters<typeof profileOf>[2]): RuntimeProfile {
	const parsed = semver().parse(version);
	if (parsed === null)
		throw new UsageError(`The version of @flue/runtime (${from}) is not one: ${safe('version', version)}.`, USE_OPTION);
	const release = RUNTIME_PROFILES.find(({ since }) => since === `${parsed.major}.${parsed.minor}.${parsed.patch}`);
	if (parsed.prerelease.length > 0 && release !== undefined && has(release) !== false) return release;
	const profile = RUNTIME_PROFILES.findLast(({ since }) => semver().compare(since, parsed) <= 0);
	if (profile === undefined) {
		const oldest = RUNTIME_PROFILES[0].since;
		throw new UsageError(
			`@flue/runtime ${safe('version', parsed.version)} (${from}) is older than ${oldest}, the oldest that is supported.`,
			USE_OPTION,
		);
	}
	return profile;
}

/** False only where the specifier is a range and allows nothing from this version on. */
export function reaches(specifier: string, version: string): boolean {
	const range = rangeOf(specifier);
	return range === undefined || semver().intersects(range, `>=${version}`);
}

export function isBefore(version: string, release: string): boolean {
	return semver().lt(version, release);
}

export function isNewerThanKnown(version: string): boolean {
	return knownProfile(version) === undefined && semver().gt(version, NEWEST_KNOWN_VERSION);
}

/** What `--runtime` asks for: a version, or the first numbers of one ("2", "0.11"). */
export function requestedVersion(option: string): string {
	const version = knownProfile(option) === undefined ? semver().parse(option)?.version : option;
	if (version !== undefined) return version;
	const prefix = /^v?(\d{1,9}(?:\.\d{1,9})?)$/.exec(option.trim())?.[1];
	if (prefix === undefined) {
		throw new UsageError(
			`--runtime ${quoted(option)} is not a version.`,
			'Give a version of @flue/runtime, for example --runtime 2.1.0 or --runtime 0.11.',
		);
	}
	return newestAllowed(prefix);
}

/** The newest version that we know and the specifier allows; a tag, a git or a file specifier allows all of them. */
export function newestAllowed(specifier: string): string {
	return newestFrom(specifier) ?? newestSatisfying(specifier);
}

/** Of a known version, or of one with `^` as npm writes it: that allows what begins with the same number, below 1.0 with the same two. */
function newestFrom(specifier: string): string | undefined {
	const known = Object.values<readonly string[]>(KNOWN_VERSIONS).flat();
	if (known.includes(specifier)) return specifier;
	if (!specifier.startsWith('^') || !known.includes(specifier.slice(1))) return undefined;
	const [, beginning = ''] = /^\^((?:0\.)?\d+\.)/.exec(specifier) ?? [];
	return known.findLast((version) => version.startsWith(beginning));
}

function newestSatisfying(specifier: string): string {
	const range = rangeOf(specifier);
	if (range === undefined) return NEWEST_KNOWN_VERSION;
	const known = Object.values<readonly string[]>(KNOWN_VERSIONS).flat();
	return (
		semver().maxSatisfying(known, range) ??
		semver().maxSatisfying(known, range, { includePrerelease: true }) ??
		semver().minVersion(range)?.version ??
		NEWEST_KNOWN_VERSION
	);
}

/** False only where the specifier is a range and does not allow the version. */
export function allows(specifier: string, version: string): boolean {
	// As npm writes it; to look at more takes a tenth of a start.
	if (specifier.replace(/^[~^]/, '') === version) return true;
	const range = rangeOf(specifier);
	return range === undefined || semver().satisfies(version, range, { includePrerelease: true });
}

/** `npm:^2.0.0`, `npm:@flue/runtime@^2.0.0`, `workspace:^2.0.0`, `patch:@flue/runtime@npm%3A2.0.3#...` → the range in it. */
function rangeOf(specifier: string): string | undefined {
	if (specifier.length > LONGEST_SPECIFIER) return undefined;
	const patched = /^patch:[^#]*@npm(?::|%3A)([^#]*)/i.exec(specifier)?.[1];
	const range = patched ?? specifier.replace(/^(?:npm|workspace):(?:@?[^@]+@)?/, '');
	return semver().validRange(range) === null ? undefined : range;
}

/** Whether this Node.js is one that `engines` ask for. What is no range asks for nothing. */
export function allowsNode(range: string, node: string): boolean {
	if (/^>=\d+\.\d+\.\d+$/.test(range)) {
		const [oldest, own] = [range.slice(2), node].map((version) => version.split('.').map((part) => parseInt(part, 10)));
		const first = oldest?.findIndex((number, i) => number !== own?.[i]) ?? -1;
		return first === -1 || Number(own?.[first]) > Number(oldest?.[first]);
	}
	if (range === '*' || range.length > LONGEST_SPECIFIER || semver().validRange(range) === null) return true;
	return semver().satisfies(node, range, { includePrerelease: true });
}

/** Of a version: semver passes over space around it. */
export function canonicalVersion(version: string): string {
	return PLAIN_VERSION.test(version) ? version : (semver().parse(version)?.version ?? version);
}

export function isVersion(text: string): boolean {
	return PLAIN_VERSION.test(text) || semver().parse(text) !== null;
}

/** Flue's program and its runtime go together: the same minor version up to 1.0, the same major version after it. */
export function flueCliRange(runtime: string | undefined): string {
	if (runtime === undefined || !isVersion(runtime)) return '';
	const version = canonicalVersion(runtime);
	if (version.includes('-')) return `@${version}`;
	const [major, minor] = version.split('.');
	return `@^${major}.${major === '0' ? minor : 0}.0`;
}
