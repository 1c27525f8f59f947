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

const VERSION_SPECIFIER = /^(?:npm:(?:@[\w~.-]+\/)?[\w~.-]+@)?[\w.^~<>=|*:+ -]*$/;

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
	return `"${printable(text)}"`;
}

export function isPackageName(name: string): boolean {
	return name.length <= 214 && PACKAGE_NAME.test(name);
}

/** Fit for Markdown, a shell and an import specifier alike, without any quoting. */
export function isConnectorPath(path: string): boolean {
	return path.length <= LONGEST_TEXT && CONNECTOR_PATH.test(path);
}

/** The specifier of a dependency; of one that is not a version, a tag or a short protocol, only its kind. */
export function safeSpecifier(specifier: string): string {
	if (specifier.length <= 100 && VERSION_SPECIFIER.test(specifier)) return specifier;
	return `${/^[a-z+]{1,16}(?=:)/.exec(specifier)?.[0] ?? 'other'}:...`;
}

/** What is no proper name may be a line of somebody's key. */
export function isEnvName(name: string): boolean {
	return ENV_NAME.test(name);
}
