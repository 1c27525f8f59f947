import util from 'node:util';
import type { Environment } from '../terminal/context.ts';

const LONGEST_LINE = 300;

const SECRET_NAME = /KEY|TOKEN|SECRET|PASSWORD/i;

/** A shorter value is a switch or a number, and would be found in every other word. */
const SHORTEST_SECRET = 4;

/** The values that nobody may see, longest first: one may be a part of another. */
function secretsOf(env: Environment): string[] {
	const values = Object.entries(env).flatMap(([name, value = '']) =>
		SECRET_NAME.test(name)
			? [value, new URLSearchParams([['', value]]).toString().slice(1), ...value.split(/\r?\n/)]
			: [],
	);
	return values.filter((value) => value.length >= SHORTEST_SECRET).toSorted((a, b) => b.length - a.length);
}

function withoutSecrets(line: string, secrets: readonly string[]): string {
	return secrets
		.reduce((text, secret) => text.replaceAll(secret, '***'), line)
		.replace(/(\/\/)[^/\s]*@/g, '$1***@')
		.replace(/\b(Bearer|Basic) +[\w.~+/=-]+/gi, '$1 ***')
		.replace(/((?:_auth(?:Token)?|_password|npmAuthToken|npmAuthIdent)["']?\s*[=:]\s*)\S+/gi, '$1***')
		.replace(/\b(\w*(?:KEY|TOKEN|SECRET|PASSWORD)\w*=)\S+/g, '$1***')
		.replace(/([?&][\w-]*(?:key|token|secret|password)[\w-]*=)[^&\s]+/gi, '$1***')
		.replace(/\bnpm_[A-Za-z0-9]{36}\b/g, '***');
}

/**
 * Text of an unknown program as lines that cannot move the cursor, colour the screen, turn the text round or show a secret:
 * the value of a variable of `env` whose name says that it is one, a token, a password in a URL.
 */
export function readableLines(text: string, env: Environment = {}): string[] {
	const secrets = secretsOf(env);
	return util
		.stripVTControlCharacters(text)
		.split(/\r?\n/)
		.map((line) => line.slice(line.lastIndexOf('\r') + 1).replaceAll('\t', '  '))
		.map((line) => line.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu, '').trimEnd())
		.map((line) => withoutSecrets(line, secrets))
		.map((line) => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line));
}
