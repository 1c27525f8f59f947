import { expect, test } from 'vitest';
import { isSameCode } from '../../src/plan/same-code.ts';

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
	expect(isSameCode(CODE, formatted)).toBe(true);
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
	expect(isSameCode(CODE, edited)).toBe(false);
});

/** Each pair is the same code to a formatter. */
const SAME_CODE = {
	'parentheses around the body of an arrow function': [
		`f((a: A) => (g(a) ? 'x' : b));\n`,
		`f((a: A) =>\n\tg(a)\n\t\t? 'x'\n\t\t: b,\n);\n`,
	],
	'a semicolon that only the next line needs': ['a;\n(b);\n', 'a\n;(b)\n'],
	'parentheses around the only parameter': ['list.map((x) => x)', 'list.map(x => x)'],
	'parentheses around what is returned': ['if (a) { return b && c; }', 'if (a) {\n\treturn (\n\t\tb &&\n\t\tc\n\t)\n}'],
	'parentheses around what is thrown': ['throw a ?? b;\nc();', 'throw (\n\ta ?? b\n)\nc()'],
	'type arguments that end together': ['new Map<A, B<C>>();', 'new Map<\n\tA,\n\tB<C>\n>();'],
	'a bare return': ['if (a) return;\nb();', 'if (a) return\nb()'],
	'a bare return at the end of its block': ['{ a(); return; }', '{ a()\nreturn }'],
	'a loop that ends with its condition': ['do { a(); } while (b);\nc();', 'do {\n\ta()\n} while (b)\nc()'],
	'braces around one statement': ['if (a)\n\tb();\nelse c();\nd();', 'if (a) {\n\tb();\n} else {\n\tc();\n}\nd();'],
	'braces around nested statements': [
		'for (const a of b)\n\tif (a) c(a);\nd();',
		'for (const a of b) {\n\tif (a) {\n\t\tc(a)\n\t}\n}\nd()',
	],
	'a type on several lines': ['let a: { b?: c };', 'let a: {\n\tb?: c;\n};'],
	'commas between the members of a type': ['let a: { b?: c; d: e };', 'let a: { b?: c, d: e };'],
	'an escaped quote behind an escaped backslash': [String.raw`x('\\\'')`, String.raw`x("\\'")`],
	'parentheses around the last part of a ternary': ['x = a ? b : c;\nd();', 'x =\n\ta ? b : (\n\t\tc\n\t)\nd()'],
	'parentheses around the last part of a ternary that is an argument': [
		'x(a ? b : c, d);',
		'x(\n\ta ? b : (\n\t\tc\n\t),\n\td,\n)',
	],
	'a comma behind the rest of a list in a ternary': [
		'x(a ? [b, ...c] : d);',
		'x(\n\ta\n\t\t? [\n\t\t\t\tb,\n\t\t\t\t...c,\n\t\t\t]\n\t\t: d,\n);',
	],
	'commas between the members of an interface': ['interface A { a: b; c: d; }', 'interface A {\n\ta: b,\n\tc: d,\n}'],
	'a type behind a cast on several lines': [
		'(x as { a?: b } | c).a;',
		'(\n\tx as\n\t\t| {\n\t\t\t\ta?: b;\n\t\t  }\n\t\t| c\n).a;',
	],
	'a union behind a cast': ['x as A | B', 'x as\n\t| A\n\t| B'],
} as const;

test.each(Object.entries(SAME_CODE))('counts %s as formatting', (_, [one, other]) => {
	expect(isSameCode(one, other)).toBe(true);
});

/** Each pair means two things. */
const OTHER_CODE = {
	'an object and a block behind an arrow': ['f(() => ({ a }));\n', 'f(() => { a });\n'],
	'a list and its first value behind an arrow': ['f((a) => (a, b));\n', 'f((a) => a, b);\n'],
	'the last part of a ternary and a list': ['x = a ? b : (c, d);', 'x = a ? b : c, d;'],
	'the last part of a ternary and more behind it': ['x = a ? b : (c ?? d) + e;', 'x = a ? b : c ?? d + e;'],
	'an object and a block behind a label': ['a: ({ b });', 'a: { b }'],
	'a return with a value and one whose value is on the next line': ['return (a && b);', 'return\n(a && b);'],
	'a return with a value and one whose value is in parentheses on the next line': [
		'return a;\nb();',
		'return\n(a);\nb();',
	],
	'a call and two statements': ['a\n(b)\n', 'a;\n(b)\n'],
	'a loop and one with an empty body': ['while (a())\nb();', 'while (a());\nb();'],
	'a loop over promises and one with an empty body': [
		'for await (const a of b)\nc();',
		'for await (const a of b);\nc();',
	],
	'a parameter whose default is a call and one whose default is a function': ['(a = b()) => a', '(a = b) => a'],
	'an if and one with an empty body': ['if (a)\nb();', 'if (a);\nb();'],
	'an else and an empty one': ['if (a) b(); else\nc();', 'if (a) b(); else;\nc();'],
	'a list and one with a hole': ['x([])', 'x([,])'],
	'holes and fewer holes': ['x([,])', 'x([,,])'],
	'an increment before and behind': ['a\n++\nb', 'a++\nb'],
	'a return with and without a value': ['return a', 'return\na'],
	'a call and the value of its parentheses': ['return (a)(b);', 'return a(b);'],
	'an async function and a variable of that name': ['async function a() {}', 'async;\nfunction a() {}'],
	'two escapes': [String.raw`x('\\n')`, String.raw`x('\n')`],
	'a shift and a comparison': ['a >> b', 'a >= b'],
	'a getter and a field of that name': ['class A { get foo() {} }', 'class A { get; foo() {} }'],
	'a static method and a field of that name': ['class A { static foo() {} }', 'class A { static\n; foo() {} }'],
	'a setter and a field of that name': ['class A { set foo(a) {} }', 'class A {\n\tset;\n\tfoo(a) {}\n}'],
	'a readonly field and two fields': ['class A { readonly foo = 1 }', 'class A { readonly; foo = 1 }'],
	'an indexed type and two statements': ['type A = B[1]', 'type A = B\n[1]'],
	'fields named as operators': ['class A { a = x; in; b }', 'class A { a = x in b }'],
	'a NUL in a string and two strings': ["x('a\0')", "x('a')"],
	'a NUL and a line end in a template': ['x(`a\0b`)', 'x(`a\nb`)'],
	'two statements in braces': ['if (a) b();\nc();', 'if (a) {\n\tb();\n\tc();\n}'],
	'an else that went to another if': ['if (a) { if (b) c(); } else d();', 'if (a) if (b) c(); else d();'],
	'a quote and an escaped backslash before it': [String.raw`x("\\'")`, String.raw`x("\'")`],
} as const;

test.each(Object.entries(OTHER_CODE))('tells apart %s', (_, [one, other]) => {
	expect([isSameCode(one, other), isSameCode(other, one)]).toEqual([false, false]);
});

/** What breaks a file, or says something else in it, is no formatting. */
const STRAY = {
	'a stray semicolon in a call': ['a(b);', 'a(b;);'],
	'a stray semicolon in an object': ['a = { b: 1 };', 'a = {\n\tb: 1;\n};'],
	'a stray semicolon behind a sign': ['a = 5;', 'a = ;5;'],
	'a stray semicolon on a line': ['a();\nb();', 'a();\n;\nb();'],
	'a stray parenthesis before the end of a block': [
		'f(() => {\n\treturn a ? b : c;\n});\nd();',
		'f(() => {\n\treturn a ? b : (c\n});\nd();',
	],
	'a brace that is not closed': ['f(() => {\n\tif (a) b();\n});', 'f(() => {\n\tif (a) { b();\n});'],
	'type arguments on a line of their own': ['new Map<A, B<C>>();', 'new Map<A, B\n<C>>();'],
	'parentheses around a type that is returned': ['f((a): B => a);', 'f((a): (B) => a);'],
	'a stray comma in an optional index': ['a?.[b];', 'a?.[\n\tb,\n];'],
	'a stray comma in the name of a property': ['x({ [a]: b });', 'x({\n\t[a,\n\t]: b,\n});'],
	'a stray comma behind the rest of the parameters': ['f((...a) => b);', 'f((...a,\n) => b);'],
	'a stray comma behind the rest of a list': ['const [a, ...b] = c;', 'const [\n\ta,\n\t...b,\n] = c;'],
	'a stray comma in a block': ['switch (a) { case 1: { b(); } }', 'switch (a) { case 1: { b(),\n} }'],
	'a stray comma behind what is constructed': ['new (a())();', 'new (a(),\n)();'],
	'a line end before what a type extends': ['type A = B extends C ? D : E;', 'type A = B\nextends C ? D : E;'],
	'a stray comma': ['if (a) b();', 'if (a,) b();'],
	'a stray sign before a value': ['a = b | c;', 'a = | b | c;'],
	'a stray sign before an argument': ['a(b);', 'a(& b);'],
} as const;

test.each(Object.entries(STRAY))('takes a file with %s for edited', (_, [template, file]) => {
	expect(isSameCode(template, file)).toBe(false);
});
