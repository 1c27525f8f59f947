import { stripVTControlCharacters } from 'node:util';
import type { Command } from './package-managers.ts';

export type FailureReason =
	| 'peer-conflict'
	| 'no-network'
	| 'certificate'
	| 'login'
	| 'not-found'
	| 'wrong-manager'
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

interface Recognised {
	readonly pattern: RegExp;
	readonly advice: string;
	/** The lines worth showing, where they are not those that match the pattern. */
	readonly lines?: RegExp;
	/** What the same command needs to get past it. */
	readonly flag?: Readonly<Record<string, string>>;
}

/** The first that matches: a peer conflict may quote a URL, a failed connection may end as "not found". */
const FAILURES = {
	'peer-conflict': {
		pattern: /\bERESOLVE\b|ERR_PNPM_PEER_DEP_ISSUES/,
		advice: 'Two packages ask for different versions of a third. Mend the versions, or accept the conflict with the command below.',
		lines: /^(While resolving: |Found: |peer )/,
		flag: { npm: '--legacy-peer-deps', pnpm: '--config.strict-peer-dependencies=false' },
	},
	certificate: {
		pattern: /SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER_CERT|VERIFY_LEAF_SIGNATURE)|CERT_HAS_EXPIRED|unable to (get local issuer|verify the first) certificate|self[- ]signed certificate/i,
		advice: 'The certificate of the registry is not trusted: name its authority in NODE_EXTRA_CA_CERTS.',
	},
	'no-network': {
		pattern: /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|ENOTCACHED|ConnectionRefused|FailedToOpenSocket|DNSResolveFailed)\b|ERR_PNPM_(META_FETCH_FAIL|NO_OFFLINE)|trouble with your network connection/,
		advice: 'The registry cannot be reached. --no-install writes the files and leaves the package for later.',
	},
	login: {
		pattern: /\b(E401|E403|ENEEDAUTH|ERR_PNPM_FETCH_40[13])\b|\b(401|403) \(?(Unauthorized|Forbidden)/i,
		advice: 'The registry refuses access: log in to it, or name another one.',
	},
	'not-found': {
		pattern: /\b(E404|ETARGET|ERR_PNPM_FETCH_404|ERR_PNPM_NO_MATCHING_VERSION|YN0082)\b|Couldn't find (any versions for|package)|No version matching/,
		advice: 'The registry does not have this version: a mirror may lag behind, or hold back new releases.',
	},
	'wrong-manager': {
		pattern: /EBADDEVENGINES|EBADENGINE|ERR_PNPM_(BAD_PM_VERSION|OTHER_PM_EXPECTED|UNSUPPORTED_ENGINE)|This project is configured to use|defines "packageManager"|Cannot find matching keyid/,
		advice: 'The project asks for another package manager, or another version of it: `corepack enable` provides it, --package-manager names another.',
	},
	'frozen-lockfile': {
		pattern: /ERR_PNPM_(OUTDATED|FROZEN)_LOCKFILE|YN0028|lockfile (is|had changes, but lockfile is) frozen|frozen-lockfile/,
		advice: 'The lockfile is frozen by the configuration. --no-install writes the files and leaves the package to you.',
	},
	'not-writable': {
		pattern: /\b(EACCES|EPERM|EROFS)\b|permission denied|read-only file system/i,
		advice: 'A file cannot be written: look at the permissions of the folder and of the package manager\'s cache.',
	},
	'disk-full': { pattern: /\b(ENOSPC|EDQUOT)\b|no space left/i, advice: 'The disk is full.' },
} as const satisfies Record<FailureReason, Recognised>;

const SHOWN_LINES = 20;
const SHOWN_CHARACTERS = 300;

function withoutSecrets(text: string): string {
	return text
		.replace(/(\/\/)[^/\s@]+@/g, '$1***@')
		.replace(/((?:_auth(?:Token)?|_password|npmAuthToken|npmAuthIdent)["']?\s*[=:]\s*)\S+/gi, '$1***')
		.replace(/\bnpm_[A-Za-z0-9]{36}\b/g, '***');
}

/** Text of an unknown program as lines that cannot move the cursor, colour the screen, turn the text round or show a password. */
export function readableLines(output: string): string[] {
	return withoutSecrets(stripVTControlCharacters(output))
		.split(/\r?\n/)
		.map((line) => line.slice(line.lastIndexOf('\r') + 1).replaceAll('\t', '  '))
		.map((line) => line.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu, '').trimEnd())
		.map((line) => (line.length > SHOWN_CHARACTERS ? `${line.slice(0, SHOWN_CHARACTERS)}…` : line));
}

export function lastLines(output: string): string[] {
	return readableLines(output)
		.filter((line) => line !== '')
		.slice(-SHOWN_LINES);
}

/** Puts a flag after the words that name the action: `npm install --legacy-peer-deps …`. */
function withFlag({ name, args: [action = '', ...args] }: Command, flag: string): Command {
	return { name, args: [action, flag, ...args] };
}

export function explainFailure(output: string, command: Command): InstallFailure {
	const lines = readableLines(output).map((line) => line.replace(/^npm (error|ERR!) ?/, ''));
	const rows: [string, Recognised][] = Object.entries(FAILURES);
	const row = rows.find(([, { pattern }]) => lines.some((line) => pattern.test(line)));
	if (row === undefined) return { reason: undefined, lines: [], advice: undefined, retry: undefined };
	const [reason, { pattern, advice, lines: telling = pattern, flag }] = row;
	const retryFlag = flag?.[command.name];
	return {
		reason: reason as FailureReason,
		lines: [...new Set(lines.filter((line) => telling.test(line)))].slice(0, 3),
		advice,
		retry: retryFlag === undefined ? undefined : withFlag(command, retryFlag),
	};
}

interface IgnoredBuilds {
	readonly pattern: RegExp;
	readonly approve: string;
}

/** Not a failure: these managers run build scripts only of packages that the user has approved. */
const IGNORED_BUILDS: Readonly<Record<string, IgnoredBuilds>> = {
	pnpm: { pattern: /Ignored build scripts: (.*)/, approve: 'pnpm approve-builds' },
};

export function installNotes(output: string, manager: string): string[] {
	const known = IGNORED_BUILDS[manager];
	return readableLines(output).flatMap((line) => {
		const names = known?.pattern.exec(line)?.[1]?.match(/@?[\w-][\w./-]*/g) ?? [];
		return names.length === 0 ? [] : [`${manager} did not run the build scripts of ${names.join(', ')}: ${known?.approve} lets you choose.`];
	});
}
