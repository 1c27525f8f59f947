import util from 'node:util';

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
