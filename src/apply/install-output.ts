import util from 'node:util';
import type { PackageManagerName } from '../ecosystem/package-managers.ts';
import type { Command } from '../lib/shell.ts';

export type FailureReason =
	| 'peer-conflict'
	| 'certificate'
	| 'login'
	| 'not-found'
	| 'no-network'
	| 'wrong-manager'
	| 'wrong-version'
	| 'other-modules'
	| 'frozen-lockfile'
	| 'not-writable'
	| 'disk-full';

export interface InstallFailure {
	/** Undefined when the output says nothing that we recognise. */
	readonly reason: FailureReason | undefined;
	/** At most three lines in the manager's own words. */
	readonly lines: readonly string[];
	/** What to do: a sentence. */
	readonly advice: string | undefined;
	/** The command that would get past it, for the user to decide. */
	readonly retry: Command | undefined;
}

interface KnownFailure {
	readonly pattern: RegExp;
	readonly advice: string;
	/** The lines worth showing, where they are not those that match the pattern. */
	readonly lines?: RegExp;
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
		lines: /^(While resolving: |Found: |(Conflicting )?peer )|unmet peer/,
		flags: { npm: '--legacy-peer-deps', pnpm: '--config.strict-peer-dependencies=false' },
	},
	certificate: {
		pattern:
			/SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF)|CERT_HAS_EXPIRED|unable to (get local issuer|verify the first) cert|self[- ]signed cert|UnknownIssuer/i,
		advice: 'The certificate of the registry is not trusted: name its authority in NODE_EXTRA_CA_CERTS.',
	},
	login: {
		pattern: /\b(E401|E403|ENEEDAUTH|ERR_PNPM_FETCH_40[13]|YN0041)\b|\b40[13] \(?(Unauthorized|Forbidden)| - 40[13]$/i,
		advice: 'The registry refuses access: log in to it, or name another registry.',
	},
	'not-found': {
		pattern:
			/\b(E404|ETARGET|ERR_PNPM_FETCH_404|YN0016|YN0035|YN0082)\b|ERR_PNPM_NO_(MATURE_)?MATCHING_VERSION|\b404 \(?Not Found| - 404$|Couldn't find (any versions|package)|No version matching/i,
		advice: 'The registry does not have this version: a mirror may lag behind, or hold back new releases.',
	},
	'no-network': {
		pattern:
			/\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|ENOTCACHED|ConnectionRefused|FailedToOpenSocket|DNSResolveFailed)\b|ERR_PNPM_(META_FETCH_FAIL|NO_OFFLINE|\w*NETWORK_ERROR)|trouble with your network connection/,
		advice: 'The registry cannot be reached. --no-install writes the files and leaves the package for later.',
	},
	'wrong-manager': {
		pattern:
			/EBADDEVENGINES|EUNSUPPORTEDPROTOCOL|ERR_PNPM_(BAD_PM_VERSION|OTHER_PM_EXPECTED)|This project is configured to use|defines "packageManager"|Cannot find matching keyid/,
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
			'node_modules was made by another version of the package manager, or with other settings: install the project anew, then run this again.',
	},
	'frozen-lockfile': {
		pattern: /ERR_PNPM_(OUTDATED|FROZEN)_LOCKFILE|YN0028|lockfile is frozen|frozen-lockfile/,
		advice: 'The configuration freezes the lockfile. --no-install writes the files and leaves the package to you.',
	},
	'not-writable': {
		pattern: /\b(EACCES|EPERM|EROFS)\b|permission denied|read-only file system/i,
		advice: `A file cannot be written: look at the permissions of the folder and of the package manager's cache.`,
	},
	'disk-full': { pattern: /\b(ENOSPC|EDQUOT)\b|no space left/i, advice: 'The disk is full.' },
} as const satisfies Record<FailureReason, KnownFailure>;

const SHOWN_LINES = 20;

/** Puts a flag after the word that names the action: `npm install --legacy-peer-deps …`. */
function withFlag({ name, args: [action = '', ...args] }: Command, flag: string): Command {
	return { name, args: [action, flag, ...args] };
}

function telling(output: string): string[] {
	return readableLines(output)
		.filter((line) => !/^(npm warn|\s*\[?WARN\b|warning )/i.test(line))
		.map((line) => line.replace(/^npm (error|ERR!) ?/, '').replace(/^➤ YN0000: /, ''));
}

/** The last lines of what a manager said, safe to print. */
export function lastLines(output: string): string[] {
	return readableLines(output)
		.filter((line) => line !== '')
		.slice(-SHOWN_LINES);
}

export function explainFailure(output: string, command: Command): InstallFailure {
	const lines = telling(output);
	const rows = Object.entries(KNOWN_FAILURES) as [FailureReason, KnownFailure][];
	const known = rows.find(([, { pattern }]) => lines.some((line) => pattern.test(line)));
	if (known === undefined) return { reason: undefined, lines: [], advice: undefined, retry: undefined };
	const [reason, row] = known;
	const shown = lines.filter((line) => (row.lines ?? row.pattern).test(line)).map((line) => line.trim());
	const flag = row.flags?.[command.name];
	return {
		reason,
		lines: [...new Set(shown)].slice(0, 3),
		advice: row.advice,
		retry: flag === undefined ? undefined : withFlag(command, flag),
	};
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

/** What the user should know of an install that worked. */
export function installNotes(output: string, manager: PackageManagerName): string[] {
	const { pattern, allow } = SKIPPED_SCRIPTS[manager];
	const skipped = [...inOneLine(output).matchAll(pattern)].flatMap(([, names = '']) => names.split(', '));
	const names = [...new Set(skipped)].join(', ');
	return names === '' ? [] : [`${manager} did not run these install scripts: ${names}. To allow them: ${allow}`];
}

const LONGEST_LINE = 300;

function withoutSecrets(text: string): string {
	return text
		.replace(/(\/\/)[^/\s@]+@/g, '$1***@')
		.replace(/((?:_auth(?:Token)?|_password|npmAuthToken|npmAuthIdent)["']?\s*[=:]\s*)\S+/gi, '$1***')
		.replace(/\bnpm_[A-Za-z0-9]{36}\b/g, '***');
}

/** Text of an unknown program as lines that cannot move the cursor, colour the screen, turn the text round or show a password. */
export function readableLines(text: string): string[] {
	return withoutSecrets(util.stripVTControlCharacters(text))
		.split(/\r?\n/)
		.map((line) => line.slice(line.lastIndexOf('\r') + 1).replaceAll('\t', '  '))
		.map((line) => line.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu, '').trimEnd())
		.map((line) => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line));
}
