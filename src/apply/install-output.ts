import type { PackageManagerName } from '../ecosystem/package-managers.ts';
import { isPackageName, printable } from '../lib/sanitize.ts';
import { semver } from '../lib/semver.ts';
import type { Command } from '../lib/shell.ts';
import type { Environment } from '../terminal/context.ts';
import { readableLines } from './readable-lines.ts';

type FailureReason =
	| 'peer-conflict'
	| 'certificate'
	| 'login'
	| 'not-found'
	| 'no-network'
	| 'too-young'
	| 'wrong-node'
	| 'wrong-manager'
	| 'protocol'
	| 'wrong-version'
	| 'other-modules'
	| 'frozen-lockfile'
	| 'not-writable'
	| 'disk-full';

export interface InstallFailure {
	/** Undefined when the output says nothing that we recognise. */
	readonly reason: FailureReason | undefined;
	/** What to do: a sentence. */
	readonly advice: string | undefined;
	/** The command that would get past it, for the user to decide. */
	readonly retry: Command | undefined;
	/** Whether the same command can end better. */
	readonly again: boolean;
}

interface KnownFailure {
	readonly pattern: RegExp;
	readonly advice: string;
	/** Where nothing but time, or another try, has to pass before the same command can work. */
	readonly again?: true;
	/** Manager → what the same command needs to get past it. */
	readonly flags?: Readonly<Record<string, string>>;
}

/**
 * Collected from npm 11, pnpm 10 and 12, yarn 1.22 and 4.18, bun 1.4. The first row that matches counts: pnpm 12 calls a package
 * that is not there a network error, too.
 */
const KNOWN_FAILURES = {
	'peer-conflict': {
		pattern: /\bERESOLVE\b|ERR_PNPM_PEER_DEP_ISSUES/,
		advice:
			'Two packages ask for different versions of a third: change one of them, or accept the conflict with the command below.',
		flags: { npm: '--legacy-peer-deps', pnpm: '--config.strict-peer-dependencies=false' },
	},
	certificate: {
		pattern:
			/SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF)|CERT_HAS_EXPIRED|unable to (get local issuer|verify the first) cert|self[- ]signed cert|UnknownIssuer/i,
		advice: 'The certificate of the registry is not trusted: name its authority in NODE_EXTRA_CA_CERTS.',
		again: true,
	},
	login: {
		pattern: /\b(E401|E403|ENEEDAUTH|ERR_PNPM_FETCH_40[13]|YN0041)\b|\b40[13] \(?(Unauthorized|Forbidden)| - 40[13]$/i,
		advice: 'The registry refuses access: log in to it, or name another registry.',
		again: true,
	},
	'too-young': {
		pattern:
			/NO_MATURE_MATCHING_VERSION|minimumReleaseAge|minimum-release-age|minimal ?age|min-release-age|npmMinimalAgeGate/i,
		advice:
			'The version is younger than the release age that the settings of the package manager ask for: wait, or allow it there.',
	},
	'not-found': {
		pattern:
			/\b(E404|ETARGET|ERR_PNPM_FETCH_404|YN0016|YN0035|YN0082)\b|ERR_PNPM_NO_MATCHING_VERSION|\b404 \(?Not Found| - 404$|Couldn't find (any versions|package)|No version matching/i,
		advice: 'The registry does not have this version: a mirror may lag behind.',
	},
	'no-network': {
		pattern:
			/\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|ENOTCACHED|ConnectionRefused|FailedToOpenSocket|DNSResolveFailed)\b|ERR_PNPM_(META_FETCH_FAIL|NO_OFFLINE|\w*NETWORK_ERROR)|trouble with your network connection/,
		advice: 'The registry cannot be reached. --no-install writes the files and leaves the package for later.',
		again: true,
	},
	'wrong-node': {
		pattern: /devEngines\.runtime|for "runtime"/,
		advice:
			'devEngines.runtime in package.json asks for another version of Node.js: switch to it, then run this again.',
		again: true,
	},
	protocol: {
		pattern: /EUNSUPPORTEDPROTOCOL/,
		advice:
			'package.json uses a protocol that npm does not know. pnpm, yarn and bun know more of them: --package-manager names one.',
	},
	'wrong-manager': {
		pattern:
			/EBADDEVENGINES|ERR_PNPM_(BAD_PM_VERSION|OTHER_PM_EXPECTED)|This project is configured to use|defines "packageManager"|Cannot find matching keyid/,
		advice:
			'The project asks for another package manager, or another version of it: corepack enable provides it, --package-manager names another.',
	},
	'wrong-version': {
		pattern: /EBADENGINE|ERR_PNPM_UNSUPPORTED_ENGINE|The engine "\w+" is incompatible/,
		advice: 'A package asks for another version of Node.js or of the package manager.',
	},
	'other-modules': {
		pattern: /ERR_PNPM_(UNEXPECTED_(VIRTUAL_)?STORE|\w+_DIFF|ABORTED_REMOVE_MODULES_DIR)/,
		advice:
			'node_modules was made by another version of the package manager, or with other settings: install the project again, then run this again.',
		again: true,
	},
	'frozen-lockfile': {
		pattern: /ERR_PNPM_(OUTDATED|FROZEN)_LOCKFILE|YN0028|lockfile is frozen|frozen-lockfile/,
		advice: 'The configuration freezes the lockfile. --no-install writes the files and leaves the package to you.',
	},
	'not-writable': {
		pattern: /\b(EACCES|EPERM|EROFS)\b|permission denied|read-only file system/i,
		advice: `A file cannot be written: look at the permissions of the folder and of the package manager's cache.`,
		again: true,
	},
	'disk-full': {
		pattern: /\b(ENOSPC|EDQUOT)\b|no space left/i,
		advice: 'The disk is full: make room, then run this again.',
		again: true,
	},
} as const satisfies Record<FailureReason, KnownFailure>;

const SHOWN_LINES = 20;

/** Puts a flag after the word that names the action: `npm install --legacy-peer-deps …`. */
function withFlag({ name, args: [action = '', ...args] }: Command, flag: string): Command {
	return { name, args: [action, flag, ...args] };
}

function isWarning(line: string): boolean {
	return /^(npm warn|\s*\[?WARN\b|warning )/i.test(line);
}

/** The last lines of what a manager said, safe to print. */
export function lastLines(output: string, env: Environment): string[] {
	return readableLines(output, env)
		.filter((line) => line !== '')
		.slice(-SHOWN_LINES);
}

/** `declared` is what package.json declares: name -> range. */
export function explainFailure(
	output: string,
	command: Command,
	declared: Readonly<Record<string, unknown>> = {},
): InstallFailure {
	const lines = readableLines(output).filter((line) => !isWarning(line));
	const rows = Object.entries(KNOWN_FAILURES) as [FailureReason, KnownFailure][];
	const known = rows.find(([, { pattern }]) => lines.some((line) => pattern.test(line)));
	if (known === undefined) return { reason: undefined, advice: undefined, retry: undefined, again: true };
	const [reason, { advice, flags, again = false }] = known;
	const flag = flags?.[command.name];
	return {
		reason,
		advice: reason === 'protocol' ? [advice, ...usersOfProtocol(lines, declared)].join(' ') : advice,
		retry: flag === undefined ? undefined : withFlag(command, flag),
		again,
	};
}

/** npm names the protocol and not the package. */
function usersOfProtocol(lines: readonly string[], declared: Readonly<Record<string, unknown>>): string[] {
	const [, protocol] = /Unsupported URL Type "([a-z+]+:)"/.exec(lines.join('\n')) ?? [];
	if (protocol === undefined) return [];
	const users = Object.entries(declared).filter(([, range]) => typeof range === 'string' && range.startsWith(protocol));
	return users.length === 0 ? [] : [`${protocol} is used by ${users.map(([name]) => printable(name)).join(', ')}.`];
}

/** Settings with which npm ends with 0 and has done something else. */
const SETTINGS: Readonly<Record<string, string>> = {
	location: 'npm installs outside of the project',
	global: 'npm installs outside of the project',
	'dry-run': 'npm installs nothing',
	'package-lock-only': 'npm changes the lockfile alone',
	save: 'npm may leave package.json alone',
};

/** What to do when a manager did something else than it was asked for. `npmrc` is the text of the project's .npmrc. */
export function settingsAdvice(manager: string, npmrc: string): string {
	const names = manager === 'npm' ? [...npmrc.matchAll(/^[ \t]*([a-z-]+)[ \t]*=/gm)].map(([, name = '']) => name) : [];
	const found = names.find((name) => Object.hasOwn(SETTINGS, name));
	return found === undefined
		? `Look for a setting of ${manager} that makes it do something else, then run this again.`
		: `.npmrc sets ${found}: ${SETTINGS[found]}. Take it out, then run this again.`;
}

interface SkippedScripts {
	/** Group 1 holds what was skipped: names, separated by commas. */
	readonly pattern: RegExp;
	readonly allow: string;
}

/** Managers run install scripts only of packages that the user has approved; that is no failure. */
const SKIPPED_SCRIPTS = {
	npm: { pattern: /install-scripts +(\S+) \(/g, allow: 'npm install-scripts approve' },
	pnpm: { pattern: /Ignored build scripts: (.+?)\.(?: |$)/g, allow: 'pnpm approve-builds' },
	yarn: { pattern: /(\S+) lists build scripts, but all build scripts/g, allow: 'enableScripts in .yarnrc.yml' },
	bun: { pattern: /Blocked (\d+ \w+)\. Run/g, allow: 'bun pm trust' },
} as const satisfies Record<PackageManagerName, SkippedScripts>;

/** pnpm 10 draws a box around its warning and breaks the lines in it. */
function inOneLine(output: string): string {
	return readableLines(output)
		.join(' ')
		.replace(/[\s│╭╮╰╯─]+/g, ' ');
}

/** A manager's output is foreign text: only a name with a version, or a number of scripts, is repeated. */
function isPackageOrCount(text: string): boolean {
	const [, name = '', version] = /^(@?[^@]+)(?:@(?:npm:)?(.+))?$/.exec(text) ?? [];
	return (
		/^\d+ [a-z]+$/.test(text) || (isPackageName(name) && (version === undefined || semver().valid(version) !== null))
	);
}

/** What the user should know of an install that worked. */
export function installNotes(output: string, manager: PackageManagerName): string[] {
	const { pattern, allow } = SKIPPED_SCRIPTS[manager];
	const skipped = [...inOneLine(output).matchAll(pattern)].flatMap(([, names = '']) => names.split(', '));
	if (skipped.length === 0) return [];
	const names = [...new Set(skipped.filter(isPackageOrCount))].join(', ');
	return [
		`${manager} did not run ${names === '' ? 'some' : 'these'} install scripts${names && `: ${names}`}. To allow them: ${allow}`,
	];
}
