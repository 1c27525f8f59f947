import { expect, test } from 'vitest';
import { fingerprint } from '../src/fingerprint.ts';

const CODE = `import type { A } from 'a';

/**
 * Says what it is for.
 */
export const make = (value: A): A | undefined => {
	const list = [value, 'it\\'s', \`text \${value}\`];
	for (let i = 0; i < 3; i++) list.push(value);
	return list.at(-1);
};
`;

const SAME = {
	'CRLF line ends': CODE.replaceAll('\n', '\r\n'),
	'no line end at the end': CODE.trimEnd(),
	'spaces for tabs': CODE.replaceAll('\t', '    '),
	'double quotes': CODE.replace(`'it\\'s'`, `"it's"`).replace(`'a'`, `"a"`),
	'no semicolons': CODE.replaceAll(/;$/gm, ''),
	'trailing commas': CODE.replace('`];', '`,\n];'),
	'a union on lines of its own': CODE.replace('A | undefined', '\n\t| A\n\t| undefined'),
	'a comment moved with its block': CODE.replace('\n * Says', '\n\t * Says'),
};

test.each(Object.entries(SAME))('takes a file with %s for untouched', (_, formatted) => {
	expect(formatted).not.toBe(CODE);
	expect(fingerprint(formatted)).toBe(fingerprint(CODE));
});

const EDITED = {
	'another word in a string': CODE.replace('it\\', 'is\\'),
	'a blank in a template': CODE.replace('text $', 'text  $'),
	'a line end in a template': CODE.replace('text $', 'text\n$'),
	'another name': CODE.replaceAll('list', 'items'),
	'another number': CODE.replace('3', '4'),
	'a comment with another word': CODE.replace('Says', 'Tells'),
	'one more comment': `${CODE}// mine\n`,
	'a removed line': CODE.replace(/\tfor .*\n/, ''),
	'a return that ends at its line': CODE.replace('return list', 'return\n\t\tlist'),
	'two calls that became one': CODE.replace('list.push(value);\n', 'list.push(value);\n\t(list);\n'),
};

test.each(Object.entries(EDITED))('takes a file with %s for edited', (_, edited) => {
	expect(fingerprint(edited)).not.toBe(fingerprint(CODE));
});

test('tells a call from two statements when only the semicolon between them is gone', () => {
	expect(fingerprint('a\n(b)\n')).not.toBe(fingerprint('a;\n(b)\n'));
	expect(fingerprint('a\n;(b)\n')).toBe(fingerprint('a;\n(b);\n'));
});

test('ignores the parentheses around the only parameter of an arrow function', () => {
	expect(fingerprint('list.map(x => x)')).toBe(fingerprint('list.map((x) => x)'));
});
