import { semver } from './semver.ts';

/**
 * Whatever is read from a project or typed by a user may be written to mislead: a line break can pass for an instruction,
 * an escape code steers a terminal, a URL can carry a token. Only what went through here may be shown or passed on.
 */

/** Control, format (zero width, right to left), surrogate and private characters, and Unicode's own line breaks. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;

const EVERY_UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

const LONGEST_TEXT = 200;

const PACKAGE_NAME = /^(?:@[\w~.-]+\/)?[\w~.-]+$/;

const CONNECTOR_PATH = /^[\w.@+-]+(?:\/[\w.@+-]+)*$/;

const CODE_NAME = /^[A-Za-z_$][\w$]{0,63}$/;

const LONGEST_RANGE = 64;

const ENV_NAME = /^[A-Z][A-Z0-9_]{0,63}$/;

export function isPrintable(text: string): boolean {
	return !UNPRINTABLE.test(text);
}

/** Fit to stand in a sentence for people. */
export function printable(text: string): string {
	const plain = text.slice(0, LONGEST_TEXT + 1).replace(EVERY_UNPRINTABLE, '?');
	return plain.length > LONGEST_TEXT ? `${plain.slice(0, LONGEST_TEXT)}...` : plain;
}

/** As what somebody wrote, in a sentence. */
export function quoted(text: string): string {
	return `"${printable(text).replaceAll('"', "'")}"`;
}

/** A path in a sentence for people: one that could be read as words is quoted. */
export function shownPath(path: string): string {
	return /^[\p{L}\p{N}_.@+~:/\\-]+$/u.test(path) ? printable(path) : quoted(path);
}

/** Why a call of the system failed, without the path that Node.js names behind it. */
export function failure(error: unknown): string {
	return printable((error as Error).message.replace(/, \w+(?: '[^]*)?$/, ''));
}

/** What a shell, npm or cmd takes for its own in double quotes too. */
const NO_COMMAND_WORD = /^-|["$`\\!]|%.*%/;

/** The folder as a command can name it in every shell; undefined where the command has to be run in that folder. */
export function commandFolder(folder: string): string | undefined {
	return isPrintable(folder) && folder.length <= LONGEST_TEXT && !NO_COMMAND_WORD.test(folder) ? folder : undefined;
}

/** What is said where it is undefined. */
export const UNNAMED_FOLDER =
	"The name of the project's folder does not fit into a command: run these commands in that folder.";

/** The same text as JSON, with nothing in it that turns text round or hides. */
export function escapeUnprintable(json: string): string {
	return json.replace(/[^\P{C}\n]|[\p{Zl}\p{Zp}]/gu, (found) =>
		Array.from({ length: found.length }, (_, i) => `\\u${found.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
	);
}

export function isPackageName(name: string): boolean {
	return name.length <= 214 && PACKAGE_NAME.test(name);
}

/** Fit for Markdown, a shell and an import specifier alike, without any quoting. */
export function isConnectorPath(path: string): boolean {
	return path.length <= LONGEST_TEXT && CONNECTOR_PATH.test(path);
}

/** Nothing but numbers, operators and the usual words: it can say nothing. */
const PLAIN_RANGE = /^[\dvxX.^~<>=|* -]*(?:-(?:alpha|beta|rc|next|canary)[.\d]*)?$/;

/** Those that a publisher of npm uses, and those that a manager knows by the word before the colon. */
const TAGS = new Set(['latest', 'next', 'beta', 'alpha', 'rc', 'canary']);

const PROTOCOLS = new Set(
	'catalog exec file git git+file git+http git+https git+ssh github gitlab gist http https jsr link npm patch portal ssh workspace'.split(
		' ',
	),
);

/** In code marks it is a value, and cannot be read as a sentence. */
function marked(text: string): string {
	return PLAIN_RANGE.test(text) ? text : `\`${text}\``;
}

function safeVersion(text: string): string {
	const version = PLAIN_RANGE.test(text) ? text : semver().valid(text);
	return version === null || version.length > LONGEST_RANGE ? 'an unreadable version' : marked(version);
}

function safeSpecifier(text: string): string {
	const [, protocol, rest = ''] = /^([a-z+]+):(.*)$/s.exec(text) ?? [];
	if (protocol !== undefined) {
		if (!PROTOCOLS.has(protocol)) return 'a specifier that is not shown';
		return `${protocol}:${/^[*^~]?$/.test(rest) ? rest : '...'}`;
	}
	if (TAGS.has(text)) return text;
	const isRange = text.length <= LONGEST_RANGE && isPrintable(text) && !text.includes('`');
	return isRange && (PLAIN_RANGE.test(text) || semver().validRange(text) !== null)
		? marked(text)
		: 'a specifier that is not shown';
}

function safePath(text: string, what: string): string {
	return isConnectorPath(text) ? `\`${text}\`` : `a ${what} whose name is not shown`;
}

/**
 * What a project says, fit to stand in a sentence that an agent follows: a value of the known form, in code marks where it
 * could hold words, else a fixed phrase.
 */
export function safe(form: 'version' | 'specifier' | 'file' | 'folder' | 'name', text: string): string {
	if (form === 'version') return safeVersion(text);
	if (form === 'name') return CODE_NAME.test(text) ? `\`${text}\`` : 'a name that is not shown';
	return form === 'specifier' ? safeSpecifier(text) : safePath(text, form);
}

/** What is no proper name may be a line of somebody's key. */
export function isEnvName(name: string): boolean {
	return ENV_NAME.test(name);
}
